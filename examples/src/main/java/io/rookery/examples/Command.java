package io.rookery.examples;

import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.help.HelpFormatter;
import org.apache.commons.cli.help.TextHelpAppendable;

/** One of the things that {@code rookery} does, with its options. */
abstract class Command {
  private static final String HELP = "help";

  private final String syntax;
  private final String description;
  private final Options options = new Options();

  /** {@code syntax}: how it is called, as in {@code rookery run [OPTIONS] PROGRAM}. */
  Command(String syntax, String description) {
    this.syntax = syntax;
    this.description = description;
    options.addOption("h", HELP, false, "show this help and end");
  }

  final Options options() {
    return options;
  }

  /** Parses the arguments and runs the command; its exit status. */
  final int execute(List<String> arguments) throws Exception {
    CommandLine line;
    try {
      line =
          DefaultParser.builder()
              .setAllowPartialMatching(false)
              .setStripLeadingAndTrailingQuotes(false)
              .get()
              .parse(options, arguments.toArray(String[]::new), true);
      if (line.hasOption(HELP)) {
        help(System.out);
        return 0;
      }
      List<String> operands = line.getArgList();
      if (!operands.isEmpty() && operands.getFirst().startsWith("-")) {
        throw new UsageException("no such option: " + operands.getFirst());
      }
      return run(line);
    } catch (ParseException | UsageException e) {
      System.err.println("rookery: " + e.getMessage());
      System.err.println("usage: " + syntax);
      return Rookery.MISUSED;
    }
  }

  private void help(PrintStream out) throws IOException {
    HelpFormatter.builder()
        .setHelpAppendable(new TextHelpAppendable(out))
        .setShowSince(false)
        .get()
        .printHelp(syntax, description, options, "", false);
  }

  /** Does it; the exit status. */
  abstract int run(CommandLine line) throws Exception;
}
