package io.rookery.ext2.nio;

import java.util.regex.PatternSyntaxException;

/** Globs as {@link java.nio.file.FileSystem#getPathMatcher} describes them. */
final class Globs {
  private static final String SPECIAL = ".^$+{[]|()\\*?}";

  private final String glob;
  private final StringBuilder regex = new StringBuilder();
  private int at;

  private Globs(String glob) {
    this.glob = glob;
  }

  static String toRegex(String glob) {
    return new Globs(glob).run();
  }

  private String run() {
    boolean inGroup = false;
    while (at < glob.length()) {
      char c = glob.charAt(at++);
      switch (c) {
        case '\\' -> {
          if (at == glob.length()) {
            throw new PatternSyntaxException("nothing behind \\", glob, at - 1);
          }
          literal(glob.charAt(at++));
        }
        case '*' -> {
          if (at < glob.length() && glob.charAt(at) == '*') {
            at++;
            regex.append(".*");
          } else {
            regex.append("[^/]*");
          }
        }
        case '?' -> regex.append("[^/]");
        case '[' -> bracket();
        case '{' -> {
          if (inGroup) {
            throw new PatternSyntaxException("groups cannot nest", glob, at - 1);
          }
          inGroup = true;
          regex.append("(?:(?:");
        }
        case '}' -> {
          regex.append(inGroup ? "))" : "\\}");
          inGroup = false;
        }
        case ',' -> regex.append(inGroup ? ")|(?:" : ",");
        default -> literal(c);
      }
    }
    if (inGroup) {
      throw new PatternSyntaxException("missing }", glob, at - 1);
    }
    return regex.toString();
  }

  private void literal(char c) {
    if (SPECIAL.indexOf(c) >= 0) {
      regex.append('\\');
    }
    regex.append(c);
  }

  /** A set of characters; never the separator. */
  private void bracket() {
    regex.append("(?!/)[");
    int start = at;
    if (at < glob.length() && glob.charAt(at) == '!') {
      regex.append('^');
      at++;
      start++;
    }
    while (at < glob.length()) {
      char c = glob.charAt(at++);
      if (c == ']' && at - 1 > start) {
        regex.append(']');
        return;
      }
      if (c == '/') {
        break;
      }
      if (c == '\\' || c == '[' || c == ']' || c == '^' || c == '&') {
        regex.append('\\');
      }
      regex.append(c);
    }
    throw new PatternSyntaxException("missing ]", glob, at - 1);
  }
}
