package io.rookery.linux.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.i386.I386Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SyscallPageTest {
  private static final Path PAGE = Path.of("..", "docs", "syscalls.md");

  @Test
  void thePageIsUpToDate() throws IOException {
    String wanted = SyscallPage.markdown(X8664Table.get(), I386Table.get());
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

  @Test
  void rowsThatDoLessThanLinuxSayWhat() {
    for (SyscallTable table : List.of(X8664Table.get(), I386Table.get())) {
      for (SyscallTable.Row r : table.rows()) {
        assertTrue(r.support() == Support.FULL || !r.note().isBlank(), r.name() + " has no note");
      }
    }
  }
}
