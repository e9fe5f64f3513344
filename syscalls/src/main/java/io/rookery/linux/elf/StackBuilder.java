package io.rookery.linux.elf;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.errno.Errno;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The initial stack of a program (System V ABI for x86-64, 3.4.1; for i386, 2.3.1): argc, argv,
 * envp, the auxiliary vector, and above them the strings.
 */
final class StackBuilder {
  /** The longest single string, its NUL included: MAX_ARG_STRLEN. */
  static final int MOST_STRING = 131_072;

  private static final int RANDOM_BYTES = 16;

  static final int AT_NULL = 0;
  static final int AT_PHDR = 3;
  static final int AT_PHENT = 4;
  static final int AT_PHNUM = 5;
  static final int AT_PAGESZ = 6;
  static final int AT_BASE = 7;
  static final int AT_FLAGS = 8;
  static final int AT_ENTRY = 9;
  static final int AT_UID = 11;
  static final int AT_EUID = 12;
  static final int AT_GID = 13;
  static final int AT_EGID = 14;
  static final int AT_PLATFORM = 15;
  static final int AT_HWCAP = 16;
  static final int AT_CLKTCK = 17;
  static final int AT_SECURE = 23;
  static final int AT_RANDOM = 25;
  static final int AT_HWCAP2 = 26;
  static final int AT_EXECFN = 31;
  static final int AT_MINSIGSTKSZ = 51;

  private final long top;
  private final boolean wide;
  private final int word;
  private final byte[] platform;
  private final Map<Integer, Long> auxiliary = new LinkedHashMap<>();

  /**
   * A finished stack.
   *
   * @param pointer the initial RSP
   * @param contents the bytes from there to the top
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  record Stack(
      long pointer,
      byte[] contents,
      long argStart,
      long argEnd,
      long envStart,
      long envEnd,
      byte[] auxv) {}

  /**
   * Begins a stack.
   *
   * @param top where it ends
   */
  StackBuilder(long top, ElfHeader.Machine machine) {
    this.top = top;
    this.wide = machine == ElfHeader.Machine.X86_64;
    this.word = wide ? Long.BYTES : Integer.BYTES;
    this.platform = (wide ? "x86_64" : "i686").getBytes(StandardCharsets.US_ASCII);
  }

  /** Adds an entry of the auxiliary vector. */
  StackBuilder put(int type, long value) {
    auxiliary.put(type, value);
    return this;
  }

  /**
   * Checks the size of the strings.
   *
   * @param limit most bytes for strings and pointers together; E2BIG beyond
   */
  static void checkSize(List<byte[]> arguments, List<byte[]> environment, long limit) {
    long total = 0;
    for (List<byte[]> list : List.of(arguments, environment)) {
      for (byte[] s : list) {
        if (s.length >= MOST_STRING) {
          throw Errno.E2BIG.exception();
        }
        total += s.length + 1 + Long.BYTES;
      }
    }
    if (total > limit) {
      throw Errno.E2BIG.exception();
    }
  }

  Stack build(List<byte[]> arguments, List<byte[]> environment, byte[] fileName, byte[] random16) {
    long fileNameAt = top - 8 - fileName.length - 1;
    long envStart = fileNameAt - size(environment);
    long argStart = envStart - size(arguments);
    long platformAt = argStart - platform.length - 1 & -16L;
    long randomAt = platformAt - RANDOM_BYTES;
    put(AT_RANDOM, randomAt);
    put(AT_EXECFN, fileNameAt);
    put(AT_PLATFORM, platformAt);
    int words = 1 + arguments.size() + 1 + environment.size() + 1 + 2 * (auxiliary.size() + 1);
    long pointer = randomAt - (long) word * words & -16L;

    byte[] b = new byte[(int) (top - pointer)];
    int at = 0;
    putWord(b, at, arguments.size());
    at = putStrings(b, at + word, arguments, argStart, pointer);
    at = putStrings(b, at, environment, envStart, pointer);
    int auxvAt = at;
    for (Map.Entry<Integer, Long> e : auxiliary.entrySet()) {
      putWord(b, at, e.getKey());
      putWord(b, at + word, e.getValue());
      at += 2 * word;
    }
    at += 2 * word; // AT_NULL
    System.arraycopy(random16, 0, b, (int) (randomAt - pointer), RANDOM_BYTES);
    System.arraycopy(platform, 0, b, (int) (platformAt - pointer), platform.length);
    System.arraycopy(fileName, 0, b, (int) (fileNameAt - pointer), fileName.length);
    return new Stack(
        pointer,
        b,
        argStart,
        envStart,
        envStart,
        fileNameAt,
        java.util.Arrays.copyOfRange(b, auxvAt, at));
  }

  private void putWord(byte[] b, int at, long value) {
    if (wide) {
      Bytes.putLong(b, at, value);
    } else {
      Bytes.putInt(b, at, (int) value);
    }
  }

  private static long size(List<byte[]> strings) {
    long n = 0;
    for (byte[] s : strings) {
      n += s.length + 1;
    }
    return n;
  }

  /** Writes strings and a NULL-terminated vector of pointers to them; returns its end. */
  private int putStrings(byte[] b, int vector, List<byte[]> strings, long address, long pointer) {
    int at = vector;
    long to = address;
    for (byte[] s : strings) {
      putWord(b, at, to);
      System.arraycopy(s, 0, b, (int) (to - pointer), s.length);
      to += s.length + 1;
      at += word;
    }
    return at + word;
  }
}
