package io.rookery.examples;

import io.rookery.ext2.block.OverlayChain;
import java.io.IOException;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;

/** {@code rookery image rebase}. */
final class OverlayRebaseCommand extends Command {
  private static final String ONTO = "onto";

  OverlayRebaseCommand() {
    super(
        "rookery image rebase --onto FILE [--onto OVERLAY]... IMAGE OVERLAY...",
        "Fits the last overlay to another image of the same size, with other overlays below it or"
            + " none. It shows the same as before, and takes in what differs.");
    options()
        .addOption(
            Option.builder()
                .longOpt(ONTO)
                .hasArg()
                .argName("FILE")
                .desc("the new image; given again, an overlay on it")
                .get());
  }

  @Override
  int run(CommandLine line) throws IOException {
    OverlayStack stack = OverlayStack.withOverlays(line.getArgList());
    if (!line.hasOption(ONTO)) {
      throw new UsageException("--onto says what the overlay is to be on");
    }
    OverlayStack onto = OverlayStack.of(List.of(line.getOptionValues(ONTO)));
    stack.below().read(from -> onto.read(to -> OverlayChain.rebase(stack.top(), from, to)));
    return 0;
  }
}
