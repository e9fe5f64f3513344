package io.rookery.cpu.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class InstructionPageTest {
  private static final Path PAGE = Path.of("..", "docs", "instructions.md");

  @Test
  void thePageIsUpToDate() throws IOException {
    String wanted = InstructionPage.markdown();
    if (Boolean.getBoolean("rookery.regenerate")) {
      Files.writeString(PAGE, wanted);
    }
    String found = Files.exists(PAGE) ? Files.readString(PAGE) : "";
    assertEquals(
        wanted,
        found,
        "docs/instructions.md is stale; ./mvnw -Pquick -pl cpu -am test"
            + " -Dtest=InstructionPageTest -Dtest.args=-Drookery.regenerate=true writes it");
  }
}
