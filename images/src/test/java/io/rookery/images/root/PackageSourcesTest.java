package io.rookery.images.root;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.rookery.images.repo.ArchiveSource;
import io.rookery.images.testing.MemoryRoot;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PackageSourcesTest {
  private static final String FILE = "/etc/apt/sources.list.d/debian.sources";

  private final MemoryRoot root = new MemoryRoot();
  private final RootTree tree = new RootTree(root, Instant.EPOCH);

  private static ArchiveSource source(String archive, String suite) {
    return new ArchiveSource(URI.create(archive), suite, false);
  }

  private void add(String... paths) throws IOException {
    for (String path : paths) {
      tree.write(path, 0644, "");
    }
  }

  private void install(ArchiveSource... sources) throws IOException {
    PackageSources.install(tree, List.of(sources));
    tree.finish();
  }

  @Test
  void aptFindsTheArchivesOfTheImage() throws IOException {
    add("/usr/bin/apt-get", "/usr/share/keyrings/debian-archive-keyring.gpg");
    install(
        source("http://user:secret@a.example.org/debian", "bookworm"),
        source("http://b.example.org/debian-security/", "bookworm-security"),
        source("file:///srv/mirror", "bookworm"),
        source("http://user:secret@a.example.org/debian", "bookworm-updates"));
    assertEquals(
        """
        Types: deb
        URIs: http://a.example.org/debian/
        Suites: bookworm bookworm-updates
        Components: main
        Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

        Types: deb
        URIs: http://b.example.org/debian-security/
        Suites: bookworm-security
        Components: main
        Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
        """,
        root.text(FILE));
  }

  @Test
  void imagesWithoutAptGetNone() throws IOException {
    add("/usr/share/keyrings/debian-archive-keyring.gpg");
    install(source("http://a.example.org/debian", "bookworm"));
    assertNull(root.get(FILE));
  }

  @Test
  void whatIsThereStays() throws IOException {
    add("/usr/bin/apt-get", "/usr/share/keyrings/debian-archive-keyring.gpg");
    add("/etc/apt/sources.list");
    install(source("http://a.example.org/debian", "bookworm"));
    assertNull(root.get(FILE));
  }
}
