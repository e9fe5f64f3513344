package io.rookery.examples;

import io.rookery.ext2.block.OverlayChain;
import java.io.IOException;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image discard}. */
final class OverlayDiscardCommand extends Command {
  OverlayDiscardCommand() {
    super(
        "rookery image discard IMAGE OVERLAY...",
        "Forgets what the last overlay changes: it shows what is below it again.");
  }

  @Override
  int run(CommandLine line) throws IOException {
    OverlayStack stack = OverlayStack.withOverlays(line.getArgList());
    stack.below().read(base -> OverlayChain.discard(base, stack.top()));
    return 0;
  }
}
