package io.rookery.examples;

import io.rookery.VmException;
import io.rookery.images.ImageException;
import java.io.IOException;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code rookery} command. */
@Command(
    name = "rookery",
    mixinStandardHelpOptions = true,
    version = "rookery 0.1.0-SNAPSHOT",
    description = "Runs Linux programs inside the JVM.",
    subcommands = {RunCommand.class, ShellCommand.class, ImageCommand.class})
public final class Rookery {
  /**
   * Exit status for a fault of ours or of the host, as opposed to the guest's: what a shell gives
   * to what cannot be run.
   */
  static final int FAILED = 125;

  /** As a shell: the program was not found, or cannot be executed. */
  static final int NOT_FOUND = 127;

  static final int NOT_EXECUTABLE = 126;

  private Rookery() {}

  /** Runs the command and ends the JVM with its status. */
  public static void main(String[] args) {
    int status = commandLine().execute(args);
    System.out.flush();
    // Not exit: no guest thread or host reader must delay the end.
    Runtime.getRuntime().halt(status);
  }

  static CommandLine commandLine() {
    return new CommandLine(new Rookery())
        .setStopAtPositional(true)
        .setExecutionExceptionHandler((e, line, parsed) -> report(e, line.getErr()));
  }

  /** One line for what a user can mend; the stack trace for our own defects. */
  private static int report(Exception e, PrintWriter err) throws Exception {
    if (e instanceof VmException || e instanceof ImageException || e instanceof IOException) {
      err.println("rookery: " + e.getMessage());
      return FAILED;
    }
    throw e;
  }
}
