package io.rookery.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The generated files are those that the opcode tables give. */
class DecodeTablesTest {
  private static final Path SOURCES = Path.of("src/main/java/io/rookery/cpu/decode");

  @Test
  void generatedFilesAreUpToDate() throws IOException {
    DecodeTableGenerator generator =
        new DecodeTableGenerator(OpcodeTable.read(Path.of("src/main/tables")));
    check("Mnemonic.java", generator.mnemonicSource());
    check("DecodeTables.java", generator.tablesSource());
  }

  /** Compares without white space, which belongs to the formatter. */
  private static void check(String name, String expected) throws IOException {
    Path file = SOURCES.resolve(name);
    if (Boolean.getBoolean("rookery.regenerate")) {
      Files.writeString(file, expected);
    }
    assertEquals(
        expected.replaceAll("\\s+", ""),
        Files.readString(file).replaceAll("\\s+", ""),
        name + " is stale; run with -Drookery.regenerate=true, then ./mvnw spotless:apply");
  }
}
