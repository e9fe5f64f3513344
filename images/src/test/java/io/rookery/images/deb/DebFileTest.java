package io.rookery.images.deb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.images.BadArchiveException;
import io.rookery.images.testing.TestPackage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DebFileTest {
  @TempDir Path folder;

  private static final class Collector implements DebFile.Visitor {
    final Map<String, String> control = new TreeMap<>();
    final Map<String, String> files = new TreeMap<>();

    @Override
    public void control(Map<String, DebFile.ControlFile> found) {
      found.forEach((name, file) -> control.put(name, file.text()));
    }

    @Override
    public void entry(TarArchiveEntry entry, InputStream contents) throws IOException {
      files.put(entry.getName(), new String(contents.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private Collector read(byte[] deb) throws IOException {
    Path file = folder.resolve("x.deb");
    Files.write(file, deb);
    Collector collector = new Collector();
    DebFile.read(file, "x", collector);
    return collector;
  }

  private static TestPackage sample(String compression) {
    return new TestPackage("x")
        .compression(compression)
        .control("postinst", "#!/bin/sh\n")
        .file("usr/a", "hello ".repeat(1000))
        .file("usr/" + "long".repeat(40), "b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".gz", ".xz", ".zst"})
  void readsEveryCompression(String compression) throws IOException {
    Collector found = read(sample(compression).build());
    assertEquals("#!/bin/sh\n", found.control.get("postinst"));
    assertTrue(found.control.getOrDefault("control", "").startsWith("Package: x\n"));
    assertEquals("hello ".repeat(1000), found.files.get("./usr/a"));
    assertEquals("b", found.files.get("./usr/" + "long".repeat(40)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".gz", ".xz", ".zst"})
  void aPackageCutOffIsTold(String compression) {
    byte[] deb = sample(compression).build();
    // The last bytes of a plain tar are padding only.
    int end = compression.isEmpty() ? deb.length - 12_000 : deb.length - 1;
    for (int length = 0; length < end; length += Math.max(1, end / 300)) {
      byte[] cut = Arrays.copyOf(deb, length);
      assertThrows(BadArchiveException.class, () -> read(cut), "cut to " + length);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".gz", ".xz", ".zst"})
  void damageIsToldOrHarmless(String compression) throws IOException {
    byte[] deb = sample(compression).build();
    Random random = new Random(7);
    for (int i = 0; i < 500; i++) {
      byte[] damaged = deb.clone();
      damaged[random.nextInt(deb.length)] ^= (byte) (1 + random.nextInt(255));
      try {
        read(damaged);
      } catch (BadArchiveException e) {
        assertTrue(e.getMessage() != null);
      }
    }
  }

  @Test
  void refusesWhatIsNoPackage() {
    for (String text : new String[] {"", "hello", "!<arch>\n", "!<arch>\nshort"}) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      assertThrows(BadArchiveException.class, () -> read(bytes), text);
    }
  }
}
