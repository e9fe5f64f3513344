package io.rookery.examples;

import io.rookery.ext2.block.OverlayChain;
import java.io.IOException;
import org.apache.commons.cli.CommandLine;

/** {@code rookery image commit}. */
final class OverlayCommitCommand extends Command {
  OverlayCommitCommand() {
    super(
        "rookery image commit IMAGE OVERLAY...",
        "Moves what the last overlay changes into what is below it: the overlay before it, or the"
            + " image. Other overlays that were made on that are of no use afterwards, unless they"
            + " are rebased first.");
  }

  @Override
  int run(CommandLine line) throws IOException {
    OverlayStack stack = OverlayStack.withOverlays(line.getArgList());
    stack.below().write(base -> OverlayChain.commit(base, stack.top()));
    return 0;
  }
}
