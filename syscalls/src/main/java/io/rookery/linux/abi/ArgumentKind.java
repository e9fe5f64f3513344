package io.rookery.linux.abi;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How the trace shows an argument of a system call. */
public enum ArgumentKind {
  /** A signed 32-bit number; also descriptors, pids and signals. */
  INT,
  /** A descriptor that may be AT_FDCWD. */
  DIRFD,
  /** A signed 64-bit number. */
  LONG,
  /** An unsigned size or count. */
  SIZE,
  /** Hexadecimal. */
  FLAGS,
  /** Octal. */
  MODE,
  /** The address of a NUL-terminated string that is shown. */
  STRING,
  /** An address. */
  POINTER;

  /**
   * Parses a row's list: comma-separated names; a trailing {@code *} marks an address; {@code
   * path}, {@code name} and {@code string} are shown as text; {@code dirfd}, {@code size}, {@code
   * off}, {@code flags}, {@code mode} and {@code long} as their kinds; every other name as an int.
   */
  static List<ArgumentKind> parse(String list) {
    List<ArgumentKind> kinds = new ArrayList<>();
    for (String word : list.split(",", -1)) {
      String w = word.strip().toLowerCase(Locale.ROOT);
      if (!w.isEmpty()) {
        kinds.add(kind(w));
      }
    }
    return List.copyOf(kinds);
  }

  private static ArgumentKind kind(String word) {
    String name = word.endsWith("*") ? word.substring(0, word.length() - 1) : word;
    return switch (name) {
      case "path", "oldpath", "newpath", "name", "string", "str" -> STRING;
      case "dirfd", "olddirfd", "newdirfd" -> DIRFD;
      case "size", "count", "length", "len" -> SIZE;
      case "flags" -> FLAGS;
      case "mode" -> MODE;
      case "long", "off", "offset" -> LONG;
      case "ptr", "addr" -> POINTER;
      default -> word.endsWith("*") ? POINTER : INT;
    };
  }
}
