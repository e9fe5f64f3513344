package io.rookery.images.root;

import io.rookery.images.repo.ArchiveSource;
import java.io.IOException;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Tells apt in the image where its packages came from, in the format of sources.list(5) that
 * Debian's own images have.
 */
final class PackageSources {
  private static final String FILE = "/etc/apt/sources.list.d/debian.sources";
  private static final String KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg";

  private PackageSources() {}

  /**
   * Writes the file if there is apt, and keys, and nobody has written one. Archives that are
   * folders of the host are left out, and so are user names and passwords.
   */
  static void install(RootTree tree, List<ArchiveSource> sources) throws IOException {
    String text = text(sources);
    if (tree.exists("/usr/bin/apt-get")
        && tree.exists(KEYS)
        && !tree.exists("/etc/apt/sources.list")
        && !tree.exists(FILE)
        && !text.isEmpty()) {
      tree.write(FILE, 0644, text);
    }
  }

  private static String text(List<ArchiveSource> sources) {
    Map<String, TreeSet<String>> suites = new LinkedHashMap<>();
    for (ArchiveSource source : sources) {
      URI archive = source.archive();
      if (!"file".equals(archive.getScheme())) {
        suites
            .computeIfAbsent(ArchiveSource.shown(archive), address -> new TreeSet<>())
            .add(source.suite());
      }
    }
    StringBuilder text = new StringBuilder();
    suites.forEach(
        (address, names) ->
            text.append(text.isEmpty() ? "" : "\n")
                .append("Types: deb\nURIs: ")
                .append(address)
                .append("\nSuites: ")
                .append(String.join(" ", names))
                .append("\nComponents: main\nSigned-By: ")
                .append(KEYS)
                .append('\n'));
    return text.toString();
  }
}
