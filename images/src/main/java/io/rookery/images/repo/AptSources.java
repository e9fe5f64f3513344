package io.rookery.images.repo;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The host's own package sources, as apt reads them (sources.list(5)): {@code sources.list} and
 * {@code sources.list.d} with one-line {@code *.list} and deb822 {@code *.sources} files.
 */
public final class AptSources {
  private static final int MAX_FILE = 1 << 20;

  /** An entry: an archive with one of its suites. */
  record Entry(URI archive, String suite, List<String> components) {}

  private final List<Entry> entries = new ArrayList<>();
  private final List<String> filesRead = new ArrayList<>();

  private AptSources() {}

  /** Reads what there is below apt's configuration folder; a missing folder gives no entries. */
  public static AptSources read(Path folder) {
    AptSources sources = new AptSources();
    sources.readFile(folder.resolve("sources.list"));
    List<Path> parts = List.of();
    try (Stream<Path> files = Files.list(folder.resolve("sources.list.d"))) {
      parts = files.sorted().toList();
    } catch (IOException e) {
      // No such folder: no such entries. The files read are told to whoever finds no mirror.
    }
    parts.forEach(sources::readFile);
    return sources;
  }

  private void readFile(Path file) {
    String name = file.getFileName().toString();
    boolean deb822 = name.endsWith(".sources");
    if (!deb822 && !name.endsWith(".list")) {
      return;
    }
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > MAX_FILE) {
        return;
      }
      String text = Files.readString(file, StandardCharsets.UTF_8);
      filesRead.add(file.toString());
      if (deb822) {
        parseDeb822(text, file.toString());
      } else {
        text.lines().forEach(this::parseLine);
      }
    } catch (IOException e) {
      filesRead.add(file + " (cannot be read: " + e.getMessage() + ")");
    }
  }

  private void parseDeb822(String text, String name) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    var reader = new ControlReader(new ByteArrayInputStream(bytes), name, _ -> true);
    for (Map<String, String> stanza = reader.next(); stanza != null; stanza = reader.next()) {
      if (!words(stanza.get("Types")).contains("deb")
          || stanza.getOrDefault("Enabled", "yes").toLowerCase(Locale.ROOT).equals("no")) {
        continue;
      }
      List<String> components = words(stanza.get("Components"));
      for (String uri : words(stanza.get("URIs"))) {
        for (String suite : words(stanza.get("Suites"))) {
          add(uri, suite, components);
        }
      }
    }
  }

  /** {@code deb [options] URI SUITE COMPONENT…} */
  private void parseLine(String line) {
    String text = line.replaceFirst("#.*", "").replaceFirst("\\[[^\\]]*\\]", " ").strip();
    List<String> words = words(text);
    if (words.size() >= 4 && words.get(0).equals("deb")) {
      add(words.get(1), words.get(2), words.subList(3, words.size()));
    }
  }

  private void add(String uri, String suite, List<String> components) {
    try {
      URI archive = URI.create(uri.endsWith("/") ? uri : uri + "/");
      String scheme = archive.getScheme();
      if (scheme != null
          && List.of("http", "https", "file").contains(scheme)
          && !suite.endsWith("/")) {
        entries.add(new Entry(archive, suite, List.copyOf(components)));
      }
    } catch (IllegalArgumentException e) {
      // Not an address: apt would refuse it as well, and another entry may do.
    }
  }

  /** The files that were looked at. */
  public List<String> filesRead() {
    return List.copyOf(filesRead);
  }

  /**
   * The sources of a suite: the entries of the suite itself, of its updates and of its security
   * suite. If the host follows another suite, its archives are asked for this one; what they answer
   * is verified anyway.
   */
  public List<ArchiveSource> forSuite(String suite) {
    List<String> suites = List.of(suite, suite + "-updates", suite + "-security");
    Set<ArchiveSource> found = new LinkedHashSet<>();
    for (String wanted : suites) {
      for (Entry entry : entries) {
        if (entry.suite().equals(wanted) && entry.components().contains("main")) {
          found.add(new ArchiveSource(entry.archive(), wanted, true));
        }
      }
    }
    if (found.stream().anyMatch(source -> source.suite().equals(suite))) {
      return List.copyOf(found);
    }
    Set<ArchiveSource> guessed = new LinkedHashSet<>();
    for (String wanted : suites) {
      for (Entry entry : entries) {
        if (entry.components().contains("main")) {
          guessed.add(new ArchiveSource(entry.archive(), wanted, false));
        }
      }
    }
    return List.copyOf(guessed);
  }

  private static List<String> words(@Nullable String text) {
    return text == null || text.isBlank() ? List.of() : List.of(text.strip().split("\\s+", -1));
  }
}
