package io.rookery.linux.tty;

import static io.rookery.linux.tty.Termios.*;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/**
 * The terminal line discipline N_TTY (termios(3)): editing, echo and signal characters on the way
 * in, newline treatment on the way out. Not thread-safe; the terminal locks.
 */
final class LineDiscipline {
  static final int CAPACITY = 4096;
  private static final int TAB = 8;
  private static final int BELL = 7;
  private static final int BACKSPACE = 8;

  /** What input can cause besides bytes to read. */
  interface Events {
    /** A signal character was typed. */
    void signal(int number);

    /** Output that was stopped may go on, or must stop. */
    void flow(boolean stopped);
  }

  private static final int SIGINT = 2;
  private static final int SIGQUIT = 3;
  private static final int SIGTSTP = 20;

  private Termios termios = DEFAULT;
  private final byte[] buffer = new byte[CAPACITY];
  private final boolean[] ends = new boolean[CAPACITY]; // a line ends behind this byte
  private final boolean[] endOfFile = new boolean[CAPACITY]; // the byte itself is not read
  private int head; // first byte to read
  private int canonical; // bytes from here on are still being edited
  private int tail;
  private boolean literalNext;
  private boolean stopped;
  private int column;
  private int lineStartColumn;

  Termios termios() {
    return termios;
  }

  /** Changes the settings; what is being edited becomes readable when editing ends. */
  void setTermios(Termios t) {
    boolean was = termios.hasLocal(ICANON);
    termios = t;
    if (was != t.hasLocal(ICANON)) {
      if (was) {
        canonical = tail;
      } else if (head < tail) {
        ends[tail - 1] = true; // what waits becomes a line of its own
        canonical = tail;
      }
    }
    literalNext = false;
  }

  boolean stopped() {
    return stopped;
  }

  /** Throws unread input away (TCIFLUSH). */
  void flushInput() {
    head = 0;
    canonical = 0;
    tail = 0;
  }

  // Input

  /** Bytes that the buffer can take now; editing characters are always accepted. */
  int room() {
    compact();
    return CAPACITY - tail;
  }

  private void compact() {
    if (head > 0) {
      int n = tail - head;
      System.arraycopy(buffer, head, buffer, 0, n);
      System.arraycopy(ends, head, ends, 0, n);
      System.arraycopy(endOfFile, head, endOfFile, 0, n);
      canonical -= head;
      tail = n;
      head = 0;
    }
  }

  /** Takes bytes that were typed; what is to be echoed is added to {@code echo}. */
  void receive(byte[] data, int offset, int length, ByteArrayOutputStream echo, Events events) {
    for (int i = 0; i < length; i++) {
      receive(data[offset + i] & 0xff, echo, events);
    }
  }

  private void receive(int typed, ByteArrayOutputStream echo, Events events) {
    int c = termios.hasInput(ISTRIP) ? typed & 0x7f : typed;
    if (termios.hasInput(IUCLC) && termios.hasLocal(IEXTEN)) {
      c = c >= 'A' && c <= 'Z' ? c + 32 : c;
    }
    if (literalNext) {
      literalNext = false;
      echoTyped(c, echo);
      add(c, false, false, echo);
      return;
    }
    if (termios.hasInput(IXON) && flowControl(c, events)) {
      return;
    }
    if (termios.hasLocal(ISIG) && signalCharacter(c, echo, events)) {
      return;
    }
    if (stopped && termios.hasInput(IXON) && termios.hasInput(IXANY)) {
      stopped = false;
      events.flow(false);
    }
    if (c == '\r') {
      if (termios.hasInput(IGNCR)) {
        return;
      }
      c = termios.hasInput(ICRNL) ? '\n' : c;
    } else if (c == '\n' && termios.hasInput(INLCR)) {
      c = '\r';
    }
    if (termios.hasLocal(ICANON)) {
      edit(c, echo);
    } else {
      echoTyped(c, echo);
      add(c, false, false, echo);
      canonical = tail;
    }
  }

  private boolean flowControl(int c, Events events) {
    if (termios.is(VSTOP, c)) {
      stopped = true;
      events.flow(true);
      return true;
    }
    if (termios.is(VSTART, c)) {
      stopped = false;
      events.flow(false);
      return true;
    }
    return false;
  }

