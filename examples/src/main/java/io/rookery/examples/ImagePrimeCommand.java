package io.rookery.examples;

import io.rookery.Disks;
import io.rookery.Vm;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.FirstReads;
import io.rookery.ext2.block.ReadRecorder;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image prime}: a list of what a program reads, kept in the image. */
final class ImagePrimeCommand extends Command {
  private static final long MAX_CHANGES = 1L << 30;

  ImagePrimeCommand() {
    super(
        "rookery image prime FILE PROGRAM [ARGUMENTS]",
        "Runs a program on an image and notes in the image what it reads: where the image is read"
            + " over HTTP, that is fetched as soon as it is opened. What the program changes is"
            + " dropped. Overlays made on the image fit it no longer.");
  }

  @Override
  int run(CommandLine line) throws Exception {
    List<String> operands = line.getArgList();
    if (operands.size() < 2) {
      throw new UsageException("an image and a program, please");
    }
    Path image = Path.of(operands.getFirst());
    FirstReads reads;
    try (ReadRecorder recorder = new ReadRecorder(BlockDevices.openFileReadOnly(image))) {
      int status = run(recorder, operands.subList(1, operands.size()));
      if (status != 0) {
        System.err.println("rookery: status " + status + ", so the image stays as it is");
        return status;
      }
      reads = recorder.reads();
    }
    try (BlockDevice device = BlockDevices.openFile(image)) {
      reads.writeTo(device);
    }
    System.out.printf("%s: %,d bytes will be fetched first%n", image, reads.bytes());
    return 0;
  }

  private static int run(BlockDevice image, List<String> program) throws Exception {
    BlockDevice disk = BlockDevices.memoryOverlay(image, MAX_CHANGES);
    try (Vm vm = Vm.builder().disk(Disks.device(disk)).build()) {
      return vm.process(program).inheritIO().start().waitFor();
    }
  }
}
