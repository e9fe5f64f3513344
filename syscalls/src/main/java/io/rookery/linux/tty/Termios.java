package io.rookery.linux.tty;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The settings of a terminal with the values of Linux on x86 (termios(3)). Immutable but for the
 * bytes of {@code characters}, which nobody changes.
 */
@SuppressWarnings("ArrayRecordComponent") // bytes of an address or a structure, never compared
public record Termios(
    int input, int output, int control, int local, int line, byte[] characters, int speed) {
  // Input flags
  static final int ISTRIP = 040;
  static final int INLCR = 0100;
  static final int IGNCR = 0200;
  static final int ICRNL = 0400;
  static final int IUCLC = 01000;
  static final int IXON = 02000;
  static final int IXANY = 04000;
  static final int IMAXBEL = 020000;
  static final int IUTF8 = 040000;
  // Output flags
  static final int OPOST = 01;
  static final int OLCUC = 02;
  static final int ONLCR = 04;
  static final int OCRNL = 010;
  static final int ONOCR = 020;
  static final int ONLRET = 040;
  static final int TABDLY = 014000;
  static final int XTABS = 014000;
  // Local flags
  static final int ISIG = 01;
  static final int ICANON = 02;
  static final int ECHO = 010;
  static final int ECHOE = 020;
  static final int ECHOK = 040;
  static final int ECHONL = 0100;
  static final int NOFLSH = 0200;
  static final int TOSTOP = 0400;
  static final int ECHOCTL = 01000;
  static final int ECHOKE = 04000;
  static final int IEXTEN = 0100000;
  // Indices of the control characters
  static final int VINTR = 0;
  static final int VQUIT = 1;
  static final int VERASE = 2;
  static final int VKILL = 3;
  static final int VEOF = 4;
  static final int VTIME = 5;
  static final int VMIN = 6;
  static final int VSTART = 8;
  static final int VSTOP = 9;
  static final int VSUSP = 10;
  static final int VEOL = 11;
  static final int VREPRINT = 12;
  static final int VWERASE = 14;
  static final int VLNEXT = 15;
  static final int VEOL2 = 16;

  /** c_cc has so many entries in the kernel's struct termios. */
  static final int CHARACTERS = 19;

  /** sizeof(struct termios) of the kernel. */
  static final int SIZE = 36;

  /** sizeof(struct termios2): with the two speeds. */
  static final int SIZE2 = 44;

  /** sizeof(struct termio). */
  static final int SIZE_OLD = 18;

  private static final int CBAUD = 010017;
  private static final int B38400 = 017;

  /** What a new pseudo terminal has. */
  static final Termios DEFAULT =
      new Termios(
          ICRNL | IXON,
          OPOST | ONLCR,
          0277, // B38400 | CS8 | CREAD
          ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
          0,
          new byte[] {3, 034, 0177, 025, 4, 0, 1, 0, 021, 023, 032, 0, 022, 017, 027, 026, 0, 0, 0},
          38400);

  boolean hasInput(int flag) {
    return (input & flag) != 0;
  }

  boolean hasOutput(int flag) {
    return (output & flag) != 0;
  }

  boolean hasLocal(int flag) {
    return (local & flag) != 0;
  }

  /** A control character; 0 means that it is disabled. */
  int character(int index) {
    return characters[index] & 0xff;
  }

  /** Whether a byte is this control character. */
  boolean is(int index, int c) {
    int special = character(index);
    return special == c && special != 0;
  }

  /** The bytes of struct termios, or of struct termios2. */
  byte[] toBytes(boolean withSpeeds) {
    ByteBuffer b = ByteBuffer.allocate(withSpeeds ? SIZE2 : SIZE).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(input).putInt(output).putInt(control).putInt(local).put((byte) line);
    b.put(characters);
    if (withSpeeds) {
      b.putInt(speed).putInt(speed);
    }
    return b.array();
  }

  /** From the bytes of struct termios, or of struct termios2. */
  static Termios of(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int input = b.getInt();
    int output = b.getInt();
    int control = b.getInt();
    int local = b.getInt();
    int line = b.get() & 0xff;
    byte[] characters = new byte[CHARACTERS];
    b.get(characters);
    int speed = 38400;
    if (b.remaining() >= 8) {
      b.getInt();
      speed = b.getInt();
    }
    return new Termios(input, output, control, local, line, characters, speed);
  }

  /** The bytes of struct termio (TCGETA). */
  byte[] toOldBytes() {
    ByteBuffer b = ByteBuffer.allocate(SIZE_OLD).order(ByteOrder.LITTLE_ENDIAN);
    b.putShort((short) input).putShort((short) output);
    b.putShort((short) control).putShort((short) local);
    b.put((byte) line).put(characters, 0, 8);
    return b.array();
  }

  /** These settings with those of a struct termio laid over. */
  Termios withOldBytes(byte[] bytes) {
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int high = 0xffff0000;
    int i = (input & high) | (b.getShort() & 0xffff);
    int o = (output & high) | (b.getShort() & 0xffff);
    int c = (control & high) | (b.getShort() & 0xffff);
    int l = (local & high) | (b.getShort() & 0xffff);
    int newLine = b.get() & 0xff;
    byte[] newCharacters = characters.clone();
    b.get(newCharacters, 0, 8);
    return new Termios(i, o, c, l, newLine, newCharacters, speed);
  }

  /** Whether the speed is 0, which means to hang up. */
  boolean hangsUp() {
    return (control & CBAUD) == 0;
  }

  /** These settings for raw use, as cfmakeraw(3) makes them. */
  Termios raw() {
    byte[] cc = characters.clone();
    cc[VMIN] = 1;
    cc[VTIME] = 0;
    return new Termios(0, 0, control | B38400, 0, line, cc, speed);
  }
}
