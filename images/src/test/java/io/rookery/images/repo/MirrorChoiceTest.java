package io.rookery.images.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.images.MirrorUnavailableException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MirrorChoiceTest {
  @TempDir Path apt;

  private void write(String file, String text) throws IOException {
    Path path = apt.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private List<String> fromApt(String suite) {
    return MirrorChoice.choose(suite, null, null, apt).stream()
        .map(source -> source.archive() + " " + source.suite() + (source.required() ? "" : "?"))
        .toList();
  }

  @Test
  void theOptionComesFirstThenTheVariable() throws IOException {
    write("sources.list", "deb http://apt.example.org/debian bookworm main\n");
    assertEquals(
        new ArchiveSource(URI.create("http://one.example.org/debian/"), "bookworm", false),
        MirrorChoice.choose(
                "bookworm", "http://one.example.org/debian", "http://two.example.org", apt)
            .getFirst());
    assertEquals(
        URI.create("http://two.example.org/"),
        MirrorChoice.choose("bookworm", " ", "http://two.example.org", apt).getFirst().archive());
    assertEquals(List.of("http://apt.example.org/debian/ bookworm"), fromApt("bookworm"));
  }

  @Test
  void severalMirrorsAreAskedForAllSuites() {
    List<ArchiveSource> sources =
        MirrorChoice.choose("sid", "file:/a, http://b.example.org/x/", null, apt);
    assertEquals(6, sources.size());
    assertEquals(
        "http://b.example.org/x/dists/sid-security/InRelease",
        sources.get(5).inSuite("InRelease").toString());
  }

  @Test
  void readsOneLineSources() throws IOException {
    write(
        "sources.list",
        """
        # deb http://no.example.org/debian bookworm main
        deb [arch=amd64 signed-by=/x.gpg] http://a.example.org/debian/ bookworm contrib main # yes
        deb-src http://a.example.org/debian bookworm main
        deb http://a.example.org/security bookworm-security main
        deb http://flat.example.org ./
        deb cdrom:[Debian]/ bookworm main
        deb http://b.example.org/other nodistro main
        """);
    assertEquals(
        List.of(
            "http://a.example.org/debian/ bookworm",
            "http://a.example.org/security/ bookworm-security"),
        fromApt("bookworm"));
  }

  @Test
  void readsDeb822Sources() throws IOException {
    write(
        "sources.list.d/debian.sources",
        """
        Types: deb deb-src
        # a comment
        URIs: http://a.example.org/debian
         http://b.example.org/debian
        Suites: bookworm bookworm-updates
        Components: main

        Enabled: no
        Types: deb
        URIs: http://c.example.org/debian
        Suites: bookworm-security
        Components: main
        """);
    write("sources.list.d/ignored.sources.disabled", "Types: deb\n");
    assertEquals(
        List.of(
            "http://a.example.org/debian/ bookworm",
            "http://b.example.org/debian/ bookworm",
            "http://a.example.org/debian/ bookworm-updates",
            "http://b.example.org/debian/ bookworm-updates"),
        fromApt("bookworm"));
  }

  @Test
  void anotherSuiteIsLookedForInTheHostsArchives() throws IOException {
    write("sources.list", "deb http://a.example.org/debian trixie main\n");
    assertEquals(
        List.of(
            "http://a.example.org/debian/ bookworm?",
            "http://a.example.org/debian/ bookworm-updates?",
            "http://a.example.org/debian/ bookworm-security?"),
        fromApt("bookworm"));
  }

  @Test
  void withoutAMirrorItSaysHowToGiveOne() {
    MirrorUnavailableException e =
        assertThrows(
            MirrorUnavailableException.class,
            () -> MirrorChoice.choose("bookworm", null, null, apt.resolve("nowhere")));
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("no mirror") && message.contains(MirrorChoice.VARIABLE), message);
    assertEquals(3, e.tried().size());
  }

  @Test
  void refusesWhatIsNoAddress() {
    for (String bad : List.of("mirror.example.org/debian", "ftp://x.example.org", "http://a b|c")) {
      assertThrows(
          MirrorUnavailableException.class,
          () -> MirrorChoice.choose("bookworm", bad.replace(' ', '\u00A0'), null, apt));
    }
  }

  @Test
  void damagedSourcesAreSkipped() throws IOException {
    write("sources.list", "deb http://[broken bookworm main\ndeb\n\u0000\n");
    assertThrows(MirrorUnavailableException.class, () -> fromApt("bookworm"));
  }

  @Test
  void passwordsAreNotShown() {
    String shown = ArchiveSource.shown(URI.create("http://user:secret@a.example.org/x"));
    assertFalse(shown.contains("secret"), shown);
  }
}
