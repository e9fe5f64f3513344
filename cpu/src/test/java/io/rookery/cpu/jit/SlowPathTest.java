package io.rookery.cpu.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.mmu.Access;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassWriter;

/** Forty first-time slow paths in a hot unit, as after every fork, recompile nothing. */
class SlowPathTest {
  @Test
  void firstCallsOfSlowPathsDoNotDeoptimise() throws IOException, InterruptedException {
    check(runProgram(SlowPathProgram.CALLING, "-XX:PerMethodTrapLimit=100")); // the default
  }

  @Test
  void firstBranchesToSlowPathsDoNotDeoptimise() throws IOException, InterruptedException {
    check(runProgram(SlowPathProgram.TESTING, "-XX:PerMethodTrapLimit=0"));
  }

  private static void check(List<String> lines) {
    int from = lines.indexOf(SlowPathProgram.SWITCH);
    int to = lines.indexOf(SlowPathProgram.END);
    assertTrue(from > 0 && to > from, () -> String.join("\n", lines));
    assertTrue(
        lines.subList(0, from).stream()
            .anyMatch(line -> line.contains("Unit$Code") && line.contains(" 4 ")),
        "the unit was not hot");
    List<String> again =
        lines.subList(from, to).stream().filter(line -> line.contains("Unit$Code")).toList();
    assertEquals(List.of(), again);
  }

  private static List<String> runProgram(String mode, String flag)
      throws IOException, InterruptedException {
    String classPath =
        Stream.of(SlowPathProgram.class, Unit.class, Access.class, ClassWriter.class)
            .map(SlowPathTest::location)
            .distinct()
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+PrintCompilation",
                flag,
                "--sun-misc-unsafe-memory-access=allow",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-cp",
                classPath,
                SlowPathProgram.class.getName(),
                mode)
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output.lines().toList();
  }

  private static String location(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
