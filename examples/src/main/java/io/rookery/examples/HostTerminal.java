package io.rookery.examples;

import java.io.Console;
import org.jspecify.annotations.Nullable;

/** The terminal that this JVM was started on. */
final class HostTerminal {
  private HostTerminal() {}

  /** Whether standard input and output are a terminal. */
  @SuppressWarnings("SystemConsoleNull") // it still is null where the JVM has no console at all
  static boolean present() {
    @Nullable Console console = System.console();
    return console != null && console.isTerminal();
  }
}
