package io.rookery.examples;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.check.CheckReport;
import io.rookery.ext2.check.Problem;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image check}. */
final class ImageCheckCommand extends Command {
  /** As e2fsck's: damage was found, and left. */
  private static final int DAMAGED = 4;

  ImageCheckCommand() {
    super(
        "rookery image check FILE",
        "Looks for damage, as e2fsck -fn does; status 4 if there is any.");
  }

  @Override
  int run(CommandLine line) throws IOException {
    if (line.getArgList().size() != 1) {
      throw new UsageException("one image, please");
    }
    Path file = Path.of(line.getArgList().getFirst());
    CheckReport report;
    try (BlockDevice device = BlockDevices.openFileReadOnly(file)) {
      report = Ext2.check(device);
    }
    for (Problem problem : report.problems()) {
      System.out.println(problem);
    }
    if (report.needsRecovery()) {
      System.out.println("The journal waits to be replayed; this is the volume without that.");
    }
    System.out.printf(
        "%s: %s, %,d files (%,d directories), %,d blocks%n",
        file,
        report.isClean() ? "clean" : report.count() + " problems",
        report.inodes(),
        report.directories(),
        report.blocks());
    return report.isClean() ? 0 : DAMAGED;
  }
}
