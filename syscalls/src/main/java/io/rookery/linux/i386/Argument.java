package io.rookery.linux.i386;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.CallMemory;

/** How an argument of a 32-bit call becomes one of the 64-bit table's handler. */
@FunctionalInterface
interface Argument {
  /** Most pointers in an argument vector or environment: they alone would exceed ARG_MAX. */
  int MOST_POINTERS = 2 << 20;

  int IOV_MAX = 1024;

  /** Converts a value, zero-extended; {@code call} copies back afterwards what is asked to. */
  long convert(Call call, long value);

  /** An int, a size or an address. */
  Argument PLAIN = (call, value) -> value;

  /** A long that may be negative. */
  Argument SIGNED = (call, value) -> (int) value;

  /** A user or group id of 16 bits, all ones meaning none. */
  Argument ID16 = (call, value) -> (short) value == -1 ? -1 : value & 0xffff;

  /** A structure that the handler reads. */
  static Argument in(Struct s) {
    return (call, value) -> value == 0 ? 0 : call.read(s, value);
  }

  /** A structure that the handler writes. */
  static Argument out(Struct s) {
    return (call, value) ->
        value == 0 ? 0 : call.written(s, value, call.memory().allocate(s.wideSize));
  }

  /** A structure that the handler reads and writes. */
  static Argument inOut(Struct s) {
    return (call, value) -> value == 0 ? 0 : call.written(s, value, call.read(s, value));
  }

  /** A NULL-terminated vector of pointers. */
  Argument POINTERS =
      (call, value) -> {
        if (value == 0) {
          return 0;
        }
        CallMemory m = call.memory();
        int n = 0;
        while (m.getInt(value + 4L * n) != 0) {
          if (++n > MOST_POINTERS) {
            throw Errno.E2BIG.exception();
          }
        }
        long to = m.allocate(8 * (n + 1));
        for (int i = 0; i < n; i++) {
          m.putLong(to + 8L * i, m.getInt(value + 4L * i) & 0xffffffffL);
        }
        return to;
      };

  /** An array of structures that the handler reads; {@code count} as the program gave it. */
  static long array(Call call, Struct s, long address, long count) {
    CallMemory m = call.memory();
    int n = (int) count;
    long to = m.allocate(n * s.wideSize);
    for (int i = 0; i < n; i++) {
      byte[] narrow = m.read(address + (long) i * s.narrowSize, s.narrowSize);
      m.write(to + (long) i * s.wideSize, s.widen(narrow));
    }
    return to;
  }

  /** An array of struct iovec; a count that the handler refuses is left to it. */
  static long iovec(Call call, long address, long count) {
    return count <= 0 || count > IOV_MAX ? address : array(call, Struct.IOVEC, address, count);
  }
}
