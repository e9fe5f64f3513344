package io.rookery.images.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.images.MissingPackageException;
import io.rookery.images.PackageConflictException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DependencyResolverTest {
  /** Resolves in an archive of stanzas "Name Version; Field: value; …". */
  private static List<String> resolve(List<String> include, String... stanzas) throws IOException {
    StringBuilder text = new StringBuilder();
    for (String stanza : stanzas) {
      String[] parts = stanza.split(";", -1);
      String[] first = parts[0].split(" ", -1);
      text.append("Package: ").append(first[0]).append("\nVersion: ").append(first[1]);
      text.append("\nFilename: pool/x.deb\nSize: 1\nSHA256: ").append("ab".repeat(32));
      Stream.of(parts).skip(1).forEach(field -> text.append('\n').append(field.strip()));
      text.append("\n\n");
    }
    PackageIndex index = new PackageIndex();
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    index.read(new ByteArrayInputStream(bytes), "Packages", URI.create("http://a.example.org/"));
    return DependencyResolver.resolve(index, include).stream().map(PackageEntry::toString).toList();
  }

  @Test
  void takesEssentialPackagesAndWhatIsNeeded() throws IOException {
    assertEquals(
        List.of("lib 2", "base 1", "app 1"),
        resolve(
            List.of("app"),
            "app 1; Depends: lib (>= 2)",
            "base 1; Essential: yes; Pre-Depends: lib",
            "lib 2",
            "lib 1",
            "unused 1"));
  }

  @Test
  void takesTheHighestVersionWhateverTheOrder() throws IOException {
    assertEquals(List.of("a 1.10"), resolve(List.of("a"), "a 1.9", "a 1.10", "a 1.10~rc1"));
  }

  @Test
  void alternativesTakeWhatIsThereAlready() throws IOException {
    assertEquals(
        List.of("b 1", "app 1"),
        resolve(List.of("app", "b"), "app 1; Depends: a | b", "a 1", "b 1"));
    assertEquals(
        List.of("a 1", "app 1"), resolve(List.of("app"), "app 1; Depends: a | b", "a 1", "b 1"));
  }

  @Test
  void alternativesThatCannotBeFulfilledAreLeftAlone() throws IOException {
    assertEquals(
        List.of("b 1", "app 1"),
        resolve(
            List.of("app"),
            "app 1; Depends: gone | a | old (>= 2) | b",
            "a 1; Depends: helper, missing",
            "helper 1",
            "old 1",
            "b 1"));
  }

  @Test
  void virtualPackagesAreProvided() throws IOException {
    String[] archive = {
      "app 1; Depends: awk",
      "gawk 1; Provides: awk",
      "mawk 1; Provides: awk; Priority: required",
      "sh 1; Depends: shell (>= 3)",
      "s1 1; Provides: shell",
      "s2 1; Provides: shell (= 2)",
      "s3 1; Provides: other, shell (= 3)",
    };
    assertEquals(List.of("mawk 1", "app 1"), resolve(List.of("app"), archive));
    assertEquals(List.of("gawk 1", "app 1"), resolve(List.of("app", "gawk"), archive));
    assertEquals(List.of("s3 1", "sh 1"), resolve(List.of("sh"), archive));
  }

  @Test
  void cyclesEnd() throws IOException {
    assertEquals(
        List.of("c 1", "b 1", "a 1"),
        resolve(List.of("a"), "a 1; Depends: b", "b 1; Depends: c", "c 1; Depends: a"));
  }

  @Test
  void mergedUsrIsPreferredToMerging() throws IOException {
    assertEquals(
        List.of("usr-is-merged 1", "init 1"),
        resolve(
            List.of("init"),
            "init 1; Depends: usrmerge | usr-is-merged",
            "usrmerge 1",
            "usr-is-merged 1"));
  }

  @Test
  void aMissingDependencyIsNamedWithItsChain() {
    MissingPackageException e =
        assertThrows(
            MissingPackageException.class,
            () -> resolve(List.of("a"), "a 1; Depends: b", "b 1; Depends: c (>= 2) | d", "c 1"));
    assertEquals(List.of("a", "b", "c (>= 2) | d"), e.chain());
    String message = String.valueOf(e.getMessage());
    assertTrue(message.contains("a → b") && message.contains("the archive has c 1"), message);
  }

  @Test
  void aMissingPackageIsNamed() {
    MissingPackageException e =
        assertThrows(MissingPackageException.class, () -> resolve(List.of("ghost"), "a 1"));
    assertEquals(List.of("ghost"), e.chain());
  }

  @Test
  void exclusionsAreFound() {
    PackageConflictException e =
        assertThrows(
            PackageConflictException.class,
            () -> resolve(List.of("a", "b"), "a 1; Breaks: b (<< 2)", "b 1"));
    assertTrue(String.valueOf(e.getMessage()).contains("b (<< 2)"), e.getMessage());
  }

  @Test
  void aPackageMayExcludeWhatItProvidesItself() throws IOException {
    assertEquals(List.of("a 1"), resolve(List.of("a"), "a 1; Provides: mta; Conflicts: mta"));
  }

  @Test
  void manyAlternativesThatFailTakeNoExponentialTime() throws IOException {
    String[] archive = new String[61];
    for (int i = 0; i < 60; i++) {
      archive[i] = "p" + i + " 1; Depends: p" + (i + 1) + " | p" + (i + 1) + " (>= 0), p" + (i + 1);
    }
    archive[60] = "p60 1; Depends: nothing";
    assertThrows(MissingPackageException.class, () -> resolve(List.of("p0"), archive));
  }
}
