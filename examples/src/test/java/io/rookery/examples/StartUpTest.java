package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a short run leaves out, since it takes a cold JVM long. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "runs the host's own programs")
class StartUpTest {
  @Test
  void neitherFlightRecorderNorMethodsOfRecordsAreMade(@TempDir Path directory)
      throws IOException, InterruptedException {
    Path loaded = directory.resolve("loaded");
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xlog:class+load:file=" + loaded,
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    TestClassPath.get(),
                    "io.rookery.examples.Rookery",
                    "run",
                    "--root",
                    "/",
                    "--",
                    "/bin/sh",
                    "-c",
                    "/bin/true; i=0; while [ $i -lt 5000 ]; do i=$((i + 1)); done; echo $i"))
            .start();
    Outcome outcome = Outcome.of(process, 120);
    assertEquals("5000\n", outcome.output(), outcome.errors());
    List<String> needless =
        Files.readAllLines(loaded).stream()
            .filter(
                line ->
                    line.contains("jdk.jfr.internal.MetadataRepository")
                        || line.contains("java.lang.runtime.ObjectMethods "))
            .toList();
    assertEquals(List.of(), needless);
  }
}
