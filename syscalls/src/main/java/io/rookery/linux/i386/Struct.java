package io.rookery.linux.i386;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.errno.Errno;

/**
 * A structure that 32-bit and 64-bit programs lay out differently, described by a letter for each
 * member: where it lies in either layout follows from the ABIs' alignment rules.
 *
 * <ul>
 *   <li>{@code h} 16 bits and {@code i} 32 bits in both layouts
 *   <li>{@code q} 64 bits in both, which i386 aligns to 4 bytes
 *   <li>{@code l} a signed long, {@code L} an unsigned one or an address
 *   <li>{@code o} an unsigned long that fails with EOVERFLOW where it does not fit
 *   <li>{@code r} a resource limit: all ones is infinity, which is also what does not fit
 *   <li>{@code c} an unsigned long that becomes the largest int where it exceeds that
 *   <li>{@code p} 4 bytes of padding of the 32-bit layout
 *   <li>{@code w} 8 bytes of padding of the 64-bit layout
 * </ul>
 */
final class Struct {
  static final Struct LONG = new Struct("l");
  static final Struct WORD = new Struct("L");
  static final Struct TIMESPEC = new Struct("ll");
  static final Struct TWO_TIMESPECS = new Struct("llll");
  static final Struct TIMESPEC64 = new Struct("qLp");
  static final Struct TWO_TIMESPECS64 = new Struct("qLpqLp");
  static final Struct TMS = new Struct("llll");
  static final Struct RUSAGE = new Struct("l".repeat(18));
  static final Struct RLIMIT = new Struct("rr");
  static final Struct FLOCK = new Struct("hhooi");
  static final Struct FLOCK64 = new Struct("hhqqi");
  static final Struct STACK = new Struct("LiL");
  static final Struct SIGACTION = new Struct("LLLq");
  static final Struct SIGEVENT = new Struct("Liii" + "i".repeat(12));
  static final Struct SIGMASK = new Struct("LL");
  static final Struct IOVEC = new Struct("Ll");
  static final Struct STATFS = new Struct("oooooooqooooooo");
  static final Struct STATFS64 = new Struct("LLqqqqqqLLLLLLL");
  static final Struct TIMEX = new Struct("illll" + "illllllll" + "illlll" + "i".repeat(12));

  private static final long LOW = 0xffffffffL;

  private final String members;

  /** Bytes that the 32-bit and the 64-bit layout take. */
  final int narrowSize;

  final int wideSize;

  Struct(String members) {
    this.members = members;
    int narrow = 0;
    int wide = 0;
    int alignment = 1;
    for (int i = 0; i < members.length(); i++) {
      int n = narrow(members.charAt(i));
      int w = wide(members.charAt(i));
      narrow = alignNarrow(narrow, n) + n;
      wide = align(wide, w) + w;
      alignment = Math.max(alignment, w);
    }
    narrowSize = narrow;
    wideSize = align(wide, alignment);
  }

  private static int narrow(char member) {
    return switch (member) {
      case 'h' -> 2;
      case 'q' -> 8;
      case 'w' -> 0;
      default -> 4;
    };
  }

  private static int wide(char member) {
    return switch (member) {
      case 'h' -> 2;
      case 'i' -> 4;
      case 'p' -> 0;
      default -> 8;
    };
  }

  private static int align(int at, int size) {
    return size == 0 ? at : at + size - 1 & -size;
  }

  /** i386 aligns to 4 bytes at most. */
  private static int alignNarrow(int at, int size) {
    return align(at, Math.min(size, 4));
  }

  /** Bytes of the 32-bit layout as 64-bit ones. */
  byte[] widen(byte[] b) {
    byte[] w = new byte[wideSize];
    int from = 0;
    int to = 0;
    for (int i = 0; i < members.length(); i++) {
      char c = members.charAt(i);
      from = alignNarrow(from, narrow(c));
      to = align(to, wide(c));
      switch (c) {
        case 'h' -> Bytes.putShort(w, to, Bytes.getShort(b, from));
        case 'i' -> Bytes.putInt(w, to, Bytes.getInt(b, from));
        case 'q' -> Bytes.putLong(w, to, Bytes.getLong(b, from));
        case 'l' -> Bytes.putLong(w, to, Bytes.getInt(b, from));
        case 'r' -> {
          int v = Bytes.getInt(b, from);
          Bytes.putLong(w, to, v == -1 ? -1 : v & LOW);
        }
        case 'p', 'w' -> {
          // Nothing there.
        }
        default -> Bytes.putLong(w, to, Bytes.getInt(b, from) & LOW);
      }
      from += narrow(c);
      to += wide(c);
    }
    return w;
  }

  /**
   * Bytes of the 64-bit layout as 32-bit ones.
   *
   * @throws io.rookery.linux.errno.ErrnoException EOVERFLOW for what does not fit and must
   */
  byte[] narrow(byte[] w) {
    byte[] b = new byte[narrowSize];
    int from = 0;
    int to = 0;
    for (int i = 0; i < members.length(); i++) {
      char c = members.charAt(i);
      from = align(from, wide(c));
      to = alignNarrow(to, narrow(c));
      switch (c) {
        case 'h' -> Bytes.putShort(b, to, Bytes.getShort(w, from));
        case 'i' -> Bytes.putInt(b, to, Bytes.getInt(w, from));
        case 'q' -> Bytes.putLong(b, to, Bytes.getLong(w, from));
        case 'o' -> {
          long v = Bytes.getLong(w, from);
          if (v >>> 32 != 0) {
            throw Errno.EOVERFLOW.exception();
          }
          Bytes.putInt(b, to, (int) v);
        }
        case 'c' -> {
          long v = Bytes.getLong(w, from);
          Bytes.putInt(b, to, v < 0 ? Integer.MAX_VALUE : (int) Math.min(v, Integer.MAX_VALUE));
        }
        case 'r' -> {
          long v = Bytes.getLong(w, from);
          Bytes.putInt(b, to, v >>> 32 != 0 ? -1 : (int) v);
        }
        case 'p', 'w' -> {
          // Zero.
        }
        default -> Bytes.putInt(b, to, (int) Bytes.getLong(w, from));
      }
      from += wide(c);
      to += narrow(c);
    }
    return b;
  }
}
