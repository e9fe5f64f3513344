package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's quick start compiles and does what it seems to. */
class ReadmeTest {
  @Test
  void theQuickStartRuns(@TempDir Path directory) throws IOException, InterruptedException {
    String readme = Files.readString(Path.of("..", "README.md"));
    Matcher block = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL).matcher(readme);
    assertTrue(block.find(), "no Java in the README");
    Path source = Files.writeString(directory.resolve("QuickStart.java"), block.group(1));
    String classPath = TestClassPath.get();
    Outcome compiled =
        Outcome.of(
            new ProcessBuilder(
                    tool("javac"), "-cp", classPath, "-d", directory.toString(), source.toString())
                .start(),
            120);
    assertEquals(0, compiled.status(), compiled.errors());
    Process started =
        new ProcessBuilder(
                List.of(
                    tool("java"),
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-cp",
                    directory + File.pathSeparator + classPath,
                    "QuickStart"))
            .start();
    Outcome outcome = Outcome.of(started, 300);
    assertEquals("42\n1\n9\n10\nexit status 0\n", outcome.output(), outcome.errors());
    assertEquals(0, outcome.status());
  }

  private static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }
}