  private boolean signalCharacter(int c, ByteArrayOutputStream echo, Events events) {
    int signal;
    if (termios.is(VINTR, c)) {
      signal = SIGINT;
    } else if (termios.is(VQUIT, c)) {
      signal = SIGQUIT;
    } else if (termios.is(VSUSP, c)) {
      signal = SIGTSTP;
    } else {
      return false;
    }
    if (!termios.hasLocal(NOFLSH)) {
      flushInput(); // output is at the other side already
    }
    if (stopped && termios.hasInput(IXON)) {
      stopped = false;
      events.flow(false);
    }
    if (termios.hasLocal(ECHO)) {
      echoTyped(c, echo);
    }
    events.signal(signal);
    return true;
  }

  private void edit(int c, ByteArrayOutputStream echo) {
    boolean extended = termios.hasLocal(IEXTEN);
    if (termios.is(VERASE, c)) {
      eraseCharacter(echo);
    } else if (termios.is(VKILL, c)) {
      kill(c, echo);
    } else if (extended && termios.is(VWERASE, c)) {
      eraseWord(echo);
    } else if (extended && termios.is(VLNEXT, c)) {
      literalNext = true;
      if (termios.hasLocal(ECHO) && termios.hasLocal(ECHOCTL)) {
        put('^', echo);
        put(BACKSPACE, echo);
      }
    } else if (extended && termios.is(VREPRINT, c) && termios.hasLocal(ECHO)) {
      reprint(c, echo);
    } else if (c == '\n') {
      if (termios.hasLocal(ECHO) || termios.hasLocal(ECHONL)) {
        put('\n', echo);
      }
      add(c, true, false, echo);
    } else if (termios.is(VEOF, c)) {
      add(c, true, true, echo);
    } else if (termios.is(VEOL, c) || (extended && termios.is(VEOL2, c))) {
      echoTyped(c, echo);
      add(c, true, false, echo);
    } else {
      echoTyped(c, echo);
      add(c, false, false, echo);
    }
  }

  private void add(int c, boolean end, boolean eof, ByteArrayOutputStream echo) {
    if (tail == CAPACITY) {
      compact();
    }
    // The last place is kept for the end of the line.
    if (tail >= CAPACITY - (end ? 0 : 1)) {
      if (termios.hasInput(IMAXBEL)) {
        echo.write(BELL);
      }
      return;
    }
    buffer[tail] = (byte) c;
    ends[tail] = end;
    endOfFile[tail] = eof;
    tail++;
    if (end) {
      canonical = tail;
      lineStartColumn = column;
    }
  }

  private void eraseCharacter(ByteArrayOutputStream echo) {
    if (tail == canonical) {
      return;
    }
    int from = tail - 1;
    if (termios.hasInput(IUTF8)) {
      while (from > canonical && (buffer[from] & 0xc0) == 0x80) {
        from--;
      }
    }
    echoErase(from, echo);
  }

  private void eraseWord(ByteArrayOutputStream echo) {
    boolean seenWord = false;
    while (tail > canonical) {
      int c = buffer[tail - 1] & 0xff;
      boolean word = Character.isLetterOrDigit(c) || c == '_' || c >= 0x80;
      if (seenWord && !word) {
        return;
      }
      seenWord |= word;
      eraseCharacter(echo);
    }
  }

  private void kill(int c, ByteArrayOutputStream echo) {
    boolean visible = termios.hasLocal(ECHOKE) && termios.hasLocal(ECHOE);
    if (termios.hasLocal(ECHO) && visible && termios.hasLocal(ECHOK)) {
      while (tail > canonical) {
        eraseCharacter(echo);
      }
      return;
    }
    tail = canonical;
    if (termios.hasLocal(ECHO)) {
      echoTyped(c, echo);
      if (termios.hasLocal(ECHOK)) {
        put('\n', echo);
      }
    }
  }

  private void reprint(int c, ByteArrayOutputStream echo) {
    echoTyped(c, echo);
    put('\n', echo);
    for (int i = canonical; i < tail; i++) {
      echoTyped(buffer[i] & 0xff, echo);
    }
  }

