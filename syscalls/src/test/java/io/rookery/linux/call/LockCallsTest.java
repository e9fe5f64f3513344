package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.linux.errno.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Record locks between two processes, and flock. */
class LockCallsTest {
  private static final int GETLK = 5;
  private static final int SETLK = 6;
  private static final int OFD_SETLK = 37;
  private static final int READ = 0;
  private static final int WRITE = 1;
  private static final int UNLOCK = 2;

  private static byte[] lock(int type, long start, long length) {
    return ByteBuffer.allocate(32)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) type)
        .putShort((short) 0)
        .putInt(0)
        .putLong(start)
        .putLong(length)
        .putInt(0)
        .putInt(0)
        .array();
  }

  @Test
  void recordsOfTwoProcessesConflict() {
    try (Guest a = new Guest();
        Guest b = a.another()) {
      long fa = a.call("open", "/f", 0102, 0666);
      long fb = b.call("open", "/f", 2, 0);
      assertEquals(0, a.call("fcntl", fa, SETLK, lock(WRITE, 10, 10)));
      assertEquals(-Errno.EAGAIN.number(), b.call("fcntl", fb, SETLK, lock(READ, 19, 1)));
      assertEquals(0, b.call("fcntl", fb, SETLK, lock(WRITE, 20, 0)));
      assertEquals(0, a.call("fcntl", fa, SETLK, lock(UNLOCK, 13, 2))); // splits it
      assertEquals(0, b.call("fcntl", fb, SETLK, lock(READ, 13, 2)));
      b.task.memory().write(Guest.BUFFER, lock(WRITE, 0, 0));
      assertEquals(0, b.call("fcntl", fb, GETLK, Guest.BUFFER));
      assertEquals(WRITE, b.intAt(0) & 0xffff);
      assertEquals(a.task.process().pid(), b.intAt(24));
      long again = a.call("open", "/f", 0, 0);
      assertEquals(0, a.call("close", again)); // closing any descriptor drops all of them
      assertEquals(0, b.call("fcntl", fb, SETLK, lock(WRITE, 0, 0)));
    }
  }

  @Test
  void ofdLocksBelongToTheDescription() {
    try (Guest g = new Guest()) {
      long one = g.call("open", "/f", 0102, 0666);
      long two = g.call("open", "/f", 2, 0);
      assertEquals(0, g.call("fcntl", one, OFD_SETLK, lock(WRITE, 0, 1)));
      assertEquals(-Errno.EAGAIN.number(), g.call("fcntl", two, OFD_SETLK, lock(WRITE, 0, 1)));
      g.call("close", one);
      assertEquals(0, g.call("fcntl", two, OFD_SETLK, lock(WRITE, 0, 1)));
    }
  }

  @Test
  void lockNeedsTheMode() {
    try (Guest g = new Guest()) {
      g.call("close", g.call("open", "/f", 0102, 0666));
      long readOnly = g.call("open", "/f", 0, 0);
      assertEquals(-Errno.EBADF.number(), g.call("fcntl", readOnly, SETLK, lock(WRITE, 0, 1)));
    }
  }

  @Test
  void flockIsByDescription() {
    try (Guest g = new Guest()) {
      long one = g.call("open", "/f", 0102, 0666);
      long two = g.call("open", "/f", 0, 0);
      assertEquals(0, g.call("flock", one, 2));
      assertEquals(-Errno.EAGAIN.number(), g.call("flock", two, 1 | 4));
      assertEquals(0, g.call("flock", one, 1)); // downgraded
      assertEquals(0, g.call("flock", two, 1 | 4));
      assertEquals(-Errno.EINVAL.number(), g.call("flock", two, 3));
    }
  }
}
