package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.OpenFlags;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PipeCallsTest {
  private static final int F_SETPIPE_SZ = 1031;
  private static final int F_GETPIPE_SZ = 1032;

  private static long error(Errno e) {
    return -e.number();
  }

  private static int[] pipe(Guest g, int flags) {
    assertEquals(0, g.call("pipe2", Guest.BUFFER, flags));
    return new int[] {g.intAt(0), g.intAt(4)};
  }

  @Test
  void holds64KibAndThenIsFull() {
    try (Guest g = new Guest()) {
      int[] p = pipe(g, OpenFlags.O_NONBLOCK);
      assertEquals(65536, g.call("write", p[1], new byte[70_000], 70_000));
      assertEquals(error(Errno.EAGAIN), g.call("write", p[1], new byte[1], 1));
      assertEquals(65536, g.call("fcntl", p[0], F_GETPIPE_SZ, 0));
      assertEquals(error(Errno.EBUSY), g.call("fcntl", p[0], F_SETPIPE_SZ, 4096));
      assertEquals(1 << 17, g.call("fcntl", p[0], F_SETPIPE_SZ, 65537));
      assertEquals(1, g.call("write", p[1], new byte[1], 1));
    }
  }

  @Test
  void smallWritesAreNotSplit() {
    try (Guest g = new Guest()) {
      int[] p = pipe(g, OpenFlags.O_NONBLOCK);
      assertEquals(65536 - 100, g.call("write", p[1], new byte[65536 - 100], 65536 - 100));
      assertEquals(error(Errno.EAGAIN), g.call("write", p[1], new byte[101], 101));
      assertEquals(100, g.call("write", p[1], new byte[5000], 5000)); // above PIPE_BUF: split
    }
  }

  @Test
  void aPipeWithoutReadersIsBroken() {
    try (Guest g = new Guest()) {
      int[] p = pipe(g, 0);
      g.call("close", p[0]);
      g.task.setSignalMask(Signals.bit(Signals.SIGPIPE));
      assertEquals(error(Errno.EPIPE), g.write(p[1], "x"));
      assertTrue((g.task.pendingSignals() & Signals.bit(Signals.SIGPIPE)) != 0);
      assertEquals(
          FileDescription.POLLERR | FileDescription.POLLOUT,
          g.task.files().get(p[1]).poll() & ~FileDescription.POLLWRNORM);
    }
  }

  @Test
  void aPipeWithoutWritersEndsAfterItsData() {
    try (Guest g = new Guest()) {
      int[] p = pipe(g, 0);
      g.write(p[1], "left");
      g.call("close", p[1]);
      assertEquals("left", g.read(p[0], 100));
      assertEquals("", g.read(p[0], 100));
      assertEquals(FileDescription.POLLHUP, g.task.files().get(p[0]).poll());
    }
  }

  @Test
  void wrongEndsAndSeeks() {
    try (Guest g = new Guest()) {
      int[] p = pipe(g, 0);
      assertEquals(error(Errno.EBADF), g.write(p[0], "x"));
      assertEquals(error(Errno.EBADF), g.call("read", p[1], Guest.BUFFER, 1));
      assertEquals(error(Errno.ESPIPE), g.call("lseek", p[0], 0, 0));
      assertEquals(error(Errno.ESPIPE), g.call("pread64", p[0], Guest.BUFFER, 1, 0));
    }
  }

  @Test
  void aReaderWaitsForAWriter() throws InterruptedException {
    try (Guest g = new Guest()) {
      int[] p = pipe(g, 0);
      FileDescription writer = g.task.files().get(p[1]);
      Thread t =
          new Thread(
              () -> {
                while (!g.task.isSleeping()) {
                  Thread.onSpinWait();
                }
                writer.write(g.task, new byte[] {'h', 'i'}, 0, 2);
              });
      t.start();
      assertEquals("hi", g.read(p[0], 10));
      t.join();
    }
  }

  @Test
  void teeCopiesAndSpliceMoves() {
    try (Guest g = new Guest()) {
      int[] a = pipe(g, 0);
      int[] b = pipe(g, 0);
      g.write(a[1], "data");
      assertEquals(4, g.call("tee", a[0], b[1], 100, 0));
      assertEquals("data", g.read(b[0], 10));
      long file = g.call("open", "/f", 0102, 0644);
      assertEquals(4, g.call("splice", a[0], 0L, file, 0L, 100, 0));
      assertEquals(4, g.call("pread64", file, Guest.BUFFER, 10, 0));
      assertEquals("data", g.text(4));
      assertEquals(error(Errno.EAGAIN), g.call("splice", a[0], 0L, file, 0L, 1, 2));
      g.call("lseek", file, 0, 0);
      assertEquals(4, g.call("sendfile", b[1], file, 0L, 100));
      assertEquals("data", g.read(b[0], 10));
    }
  }

  @Test
  void fifosMeetByName() {
    try (Guest g = new Guest()) {
      assertEquals(0, g.call("mknod", "/fifo", 010644, 0));
      int nonblock = OpenFlags.O_NONBLOCK;
      assertEquals(error(Errno.ENXIO), g.call("open", "/fifo", OpenFlags.O_WRONLY | nonblock, 0));
      long r = g.call("open", "/fifo", nonblock, 0);
      assertEquals(0, g.task.files().get((int) r).poll()); // no writer was there yet: no HUP
      assertEquals("", g.read(r, 1));
      long w = g.call("open", "/fifo", OpenFlags.O_WRONLY, 0);
      g.write(w, "via");
      assertEquals("via", g.read(r, 10));
      assertEquals(error(Errno.EAGAIN), g.call("read", r, Guest.BUFFER, 1));
      g.call("close", w);
      assertEquals(FileDescription.POLLHUP, g.task.files().get((int) r).poll());
    }
  }

  /** The writer may open, write and leave before the reader, which it waited for, looks again. */
  @Test
  void fifosMeetThoughTheWriterLeavesAtOnce() throws InterruptedException {
    int rounds = Boolean.getBoolean("rookery.full") ? 1_000_000 : 20_000;
    CyclicBarrier round = new CyclicBarrier(2);
    try (Guest g = new Guest()) {
      assertEquals(0, g.call("mknod", "/fifo", 010644, 0));
      Thread writer = opener(g, OpenFlags.O_WRONLY, rounds, round);
      Thread reader = opener(g, OpenFlags.O_RDONLY, rounds, round);
      long seconds = Boolean.getBoolean("rookery.full") ? 600 : 60;
      assertTrue(writer.join(Duration.ofSeconds(seconds)), "the writer waits for ever");
      assertTrue(reader.join(Duration.ofSeconds(1)), "the reader waits for ever");
    }
  }

  private static Thread opener(Guest g, int flags, int rounds, CyclicBarrier round) {
    return Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try (Guest other = g.another()) {
                for (int i = 0; i < rounds; i++) {
                  other.call("close", other.call("open", "/fifo", flags, 0));
                  round.await();
                }
              } catch (InterruptedException | BrokenBarrierException e) {
                throw new AssertionError(e);
              }
            });
  }

  @Property(tries = 50)
  void bytesComeOutAsTheyWentIn(@ForAll long seed) {
    Random random = new Random(seed);
    try (Guest g = new Guest()) {
      int[] p = pipe(g, OpenFlags.O_NONBLOCK);
      ByteArrayOutputStream in = new ByteArrayOutputStream();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (int i = 0; i < 60; i++) {
        byte[] data = new byte[random.nextInt(random.nextBoolean() ? 100 : 40_000)];
        random.nextBytes(data);
        if (random.nextBoolean()) {
          long n = g.call("write", p[1], data, data.length);
          if (n > 0) {
            in.write(data, 0, (int) n);
          }
        } else {
          long n = g.call("read", p[0], Guest.BUFFER, data.length);
          if (n > 0) {
            out.writeBytes(g.buffer((int) n));
          }
        }
      }
      assertArrayEquals(Arrays.copyOf(in.toByteArray(), out.size()), out.toByteArray());
    }
  }
}
