package io.rookery.linux.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import io.rookery.linux.call.Behaviour;
import io.rookery.linux.i386.I386Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SyscallPageTest {
  private static final Path PAGE = Path.of("..", "docs", "syscalls.md");

  /** Behaviours by architecture. */
  private static final ImmutableMap<String, ImmutableList<Behaviour>> SHOWN =
      Stream.of(X8664Table.get(), I386Table.get())
          .collect(
              ImmutableMap.toImmutableMap(
                  SyscallTable::architecture,
                  table ->
                      Behaviour.PROGRAMS.stream()
                          .flatMap(program -> Behaviour.of(program, table).stream())
                          .collect(ImmutableList.toImmutableList())));

  @Test
  void thePageIsUpToDate() throws IOException {
    String wanted =
        SyscallPage.markdown(SyscallPageTest::programs, X8664Table.get(), I386Table.get());
    if (Boolean.getBoolean("rookery.generate")) {
      Files.writeString(PAGE, wanted);
    }
    String found = Files.exists(PAGE) ? Files.readString(PAGE) : "";
    assertEquals(
        wanted,
        found,
        "docs/syscalls.md is stale; ./mvnw -pl syscalls -am test -Dtest=SyscallPageTest"
            + " -Dsurefire.failIfNoSpecifiedTests=false -Dtest.args=-Drookery.generate=true"
            + " writes it");
  }

  /** The programs that show a row's behaviours, and how many. */
  private static String programs(SyscallTable table, SyscallTable.Row row) {
    return SHOWN.get(table.architecture()).stream()
        .filter(b -> b.call().equals(row.name()))
        .collect(Collectors.groupingBy(Behaviour::program, TreeMap::new, Collectors.counting()))
        .entrySet()
        .stream()
        .map(e -> e.getKey() + " " + e.getValue())
        .collect(Collectors.joining(", "));
  }

  @Test
  void rowsThatDoLessThanLinuxSayWhat() {
    for (SyscallTable table : List.of(X8664Table.get(), I386Table.get())) {
      for (SyscallTable.Row r : table.rows()) {
        assertTrue(r.support() == Support.FULL || !r.note().isBlank(), r.name() + " has no note");
      }
    }
  }
}
