package io.rookery.linux.tty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineDisciplineTest {
  private final LineDiscipline discipline = new LineDiscipline();
  private final List<Integer> signals = new ArrayList<>();

  private String type(String text) {
    ByteArrayOutputStream echo = new ByteArrayOutputStream();
    byte[] b = text.getBytes(StandardCharsets.ISO_8859_1);
    discipline.receive(
        b,
        0,
        b.length,
        echo,
        new LineDiscipline.Events() {
          @Override
          public void signal(int number) {
            signals.add(number);
          }

          @Override
          public void flow(boolean stopped) {}
        });
    return echo.toString(StandardCharsets.ISO_8859_1);
  }

  private String read(int length) {
    byte[] b = new byte[length];
    int n = discipline.read(b, 0, length);
    return new String(b, 0, n, StandardCharsets.ISO_8859_1);
  }

  private void local(int on, int off) {
    Termios t = discipline.termios();
    discipline.setTermios(
        new Termios(
            t.input(),
            t.output(),
            t.control(),
            (t.local() | on) & ~off,
            t.line(),
            t.characters(),
            t.speed()));
  }

  @ParameterizedTest
  @CsvSource({
    "'abc\n', 'abc\r\n', 'abc\n'",
    "'ab\r', 'ab\r\n', 'ab\n'",
    "'abx\177c\n', 'abx\b \bc\r\n', 'abc\n'",
    "'junk\025ok\n', 'junk\b \b\b \b\b \b\b \bok\r\n', 'ok\n'",
    "'two words\027x\n', 'two words\b \b\b \b\b \b\b \b\b \bx\r\n', 'two x\n'",
    "'a\001b\n', 'a^Ab\r\n', 'a\001b\n'",
    "'a\026\003b\n', 'a^\b^Cb\r\n', 'a\003b\n'",
    "'\177\177a\n', 'a\r\n', 'a\n'",
    "'a\001\177\n', 'a^A\b \b\b \b\r\n', 'a\n'",
  })
  void editsAndEchoes(String typed, String echoed, String line) {
    assertEquals(echoed, type(typed));
    assertEquals(line, read(100));
  }

  @Test
  void nothingIsReadableBeforeTheLineEnds() {
    type("abc");
    assertFalse(discipline.readable(1));
    assertEquals(0, discipline.available());
    type("\n");
    assertTrue(discipline.readable(1));
    assertEquals(4, discipline.available());
  }

  @Test
  void oneReadIsOneLine() {
    type("one\ntwo\n");
    assertEquals("on", read(2));
    assertEquals("e\n", read(100));
    assertEquals("two\n", read(100));
    assertFalse(discipline.readable(1));
  }

  @Test
  void endOfFileEndsARead() {
    type("part\004");
    assertEquals("part", read(100));
    type("\004");
    assertTrue(discipline.readable(1));
    assertEquals("", read(100));
    type("four\004");
    assertEquals("four", read(4)); // the end belongs to the read that it filled
    assertFalse(discipline.readable(1));
  }

  @Test
  void signalCharactersFlush() {
    assertEquals("abc", type("abc"));
    assertEquals("^C", type("\003"));
    assertEquals("^\\", type("\034"));
    assertEquals("^Z", type("\032"));
    assertEquals(List.of(2, 3, 20), signals);
    type("x\n");
    assertEquals("x\n", read(100));
  }

  @Test
  void rawModePassesEverything() {
    local(0, Termios.ICANON | Termios.ISIG | Termios.ECHO | Termios.IEXTEN);
    assertEquals("", type("a\003\177\004"));
    assertEquals("a\003\177\004", read(100));
    assertEquals(List.of(), signals);
    type("abc");
    assertTrue(discipline.readable(3));
    assertFalse(discipline.readable(4));
  }

  @Test
  void leavingCanonicalModeFreesTheLine() {
    type("partial");
    assertFalse(discipline.readable(1));
    local(0, Termios.ICANON);
    assertEquals("partial", read(100));
  }

  @Test
  void withoutEchoOnlyNewlinesMayShow() {
    local(Termios.ECHONL, Termios.ECHO);
    assertEquals("\r\n", type("secret\n"));
    assertEquals("secret\n", read(100));
  }

  @Test
  void outputTurnsNewlinesIntoTwo() {
    byte[] out = discipline.process(new byte[] {'a', '\n', 'b'}, 0, 3);
    assertEquals("a\r\nb", new String(out, StandardCharsets.US_ASCII));
  }

  @Test
  void anOverlongLineKeepsItsEnd() {
    type("x".repeat(5000) + "\n");
    String line = read(10_000);
    assertEquals(LineDiscipline.CAPACITY, line.length());
    assertTrue(line.endsWith("x\n"));
  }
}
