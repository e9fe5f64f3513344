package io.rookery.images;

import java.nio.file.Path;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Where a user's caches lie, by the customs of the operating system. */
public final class CacheFolder {
  private static final String NAME = "rookery";

  private CacheFolder() {}

  /** The folder of this user on this host; it may not exist yet. */
  public static Path ofUser() {
    return choose(
        System.getProperty("os.name", ""), System.getProperty("user.home", "."), System::getenv);
  }

  /**
   * XDG base directories on Linux and its like, Library/Caches on macOS, LOCALAPPDATA on Windows.
   */
  static Path choose(String system, String home, UnaryOperator<@Nullable String> environment) {
    String name = system.toLowerCase(Locale.ROOT);
    if (name.startsWith("windows")) {
      String local = value(environment, "LOCALAPPDATA");
      Path base = local.isEmpty() ? Path.of(home, "AppData", "Local") : Path.of(local);
      return base.resolve(NAME).resolve("cache");
    }
    if (name.startsWith("mac")) {
      return Path.of(home, "Library", "Caches", NAME);
    }
    String xdg = value(environment, "XDG_CACHE_HOME");
    // The specification: relative paths are to be ignored.
    return !xdg.isEmpty() && Path.of(xdg).isAbsolute()
        ? Path.of(xdg, NAME)
        : Path.of(home, ".cache", NAME);
  }

  /** The value of a variable, empty if it is not set. */
  private static String value(UnaryOperator<@Nullable String> environment, String variable) {
    String value = environment.apply(variable);
    return value == null ? "" : value.strip();
  }
}
