package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.errno.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PollCallsTest {
  private static final int EPOLLIN = 1;
  private static final int EPOLLOUT = 4;
  private static final int EPOLLONESHOT = 1 << 30;
  private static final int EPOLLET = 1 << 31;
  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int MODIFY = 3;

  private final Guest g = new Guest();

  @AfterEach
  void close() {
    g.close();
  }

  private static long error(Errno e) {
    return -e.number();
  }

  private int[] pipe() {
    assertEquals(0, g.call("pipe", Guest.BUFFER));
    return new int[] {g.intAt(0), g.intAt(4)};
  }

  private static byte[] event(int events, long data) {
    return ByteBuffer.allocate(12)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(events)
        .putLong(data)
        .array();
  }

  private long ready(long epfd) {
    return g.call("epoll_wait", epfd, Guest.BUFFER, 8, 0);
  }

  private static byte[] pollfds(int... fdAndEvents) {
    ByteBuffer b = ByteBuffer.allocate(fdAndEvents.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < fdAndEvents.length; i += 2) {
      b.putInt(fdAndEvents[i]).putShort((short) fdAndEvents[i + 1]).putShort((short) 0);
    }
    return b.array();
  }

  @Test
  void pollTellsEachDescriptor() {
    int[] p = pipe();
    g.task.memory().write(Guest.BUFFER, pollfds(p[0], 1, p[1], 4, 99, 1, -1, 1));
    assertEquals(2, g.call("poll", Guest.BUFFER, 4, 0));
    assertEquals(0, g.intAt(4) >>> 16);
    assertEquals(4, g.intAt(12) >>> 16);
    assertEquals(0x20, g.intAt(20) >>> 16); // POLLNVAL
    assertEquals(0, g.intAt(28) >>> 16);
  }

  @Test
  void pollTimesOut() {
    int[] p = pipe();
    g.task.memory().write(Guest.BUFFER, pollfds(p[0], 1));
    long start = System.nanoTime();
    assertEquals(0, g.call("poll", Guest.BUFFER, 1, 30));
    assertTrue(System.nanoTime() - start >= 29_000_000L);
  }

  @Test
  void pollWakesForData() throws InterruptedException {
    int[] p = pipe();
    var writer = g.task.files().get(p[1]);
    g.task.memory().write(Guest.BUFFER, pollfds(p[0], 1));
    Thread t =
        new Thread(
            () -> {
              while (!g.task.isSleeping()) {
                Thread.onSpinWait();
              }
              writer.write(g.task, new byte[1], 0, 1);
            });
    t.start();
    assertEquals(1, g.call("poll", Guest.BUFFER, 1, 60_000));
    t.join();
  }

  @Test
  void selectAnswersInItsSets() {
    int[] p = pipe();
    long in = Guest.BUFFER + 64;
    g.task.memory().putLong(in, 1L << p[0]);
    g.task.memory().putLong(in + 8, 1L << p[1]);
    g.task.memory().putLong(in + 16, 0);
    g.task.memory().putLong(in + 24, 0);
    assertEquals(1, g.call("select", 64, in, in + 8, 0L, in + 16));
    assertEquals(0, g.longAt(64));
    assertEquals(1L << p[1], g.longAt(72));
    g.task.memory().putLong(in, 1L << 50);
    assertEquals(error(Errno.EBADF), g.call("select", 64, in, 0L, 0L, in + 16));
  }

  @Test
  void levelTriggeredReportsAgain() {
    int[] p = pipe();
    long ep = g.call("epoll_create1", 0);
    assertEquals(0, g.call("epoll_ctl", ep, ADD, p[0], event(EPOLLIN, 42)));
    assertEquals(0, ready(ep));
    g.write(p[1], "ab");
    assertEquals(1, ready(ep));
    assertEquals(EPOLLIN, g.intAt(0));
    assertEquals(42, g.longAt(4));
    assertEquals(1, ready(ep));
    g.read(p[0], 10);
    assertEquals(0, ready(ep));
  }

  @Test
  void edgeTriggeredReportsChangesOnly() {
    int[] p = pipe();
    long ep = g.call("epoll_create1", 0);
    g.write(p[1], "a");
    g.call("epoll_ctl", ep, ADD, p[0], event(EPOLLIN | EPOLLET, 1));
    assertEquals(1, ready(ep));
    assertEquals(0, ready(ep));
    g.write(p[1], "b");
    assertEquals(1, ready(ep));
    assertEquals(0, ready(ep));
  }

  @Test
  void oneShotIsDisarmedUntilModified() {
    int[] p = pipe();
    long ep = g.call("epoll_create1", 0);
    g.call("epoll_ctl", ep, ADD, p[0], event(EPOLLIN | EPOLLONESHOT, 1));
    g.write(p[1], "a");
    assertEquals(1, ready(ep));
    g.write(p[1], "b");
    assertEquals(0, ready(ep));
    g.call("epoll_ctl", ep, MODIFY, p[0], event(EPOLLIN | EPOLLONESHOT, 2));
    assertEquals(1, ready(ep));
    assertEquals(2, g.longAt(4));
  }

  @Test
  void closedFilesAreForgotten() {
    int[] p = pipe();
    long ep = g.call("epoll_create1", 0);
    g.call("epoll_ctl", ep, ADD, p[1], event(EPOLLOUT, 1));
    long copy = g.call("dup", p[1]);
    g.call("close", p[1]);
    assertEquals(1, ready(ep)); // the description lives on
    g.call("close", copy);
    assertEquals(0, ready(ep));
  }

  @Test
  void controlErrors() {
    int[] p = pipe();
    long ep = g.call("epoll_create1", 0);
    byte[] e = event(EPOLLIN, 0);
    assertEquals(error(Errno.ENOENT), g.call("epoll_ctl", ep, MODIFY, p[0], e));
    assertEquals(error(Errno.ENOENT), g.call("epoll_ctl", ep, DELETE, p[0], e));
    assertEquals(0, g.call("epoll_ctl", ep, ADD, p[0], e));
    assertEquals(error(Errno.EEXIST), g.call("epoll_ctl", ep, ADD, p[0], e));
    assertEquals(error(Errno.EINVAL), g.call("epoll_ctl", ep, ADD, ep, e));
    assertEquals(error(Errno.EBADF), g.call("epoll_ctl", ep, ADD, 99, e));
    assertEquals(error(Errno.EINVAL), g.call("epoll_ctl", p[0], ADD, p[1], e));
    long file = g.call("open", "/f", 0102, 0644);
    assertEquals(error(Errno.EPERM), g.call("epoll_ctl", ep, ADD, file, e));
    long outer = g.call("epoll_create1", 0);
    assertEquals(0, g.call("epoll_ctl", outer, ADD, ep, e));
    assertEquals(error(Errno.ELOOP), g.call("epoll_ctl", ep, ADD, outer, e));
    g.write(p[1], "x");
    assertEquals(1, ready(outer)); // an instance inside an instance
  }

  @Test
  void eventfdCounts() {
    long fd = g.call("eventfd2", 3, 04000);
    assertEquals(8, g.call("read", fd, Guest.BUFFER, 8));
    assertEquals(3, g.longAt(0));
    assertEquals(error(Errno.EAGAIN), g.call("read", fd, Guest.BUFFER, 8));
    assertEquals(error(Errno.EINVAL), g.call("read", fd, Guest.BUFFER, 7));
    byte[] most = {-2, -1, -1, -1, -1, -1, -1, -1};
    assertEquals(8, g.call("write", fd, most, 8));
    assertEquals(error(Errno.EAGAIN), g.call("write", fd, new byte[] {1, 0, 0, 0, 0, 0, 0, 0}, 8));
    long semaphore = g.call("eventfd2", 2, 1 | 04000);
    g.call("read", semaphore, Guest.BUFFER, 8);
    assertEquals(1, g.longAt(0));
  }

  @Test
  void timerfdExpires() {
    long fd = g.call("timerfd_create", 1, 0);
    byte[] setting =
        ByteBuffer.allocate(32)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(0)
            .putLong(5_000_000)
            .putLong(0)
            .putLong(5_000_000)
            .array();
    assertEquals(0, g.call("timerfd_settime", fd, 0, setting, 0L));
    assertEquals(8, g.call("read", fd, Guest.BUFFER, 8));
    assertTrue(g.longAt(0) >= 1, "expirations " + g.longAt(0));
    assertEquals(0, g.call("timerfd_settime", fd, 0, new byte[32], Guest.BUFFER));
    assertEquals(5_000_000, g.longAt(8));
    assertEquals(0, g.task.files().get((int) fd).poll());
  }
}
