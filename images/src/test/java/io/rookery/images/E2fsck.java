package io.rookery.images;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** The judge of file systems, where the host has it. */
final class E2fsck {
  private E2fsck() {}

  static void assertClean(Path image) throws IOException, InterruptedException {
    Optional<Path> program =
        Stream.of("/usr/sbin/e2fsck", "/sbin/e2fsck")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(program.isPresent(), "this host has no e2fsck");
    Process process =
        new ProcessBuilder(program.orElseThrow().toString(), "-fn", image.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
  }
}
