package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.Disks;
import io.rookery.Vm;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Guests that try to reach files of the host beside the directories that are mounted: through
 * links, dots, races, device nodes, names. One directory is mounted for reading and, a second time,
 * for writing, so that what a guest does to one side surprises the other.
 */
class HostEscapeTest {
  private static final String SECRET = "the host's secret";

  @TempDir Path temporary;

  private static String script() throws IOException {
    try (InputStream in = HostEscapeTest.class.getResourceAsStream("escapes.py")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void nothingOutsideIsReached() throws Exception {
    Path shared = Files.createDirectory(temporary.resolve("shared")).toRealPath();
    Path outside =
        Files.createDirectories(temporary.resolve("outside/sub")).getParent().toRealPath();
    Files.writeString(outside.resolve("secret"), SECRET);
    Files.writeString(outside.resolve("sub/secret"), SECRET);
    Files.writeString(temporary.resolve("shared-secret"), SECRET); // a name that begins alike
    for (String name : List.of("dir/sub", "Case")) {
      Files.createDirectories(shared.resolve(name));
    }
    Files.writeString(shared.resolve("dir/secret"), "ours");
    Files.writeString(shared.resolve("dir/sub/secret"), "ours");
    Files.writeString(shared.resolve("Case/secret"), "ours");
    Files.createSymbolicLink(shared.resolve("host-absolute"), outside);
    Files.createSymbolicLink(shared.resolve("host-relative"), Path.of("../outside"));
    Files.createSymbolicLink(shared.resolve("dir/host-file"), Path.of("../../outside/secret"));
    Files.createSymbolicLink(shared.resolve("host-proc"), Path.of("/proc/self/root"));
    List<String> before = tree(outside);

    try (Vm vm =
        Vm.builder()
            .disk(Disks.ephemeral(DefaultImage.locate(BuildListener.SILENT)))
            .mount(shared, "/ro", false)
            .mount(shared, "/rw", true)
            .build()) {
      Process guest = vm.process("python3", "-c", script(), outside.toString(), SECRET).start();
      Outcome outcome = Outcome.of(guest, 300);
      assertEquals(0, outcome.status(), outcome.output() + outcome.errors());
      String last = outcome.output().lines().reduce("", (a, b) -> b);
      assertTrue(last.matches("\\d+ escapes tried, 0 succeeded"), outcome.output());
      assertTrue(Integer.parseInt(last.split(" ", -1)[0]) >= 40, last);
    }
    assertEquals(before, tree(outside));
    assertEquals(SECRET, Files.readString(outside.resolve("secret")));
    assertEquals(SECRET, Files.readString(temporary.resolve("shared-secret")));
    assertFalse(Files.exists(temporary.resolve("new")));
  }

  private static List<String> tree(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.map(p -> p + " " + mode(p)).sorted().toList();
    }
  }

  private static Object mode(Path path) {
    try {
      return Files.getAttribute(path, "unix:mode");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
