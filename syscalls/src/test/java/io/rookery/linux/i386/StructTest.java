package io.rookery.linux.i386;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StructTest {
  private static void sizes(Struct s, int narrow, int wide) {
    assertEquals(narrow, s.narrowSize);
    assertEquals(wide, s.wideSize);
  }

  @Test
  void sizesAreThoseOfTheHeaders() {
    sizes(Struct.TIMESPEC, 8, 16);
    sizes(Struct.TIMESPEC64, 16, 16);
    sizes(Struct.TWO_TIMESPECS64, 32, 32);
    sizes(Struct.RUSAGE, 72, 144);
    sizes(Struct.FLOCK, 16, 32);
    sizes(Struct.FLOCK64, 24, 32);
    sizes(Struct.STACK, 12, 24);
    sizes(Struct.SIGACTION, 20, 32);
    sizes(Struct.SIGEVENT, 64, 72);
    sizes(Struct.STATFS, 64, 120);
    sizes(Struct.STATFS64, 84, 120);
    sizes(Struct.TIMEX, 128, 208);
  }

  @Test
  void wideningAndNarrowingIsTheIdentity() {
    Random random = new Random(3);
    for (Struct s :
        new Struct[] {
          Struct.TIMESPEC,
          Struct.RUSAGE,
          Struct.RLIMIT,
          Struct.FLOCK,
          Struct.FLOCK64,
          Struct.STACK,
          Struct.SIGACTION,
          Struct.SIGEVENT,
          Struct.STATFS,
          Struct.STATFS64,
          Struct.TIMEX
        }) {
      for (int i = 0; i < 100; i++) {
        byte[] b = new byte[s.narrowSize];
        random.nextBytes(b);
        assertArrayEquals(b, s.narrow(s.widen(b)));
      }
    }
  }

  @Test
  void longsAreExtendedByTheirSign() {
    byte[] b = new byte[8];
    Bytes.putInt(b, 0, -5);
    Bytes.putInt(b, 4, 7);
    assertEquals(-5, Bytes.getLong(Struct.TIMESPEC.widen(b), 0));
    assertEquals(0xfffffffbL, Bytes.getLong(Struct.IOVEC.widen(b), 0));
    assertEquals(7, Bytes.getLong(Struct.IOVEC.widen(b), 8));
  }

  @Test
  void paddingBehindNanosecondsDoesNotCount() {
    byte[] b = new byte[16];
    Bytes.putLong(b, 0, -1L << 40);
    Bytes.putLong(b, 8, 0x1234_5678_0000_0009L);
    byte[] w = Struct.TIMESPEC64.widen(b);
    assertEquals(-1L << 40, Bytes.getLong(w, 0));
    assertEquals(9, Bytes.getLong(w, 8));
  }

  @Test
  void limitsBecomeInfinityAndOffsetsFail() {
    byte[] w = new byte[16];
    Bytes.putLong(w, 0, -1);
    Bytes.putLong(w, 8, 1L << 32);
    byte[] b = Struct.RLIMIT.narrow(w);
    assertEquals(-1, Bytes.getInt(b, 0));
    assertEquals(-1, Bytes.getInt(b, 4));
    assertEquals(-1, Bytes.getLong(Struct.RLIMIT.widen(b), 0));
    byte[] lock = new byte[32];
    Bytes.putLong(lock, 8, 1L << 33);
    ErrnoException e = assertThrows(ErrnoException.class, () -> Struct.FLOCK.narrow(lock));
    assertEquals(Errno.EOVERFLOW, e.errno());
  }
}
