package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.X8664Table;
import io.rookery.linux.conformance.HostPrograms;
import io.rookery.linux.i386.I386Table;
import io.rookery.linux.kernel.TestKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * Programs that go through the system calls one by one, several behaviours of each: they print the
 * same natively and here. The host kernel is the judge.
 */
class SystemCallsTest {
  private static final ImmutableList<String> PROGRAMS = Behaviour.PROGRAMS;

  /** As many are shown of each call of 64-bit programs at least. */
  private static final int BEHAVIOURS = 6;

  @TempDir Path directory;

  @ParameterizedTest
  @FieldSource("PROGRAMS")
  void behaveAsOnTheHost(String program) throws Exception {
    compare(program, X8664Table.get(), RookeryEngine.interpreter());
  }

  @ParameterizedTest
  @FieldSource("PROGRAMS")
  void behaveAsOnTheHostFor32BitPrograms(String program) throws Exception {
    assumeTrue(
        Files.exists(Path.of("/usr/lib32/crt1.o")),
        "the C compiler makes no 32-bit programs (gcc-multilib)");
    compare(program, I386Table.get(), TestKernel.compiling(), "-m32", "-D_FILE_OFFSET_BITS=64");
  }

  @Test
  void sixBehavioursAreShownOfEveryCall() {
    assertEquals(Map.of(), shownLess(X8664Table.get(), BEHAVIOURS));
  }

  /** Most rows are the same as those of 64-bit programs. */
  @Test
  void everyCallOf32BitProgramsIsShown() {
    assertEquals(Map.of(), shownLess(I386Table.get(), 1));
  }

  /** The implemented calls of which fewer behaviours are shown, with these. */
  private static Map<String, Set<String>> shownLess(SyscallTable table, int least) {
    Map<String, Set<String>> shown = new TreeMap<>();
    for (SyscallTable.Row row : table.rows()) {
      if (row.support() != Support.REFUSED) {
        shown.put(row.name(), new HashSet<>());
      }
    }
    for (String program : PROGRAMS) {
      for (Behaviour b : Behaviour.of(program, table)) {
        Set<String> known = shown.computeIfAbsent(b.call(), _ -> new HashSet<>());
        assertTrue(known.add(b.what()), () -> "twice: " + b);
      }
    }
    shown.values().removeIf(known -> known.size() >= least);
    return shown;
  }

  private void compare(String name, SyscallTable table, RookeryEngine engine, String... flags)
      throws Exception {
    HostPrograms.assumeCompiler("/usr/bin/cc");
    for (String header : Behaviour.HEADERS) {
      HostPrograms.copy(Behaviour.DIRECTORY + header, directory);
    }
    Path program = directory.resolve(name);
    HostPrograms.compile(
        "/usr/bin/cc",
        HostPrograms.copy(Behaviour.DIRECTORY + name + ".c", directory),
        program,
        ImmutableList.<String>builder().add(flags).add("-O1", "-pthread", "-lrt").build());
    List<String> command = List.of(program.toString());
    List<String> environment = List.of("PATH=/usr/bin:/bin");
    HostPrograms.Outcome wanted = HostPrograms.natively(command, environment);
    HostPrograms.Outcome found = HostPrograms.here(command, environment, engine);
    assertEquals(wanted.output(), found.output());
    assertEquals(wanted.status(), found.status());
    assertEquals(named(name, table), printed(wanted.output(), table), "what was to be shown");
  }

  private static ImmutableSet<String> named(String program, SyscallTable table) {
    return Behaviour.of(program, table).stream()
        .map(b -> b.call() + ": " + b.what())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** The lines about calls, without their results. */
  private static Set<String> printed(String output, SyscallTable table) {
    Set<String> names = new HashSet<>();
    table.rows().forEach(r -> names.add(r.name()));
    Set<String> lines = new HashSet<>();
    output
        .lines()
        .filter(line -> line.contains(": ") && names.contains(line.substring(0, line.indexOf(':'))))
        .forEach(line -> lines.add(line.substring(0, line.lastIndexOf(": "))));
    return lines;
  }
}
