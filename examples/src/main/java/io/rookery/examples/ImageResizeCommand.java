package io.rookery.examples;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image resize}: the volume, and the file with it. */
final class ImageResizeCommand extends Command {
  ImageResizeCommand() {
    super(
        "rookery image resize FILE SIZE",
        "Makes an ext2 image larger or smaller; SIZE is in bytes, or as 512m, 4g. What it holds"
            + " stays. A power cut leaves the one size or the other. Overlays made on the image fit"
            + " it no longer.");
  }

  @Override
  int run(CommandLine line) throws IOException {
    List<String> operands = line.getArgList();
    if (operands.size() != 2) {
      throw new UsageException("an image and its new size, please");
    }
    Path file = Path.of(operands.getFirst());
    long wanted = Sizes.parse("SIZE", operands.get(1));
    // Not while somebody uses it; and a journal that a crash left belongs to the file's old size.
    BlockDevices.openJournaledFile(file).close();
    long before = Files.size(file);
    setLength(file, Math.max(before, wanted));
    long bytes;
    try (BlockDevice device = BlockDevices.openJournaledFile(file)) {
      bytes = Ext2.resize(device, wanted);
    } catch (Ext2Exception e) { // refused
      setLength(file, before);
      throw e;
    }
    setLength(file, wanted);
    System.out.printf("%s: a volume of %,d bytes%n", file, bytes);
    return 0;
  }

  private static void setLength(Path file, long bytes) throws IOException {
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(bytes);
    }
  }
}
