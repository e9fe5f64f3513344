package io.rookery.examples;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.OverlayChain;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image snapshot}. */
final class OverlaySnapshotCommand extends Command {
  OverlaySnapshotCommand() {
    super(
        "rookery image snapshot IMAGE [OVERLAY]... NEW",
        "Makes an empty overlay on the others. As long as only it is written to, they keep what"
            + " they hold now, and more overlays can be made on them.");
  }

  @Override
  int run(CommandLine line) throws IOException {
    List<String> operands = line.getArgList();
    if (operands.size() < 2) {
      throw new UsageException("an image and a new overlay, please");
    }
    OverlayStack stack = OverlayStack.of(operands.subList(0, operands.size() - 1));
    Path added = Path.of(operands.getLast());
    if (Files.exists(added)) {
      throw new FileAlreadyExistsException(added.toString());
    }
    List<Path> overlays = new ArrayList<>(stack.overlays());
    overlays.add(added);
    try (BlockDevice base = BlockDevices.openFileReadOnly(stack.image())) {
      OverlayChain.open(base, overlays).close();
    }
    return 0;
  }
}
