package io.rookery.images.repo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.images.BadArchiveException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ControlReaderTest {
  private static ControlReader reader(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new ControlReader(new ByteArrayInputStream(bytes), "test", _ -> true);
  }

  @Test
  void readsStanzas() throws IOException {
    ControlReader reader = reader("\n\nA: 1\n# comment\nB:two\n more\n .\n\n\nA: 2\r\n");
    assertEquals(Map.of("A", "1", "B", "two\n more\n ."), reader.next());
    assertEquals(Map.of("A", "2"), reader.next());
    assertNull(reader.next());
  }

  @Test
  void keepsWantedFieldsOnly() throws IOException {
    byte[] bytes = "A: 1\n x\nB: 2\n y\n".getBytes(StandardCharsets.UTF_8);
    var reader = new ControlReader(new ByteArrayInputStream(bytes), "test", "B"::equals);
    assertEquals(Map.of("B", "2\n y"), reader.next());
  }

  @Test
  void namesTheLineThatIsNoField() {
    BadArchiveException e =
        assertThrows(BadArchiveException.class, () -> reader("A: 1\nnonsense\n").next());
    assertEquals(true, String.valueOf(e.getMessage()).contains("line 2"), e.getMessage());
  }

  @Test
  void boundedStreamNamesWhatIsTooLarge() {
    var in = new BoundedInputStream(new ByteArrayInputStream(new byte[11]), "big", 10);
    BadArchiveException e = assertThrows(BadArchiveException.class, in::readAllBytes);
    assertEquals("big: larger than 10 bytes", e.getMessage());
  }
}