  /** Removes what begins at an index, and its picture on the screen. */
  private void echoErase(int from, ByteArrayOutputStream echo) {
    int c = buffer[from] & 0xff;
    tail = from;
    if (!termios.hasLocal(ECHO)) {
      return;
    }
    if (!termios.hasLocal(ECHOE)) {
      echoTyped(termios.character(VERASE), echo);
      return;
    }
    int columns;
    if (c == '\t') {
      int before = lineStartColumn;
      for (int i = canonical; i < tail; i++) {
        before = columnAfter(before, buffer[i] & 0xff);
      }
      columns = TAB - before % TAB;
      for (int i = 0; i < columns; i++) {
        put(BACKSPACE, echo);
      }
      return;
    }
    columns = c < 0x20 || c == 0x7f ? termios.hasLocal(ECHOCTL) ? 2 : 0 : 1;
    for (int i = 0; i < columns; i++) {
      put(BACKSPACE, echo);
      put(' ', echo);
      put(BACKSPACE, echo);
    }
  }

  private int columnAfter(int at, int c) {
    if (c == '\t') {
      return at + TAB - at % TAB;
    }
    if (c < 0x20 || c == 0x7f) {
      return termios.hasLocal(ECHOCTL) ? at + 2 : at;
    }
    return termios.hasInput(IUTF8) && (c & 0xc0) == 0x80 ? at : at + 1;
  }

  private void echoTyped(int c, ByteArrayOutputStream echo) {
    if (!termios.hasLocal(ECHO)) {
      return;
    }
    boolean control = c < 0x20 || c == 0x7f;
    if (control && termios.hasLocal(ECHOCTL) && c != '\t' && c != '\n') {
      put('^', echo);
      put(c ^ 0100, echo);
    } else {
      put(c, echo);
    }
  }

  // Reading

  /** Whether a reader would get something, or the end of the file. */
  boolean readable(int minimum) {
    return termios.hasLocal(ICANON) ? canonical > head : tail - head >= Math.max(1, minimum);
  }

  /** Bytes that can be read now (FIONREAD). */
  int available() {
    return termios.hasLocal(ICANON) ? canonical - head : tail - head;
  }

  /** Reads up to the end of a line, or whatever there is. 0 is the end of the file. */
  int read(byte[] target, int offset, int length) {
    int n = 0;
    if (!termios.hasLocal(ICANON)) {
      n = Math.min(length, tail - head);
      System.arraycopy(buffer, head, target, offset, n);
      head += n;
      canonical = Math.max(canonical, head);
      return n;
    }
    while (n < length && head < canonical) {
      boolean end = ends[head];
      boolean eof = endOfFile[head];
      if (!eof) {
        target[offset + n++] = buffer[head];
      }
      head++;
      if (end) {
        return n;
      }
    }
    if (n == length && head < canonical && endOfFile[head]) {
      head++; // the end of file behind a full buffer belongs to this read
    }
    return n;
  }

  // Output

  /** Treats what a program writes; the result is what the other side gets. */
  byte[] process(byte[] data, int offset, int length) {
    if (!termios.hasOutput(OPOST)) {
      return Arrays.copyOfRange(data, offset, offset + length);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + length / 8 + 8);
    for (int i = 0; i < length; i++) {
      put(data[offset + i] & 0xff, out);
    }
    lineStartColumn = column;
    return out.toByteArray();
  }

  private void put(int c, ByteArrayOutputStream out) {
    if (!termios.hasOutput(OPOST)) {
      out.write(c);
      return;
    }
    switch (c) {
      case '\n' -> {
        if (termios.hasOutput(ONLRET)) {
          column = 0;
        }
        if (termios.hasOutput(ONLCR)) {
          out.write('\r');
          column = 0;
        }
        out.write('\n');
      }
      case '\r' -> {
        if (termios.hasOutput(ONOCR) && column == 0) {
          return;
        }
        if (termios.hasOutput(OCRNL)) {
          out.write('\n');
          return;
        }
        column = 0;
        out.write('\r');
      }
      case '\t' -> {
        int spaces = TAB - column % TAB;
        column += spaces;
        if ((termios.output() & TABDLY) == XTABS) {
          out.writeBytes(" ".repeat(spaces).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        } else {
          out.write('\t');
        }
      }
      case BACKSPACE -> {
        column = Math.max(0, column - 1);
        out.write(c);
      }
      default -> {
        int shown = termios.hasOutput(OLCUC) && c >= 'a' && c <= 'z' ? c - 32 : c;
        boolean continuation = termios.hasInput(IUTF8) && (c & 0xc0) == 0x80;
        if (c >= 0x20 && c != 0x7f && !continuation) {
          column++;
        }
        out.write(shown);
      }
    }
  }
}
