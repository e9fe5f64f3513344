package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LogLinesTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final System.Logger logger =
      new LogLines.Lines("test", new PrintStream(bytes, true, StandardCharsets.UTF_8));

  private String written() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aWarningIsOneLine() {
    logger.log(Level.WARNING, "{0} is not implemented: refused", "bpf(2)");
    assertEquals("rookery: bpf(2) is not implemented: refused" + System.lineSeparator(), written());
  }

  @Test
  void bracesWithoutParametersStay() {
    logger.log(Level.ERROR, "{it's}");
    assertEquals("rookery: {it's}" + System.lineSeparator(), written());
  }

  @Test
  void whatIsLessThanAWarningIsLeftOut() {
    logger.log(Level.INFO, "info");
    logger.log(Level.OFF, "off");
    assertEquals("", written());
  }

  @Test
  void anErrorBringsItsCause() {
    logger.log(Level.ERROR, "broken", new IllegalStateException("why"));
    assertTrue(written().startsWith("rookery: broken" + System.lineSeparator()), written());
    assertTrue(written().contains("IllegalStateException: why"), written());
  }
}
