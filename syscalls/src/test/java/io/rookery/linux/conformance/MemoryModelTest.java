package io.rookery.linux.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.linux.kernel.TestKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Threads of a guest see memory as x86-TSO allows (SDM vol. 3, 9.2), and LOCKed operations whole.
 */
@Timeout(36_000)
class MemoryModelTest {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final String LITMUS_ROUNDS = FULL ? "10000000" : "10000";
  private static final String HAMMER_ROUNDS = FULL ? "10000000" : "200";
  private static final Pattern RESULT =
      Pattern.compile("(\\S+): rounds \\d+ forbidden (\\d+) relaxed (\\d+):.*");

  @TempDir static Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"natively", "interpreter", "compiler"})
  void litmusTestsShowNothingForbidden(String where) throws Exception {
    String output = run("litmus", LITMUS_ROUNDS, where);
    assertEquals(13, output.lines().count(), output);
    for (String line : output.lines().toList()) {
      Matcher m = RESULT.matcher(line);
      assertTrue(m.matches(), line);
      assertEquals("0", m.group(2), line);
      assertEquals(m.group(1).equals("SB"), !m.group(3).equals("0"), line);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"natively", "interpreter", "compiler"})
  void eightThreadsLoseNothing(String where) throws Exception {
    String output = run("hammer", HAMMER_ROUNDS, where);
    assertEquals(12, output.lines().count(), output);
    for (String line : output.lines().toList()) {
      assertTrue(line.matches("[^0-9]*(kind \\d: )?0( 0)?"), output);
    }
  }

  private static String run(String name, String rounds, String where) throws Exception {
    HostPrograms.assumeCompiler("/usr/bin/cc");
    HostPrograms.assumeProcessor(List.of("cx16"));
    Path program = directory.resolve(name);
    if (!Files.exists(program)) {
      Path source = HostPrograms.copy("/io/rookery/linux/instructions/" + name + ".c", directory);
      HostPrograms.compile("/usr/bin/cc", source, program, List.of("-O1", "-mcx16", "-pthread"));
    }
    List<String> command = List.of(program.toString(), rounds);
    HostPrograms.Outcome outcome =
        switch (where) {
          case "natively" -> HostPrograms.natively(command, List.of());
          case "compiler" -> HostPrograms.here(command, List.of(), TestKernel.compiling());
          default -> HostPrograms.here(command, List.of(), RookeryEngine.interpreter());
        };
    assertEquals(0, outcome.status());
    return outcome.output();
  }
}
