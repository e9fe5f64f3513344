package io.rookery.examples;

import java.io.PrintStream;
import java.text.MessageFormat;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;

/**
 * Shows what the library logs, from warnings up, as single lines on standard error. It stands in
 * for java.logging, which takes tens of milliseconds to start.
 */
public final class LogLines extends System.LoggerFinder {
  /** For the service loader. */
  public LogLines() {
    // Nothing to set up.
  }

  @Override
  public System.Logger getLogger(String name, Module module) {
    return new Lines(name, System.err);
  }

  /** A logger of one name. */
  record Lines(String name, PrintStream out) implements System.Logger {
    @Override
    public String getName() {
      return name;
    }

    @Override
    public boolean isLoggable(Level level) {
      return level.compareTo(Level.WARNING) >= 0 && level != Level.OFF;
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String message,
        @Nullable Throwable thrown) {
      if (!isLoggable(level)) {
        return;
      }
      out.println("rookery: " + message);
      if (thrown != null) {
        thrown.printStackTrace(out);
      }
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        @Nullable String format,
        @Nullable Object... parameters) {
      if (isLoggable(level)) {
        boolean plain = format == null || parameters == null || parameters.length == 0;
        log(
            level,
            bundle,
            plain ? format : MessageFormat.format(format, parameters),
            (Throwable) null);
      }
    }
  }
}
