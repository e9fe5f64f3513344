package io.rookery.images.repo;

import io.rookery.images.BadArchiveException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads Debian control data (deb822(5)) stanza by stanza: {@code Field: value} lines, continued by
 * lines that start with a blank, stanzas parted by empty lines. Field names keep the spelling of
 * the input. The caller bounds the input's length.
 */
public final class ControlReader {
  private final BufferedReader in;
  private final String name;
  private final Predicate<String> wanted;
  private long lineNumber;

  /**
   * @param name what is read, for messages
   * @param wanted the fields to keep
   */
  public ControlReader(InputStream in, String name, Predicate<String> wanted) {
    this(
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8), 1 << 16),
        name,
        wanted);
  }

  private ControlReader(BufferedReader in, String name, Predicate<String> wanted) {
    this.in = in;
    this.name = name;
    this.wanted = wanted;
  }

  /** The one stanza of a text, such as a package's control file; empty when there is none. */
  public static Map<String, String> single(String text, String name) {
    try {
      BufferedReader reader = new BufferedReader(new StringReader(text));
      Map<String, String> stanza = new ControlReader(reader, name, _ -> true).next();
      return stanza == null ? Map.of() : stanza;
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a StringReader does not fail
    }
  }

  /**
   * The next stanza's wanted fields in their order, or null at the end. Continuation lines are
   * joined by newlines and keep their leading blank.
   */
  public @Nullable Map<String, String> next() throws IOException {
    Map<String, String> stanza = new LinkedHashMap<>();
    String field = null;
    StringBuilder value = new StringBuilder();
    boolean any = false;
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      lineNumber++;
      if (line.isBlank()) {
        if (any) {
          break;
        }
        continue;
      }
      char first = line.charAt(0);
      if (first == '#') {
        continue;
      }
      any = true;
      if (first == ' ' || first == '\t') {
        if (field != null) {
          value.append('\n').append(line);
        }
        continue;
      }
      store(stanza, field, value);
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new BadArchiveException(
            name
                + ", line "
                + lineNumber
                + ": expected \"Field: value\", found \""
                + shown(line)
                + "\"");
      }
      String found = line.substring(0, colon);
      field = wanted.test(found) ? found : null;
      value.setLength(0);
      if (field != null) {
        value.append(line.substring(colon + 1).strip());
      }
    }
    store(stanza, field, value);
    return any ? stanza : null;
  }

  private static void store(
      Map<String, String> stanza, @Nullable String field, StringBuilder value) {
    if (field != null) {
      stanza.putIfAbsent(field, value.toString());
    }
  }

  private static String shown(String line) {
    return line.length() > 60 ? line.substring(0, 60) + "…" : line;
  }
}
