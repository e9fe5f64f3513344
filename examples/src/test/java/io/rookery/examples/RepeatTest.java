package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** {@code rookery run --repeat}, as a process of its own. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "runs the host's own programs")
class RepeatTest {
  private static final String LINE =
      "run %d: wall \\d+\\.\\d{3} s, cpu \\d+\\.\\d{3} s, status 3\n";

  @Test
  void everyRunGetsTheInputAndTheLastOnesOutputIsShown(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path input = Files.writeString(directory.resolve("input"), "one\ntwo\n");
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    TestClassPath.get(),
                    "io.rookery.examples.Rookery",
                    "run",
                    "--root",
                    "/",
                    "--repeat",
                    "2",
                    "--",
                    "/bin/sh",
                    "-c",
                    "cat; exit 3"))
            .redirectInput(input.toFile())
            .start();
    Outcome outcome = Outcome.of(process, 120);
    assertEquals("one\ntwo\n", outcome.output(), outcome.errors());
    assertEquals(3, outcome.status());
    String expected = LINE.formatted(1) + LINE.formatted(2);
    assertTrue(outcome.errors().matches(expected), outcome.errors());
  }
}
