package io.rookery.linux.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SyscallPageTest {
  private static final Path PAGE = Path.of("..", "docs", "syscalls.md");

  @Test
  void thePageIsUpToDate() throws IOException {
    String wanted = SyscallPage.markdown(X8664Table.get());
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
    for (SyscallTable.Row r : X8664Table.get().rows()) {
      assertTrue(r.support() == Support.FULL || !r.note().isBlank(), r.name() + " has no note");
    }
  }
}
