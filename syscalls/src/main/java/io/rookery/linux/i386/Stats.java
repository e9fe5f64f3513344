package io.rookery.linux.i386;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.errno.Errno;
import java.util.function.UnaryOperator;

/** The three forms of struct stat that 32-bit programs know. */
final class Stats {
  private static final int WIDE_SIZE = 144;

  // The form of x86-64.
  private static final int DEV = 0;
  private static final int INO = 8;
  private static final int NLINK = 16;
  private static final int MODE = 24;
  private static final int UID = 28;
  private static final int GID = 32;
  private static final int RDEV = 40;
  private static final int SIZE = 48;
  private static final int BLOCK_SIZE = 56;
  private static final int BLOCKS = 64;
  private static final int TIMES = 72;

  private static final int OVERFLOW_ID = 65534;

  private Stats() {}

  static Argument out(UnaryOperator<byte[]> narrow) {
    return (call, value) -> {
      long wide = call.memory().allocate(WIDE_SIZE);
      return call.written(
          wide,
          WIDE_SIZE,
          () -> call.memory().write(value, narrow.apply(call.memory().read(wide, WIDE_SIZE))));
    };
  }

  private static int fitting(byte[] w, int at, long most) {
    long v = Bytes.getLong(w, at);
    if (v < 0 || v > most) {
      throw Errno.EOVERFLOW.exception();
    }
    return (int) v;
  }

  private static int id16(byte[] w, int at) {
    int id = Bytes.getInt(w, at);
    return id >>> 16 != 0 ? OVERFLOW_ID : id;
  }

  /** struct stat64. */
  static byte[] stat64(byte[] w) {
    byte[] b = new byte[96];
    Bytes.putLong(b, 0, Bytes.getLong(w, DEV));
    Bytes.putInt(b, 12, (int) Bytes.getLong(w, INO));
    Bytes.putInt(b, 16, Bytes.getInt(w, MODE));
    Bytes.putInt(b, 20, (int) Bytes.getLong(w, NLINK));
    Bytes.putInt(b, 24, Bytes.getInt(w, UID));
    Bytes.putInt(b, 28, Bytes.getInt(w, GID));
    Bytes.putLong(b, 32, Bytes.getLong(w, RDEV));
    Bytes.putLong(b, 44, Bytes.getLong(w, SIZE));
    Bytes.putInt(b, 52, (int) Bytes.getLong(w, BLOCK_SIZE));
    Bytes.putLong(b, 56, Bytes.getLong(w, BLOCKS));
    for (int i = 0; i < 6; i++) {
      Bytes.putInt(b, 64 + 4 * i, (int) Bytes.getLong(w, TIMES + 8 * i));
    }
    Bytes.putLong(b, 88, Bytes.getLong(w, INO));
    return b;
  }

  /** struct stat. */
  static byte[] stat(byte[] w) {
    byte[] b = new byte[64];
    Bytes.putInt(b, 0, fitting(w, DEV, 0xffffffffL));
    Bytes.putInt(b, 4, fitting(w, INO, 0xffffffffL));
    Bytes.putShort(b, 8, Bytes.getInt(w, MODE));
    Bytes.putShort(b, 10, fitting(w, NLINK, 0xffff));
    Bytes.putShort(b, 12, id16(w, UID));
    Bytes.putShort(b, 14, id16(w, GID));
    Bytes.putInt(b, 16, fitting(w, RDEV, 0xffffffffL));
    Bytes.putInt(b, 20, fitting(w, SIZE, Integer.MAX_VALUE));
    Bytes.putInt(b, 24, (int) Bytes.getLong(w, BLOCK_SIZE));
    Bytes.putInt(b, 28, (int) Bytes.getLong(w, BLOCKS));
    for (int i = 0; i < 6; i++) {
      Bytes.putInt(b, 32 + 4 * i, (int) Bytes.getLong(w, TIMES + 8 * i));
    }
    return b;
  }

  /** struct __old_kernel_stat. */
  static byte[] oldStat(byte[] w) {
    byte[] b = new byte[32];
    Bytes.putShort(b, 0, fitting(w, DEV, 0xffff));
    Bytes.putShort(b, 2, fitting(w, INO, 0xffff));
    Bytes.putShort(b, 4, Bytes.getInt(w, MODE));
    Bytes.putShort(b, 6, fitting(w, NLINK, 0xffff));
    Bytes.putShort(b, 8, id16(w, UID));
    Bytes.putShort(b, 10, id16(w, GID));
    Bytes.putShort(b, 12, fitting(w, RDEV, 0xffff));
    Bytes.putInt(b, 16, fitting(w, SIZE, Integer.MAX_VALUE));
    for (int i = 0; i < 3; i++) {
      Bytes.putInt(b, 20 + 4 * i, (int) Bytes.getLong(w, TIMES + 16 * i));
    }
    return b;
  }
}
