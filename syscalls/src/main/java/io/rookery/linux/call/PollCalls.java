package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.ipc.EpollFile;
import io.rookery.linux.ipc.Poller;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.OpenFlags;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** poll, select and epoll in all their spellings. */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
public final class PollCalls {
  private static final int POLLFD_SIZE = 8;
  private static final int SIGSET_SIZE = 8;
  private static final int EVENT_SIZE = 12; // struct epoll_event is packed on x86-64
  private static final int MAX_EVENTS = Integer.MAX_VALUE / EVENT_SIZE;
  private static final int MAX_BATCH = 4096;
  private static final int SELECT_IN =
      FileDescription.POLLIN
          | FileDescription.POLLRDNORM
          | FileDescription.POLLRDBAND
          | FileDescription.POLLHUP
          | FileDescription.POLLERR;
  private static final int SELECT_OUT =
      FileDescription.POLLOUT
          | FileDescription.POLLWRNORM
          | FileDescription.POLLWRBAND
          | FileDescription.POLLERR;
  private static final int SELECT_EXCEPTIONAL = FileDescription.POLLPRI;

  /** A descriptor for paths is ready for everything. */
  private static final int SELECT_INVALID = SELECT_IN | SELECT_OUT | SELECT_EXCEPTIONAL;

  private PollCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(7, "poll", PollCalls::poll, "fds*, count, timeout");
    t.row(271, "ppoll", PollCalls::ppoll, "fds*, count, timeout*, sigmask*, size");
    t.row(23, "select", PollCalls::select, "n, in*, out*, exceptional*, timeout*");
    t.row(270, "pselect6", PollCalls::pselect6, "n, in*, out*, exceptional*, timeout*, sigmask*");
    t.row(213, "epoll_create", PollCalls::epollCreate, "size");
    t.row(291, "epoll_create1", PollCalls::epollCreate1, "flags");
    t.row(233, "epoll_ctl", PollCalls::epollCtl, "epfd, op, fd, event*");
    t.row(232, "epoll_wait", PollCalls::epollWait, "epfd, events*, max, timeout");
    t.row(281, "epoll_pwait", PollCalls::epollPwait, "epfd, events*, max, timeout, sigmask*, size");
    t.row(
        441,
        "epoll_pwait2",
        PollCalls::epollPwait2,
        "epfd, events*, max, timeout*, sigmask*, size");
  }

  // Deadlines

  private static long inMillis(Task t, int millis) {
    return millis < 0 ? WaitQueue.FOREVER : after(t, millis * 1_000_000L);
  }

  private static long after(Task t, long nanos) {
    long at = t.kernel().clock().monotonicNanos() + nanos;
    return at < 0 ? WaitQueue.FOREVER : at;
  }

  /** A struct timespec or timeval (unit 1 or 1000 ns) as nanoseconds. */
  private static long nanos(UserMemory m, long address, long unit) {
    long seconds = m.getLong(address);
    long fraction = m.getLong(address + 8);
    if (seconds < 0 || fraction < 0 || (unit == 1 && fraction >= 1_000_000_000L)) {
      throw Errno.EINVAL.exception();
    }
    long sub = fraction * unit;
    return seconds > Long.MAX_VALUE / 2_000_000_000L
        ? Long.MAX_VALUE / 2
        : seconds * 1_000_000_000L + sub;
  }

  /** Waits and tells in the argument how much of the timeout was left, also after a signal. */
  private static long timed(Task t, long address, long deadline, long unit, Body body) {
    try {
      return body.run();
    } finally {
      if (address != 0) {
        putLeft(t, address, deadline, unit);
      }
    }
  }

  private static void putLeft(Task t, long address, long deadline, long unit) {
    long left = Math.max(0, deadline - t.kernel().clock().monotonicNanos());
    try {
      t.memory().putLong(address, left / 1_000_000_000L);
      t.memory().putLong(address + 8, left % 1_000_000_000L / unit);
    } catch (ErrnoException e) {
      // A timeout in read-only memory stays as it is, as in Linux.
    }
  }

  // Signal masks

  private interface Body {
    long run();
  }

  private static long withMask(Task t, long mask, long size, Body body) {
    if (mask == 0) {
      return body.run();
    }
    if (size != SIGSET_SIZE) {
      throw Errno.EINVAL.exception();
    }
    t.setTemporarySignalMask(t.memory().getLong(mask));
    long result = body.run();
    t.restoreSignalMask();
    return result;
  }

  // poll

  static long poll(Task t, long fds, long count, long timeout, long d, long e, long f) {
    return doPoll(t, fds, count, inMillis(t, (int) timeout), (int) timeout == 0);
  }

  static long ppoll(Task t, long fds, long count, long timeout, long mask, long size, long f) {
    long nanos = timeout == 0 ? -1 : nanos(t.memory(), timeout, 1);
    long deadline = nanos < 0 ? WaitQueue.FOREVER : after(t, nanos);
    return withMask(
        t,
        mask,
        size,
        () -> timed(t, timeout, deadline, 1, () -> doPoll(t, fds, count, deadline, nanos == 0)));
  }

  private static long doPoll(Task t, long fds, long count, long deadline, boolean once) {
    if (count < 0 || count > t.files().limit()) {
      throw Errno.EINVAL.exception();
    }
    int n = (int) count;
    byte[] raw = t.memory().read(fds, n * POLLFD_SIZE);
    ByteBuffer b = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
    @Nullable FileDescription[] files = new @Nullable FileDescription[n];
    for (int i = 0; i < n; i++) {
      int fd = b.getInt(i * POLLFD_SIZE);
      FileDescription file = fd < 0 ? null : t.files().find(fd);
      files[i] = file;
    }
    int[] ready = new int[1];
    BooleanSupplier scan =
        () -> {
          ready[0] = scan(b, files);
          return ready[0] > 0;
        };
    if (!scan.getAsBoolean() && !once) {
      try (Poller poller = new Poller()) {
        for (FileDescription file : files) {
          if (file != null) {
            poller.watch(file);
          }
        }
        poller.await(t, scan, deadline);
      }
    }
    for (int i = 0; i < n; i++) {
      t.memory().putShort(fds + i * (long) POLLFD_SIZE + 6, b.getShort(i * POLLFD_SIZE + 6));
    }
    return ready[0];
  }

  private static int scan(ByteBuffer b, @Nullable FileDescription[] files) {
    int ready = 0;
    for (int i = 0; i < files.length; i++) {
      int at = i * POLLFD_SIZE;
      int events = b.getShort(at + 4) & 0xffff;
      int revents = 0;
      FileDescription file = files[i];
      if (b.getInt(at) >= 0) {
        revents =
            file == null || file.pathOnly()
                ? FileDescription.POLLNVAL
                : file.poll() & (events | FileDescription.POLLERR | FileDescription.POLLHUP);
      }
      b.putShort(at + 6, (short) revents);
      if (revents != 0) {
        ready++;
      }
    }
    return ready;
  }

  // select

  static long select(Task t, long n, long in, long out, long ex, long timeout, long f) {
    long nanos = timeout == 0 ? -1 : nanos(t.memory(), timeout, 1000);
    long deadline = nanos < 0 ? WaitQueue.FOREVER : after(t, nanos);
    return timed(
        t, timeout, deadline, 1000, () -> doSelect(t, (int) n, in, out, ex, deadline, nanos == 0));
  }

  static long pselect6(Task t, long n, long in, long out, long ex, long timeout, long sig) {
    long nanos = timeout == 0 ? -1 : nanos(t.memory(), timeout, 1);
    long deadline = nanos < 0 ? WaitQueue.FOREVER : after(t, nanos);
    long mask = sig == 0 ? 0 : t.memory().getLong(sig);
    long size = sig == 0 ? 0 : t.memory().getLong(sig + 8);
    return withMask(
        t,
        mask,
        size,
        () ->
            timed(
                t,
                timeout,
                deadline,
                1,
                () -> doSelect(t, (int) n, in, out, ex, deadline, nanos == 0)));
  }

  private static long doSelect(
      Task t, int n, long in, long out, long ex, long deadline, boolean once) {
    if (n < 0) {
      throw Errno.EINVAL.exception();
    }
    int limit = Math.min(n, t.files().capacity());
    int bytes = (limit + 63) / 64 * 8;
    long[] sets = {in, out, ex};
    int[] wanted = {SELECT_IN, SELECT_OUT, SELECT_EXCEPTIONAL};
    byte[][] asked = new byte[3][];
    byte[][] answer = new byte[3][bytes];
    @Nullable FileDescription[] files = new @Nullable FileDescription[limit];
    for (int s = 0; s < 3; s++) {
      asked[s] = sets[s] == 0 ? new byte[bytes] : t.memory().read(sets[s], bytes);
      for (int fd = 0; fd < limit; fd++) {
        if (bit(asked[s], fd)) {
          files[fd] = t.files().get(fd);
        }
      }
    }
    int[] ready = new int[1];
    BooleanSupplier scan =
        () -> {
          ready[0] = 0;
          for (int fd = 0; fd < limit; fd++) {
            FileDescription file = files[fd];
            int events = file == null ? 0 : file.pathOnly() ? SELECT_INVALID : file.poll();
            for (int s = 0; s < 3; s++) {
              boolean on = bit(asked[s], fd) && (events & wanted[s]) != 0;
              setBit(answer[s], fd, on);
              ready[0] += on ? 1 : 0;
            }
          }
          return ready[0] > 0;
        };
    if (!scan.getAsBoolean() && !once) {
      try (Poller poller = new Poller()) {
        for (FileDescription file : files) {
          if (file != null) {
            poller.watch(file);
          }
        }
        poller.await(t, scan, deadline);
      }
    }
    for (int s = 0; s < 3; s++) {
      if (sets[s] != 0) {
        t.memory().write(sets[s], answer[s]);
      }
    }
    return ready[0];
  }

  private static boolean bit(byte[] set, int n) {
    return (set[n >> 3] >> (n & 7) & 1) != 0;
  }

  private static void setBit(byte[] set, int n, boolean on) {
    if (on) {
      set[n >> 3] |= (byte) (1 << (n & 7));
    } else {
      set[n >> 3] &= (byte) ~(1 << (n & 7));
    }
  }

  // epoll

  static long epollCreate(Task t, long size, long b, long c, long d, long e, long f) {
    if ((int) size <= 0) {
      throw Errno.EINVAL.exception();
    }
    return epollCreate1(t, 0, b, c, d, e, f);
  }

  static long epollCreate1(Task t, long flags, long b, long c, long d, long e, long f) {
    if (((int) flags & ~OpenFlags.O_CLOEXEC) != 0) {
      throw Errno.EINVAL.exception();
    }
    EpollFile file = new EpollFile(AnonymousFiles.inode(t));
    return DescriptorCalls.install(t, file, (int) flags);
  }

  private static EpollFile epoll(Task t, long fd) {
    if (t.files().getForIo((int) fd) instanceof EpollFile e) {
      return e;
    }
    throw Errno.EINVAL.exception();
  }

  static long epollCtl(Task t, long epfd, long op, long fd, long event, long e, long f) {
    int events = 0;
    long data = 0;
    if (op != 2) {
      events = t.memory().getInt(event);
      data = t.memory().getLong(event + 4);
    }
    FileDescription self = t.files().getForIo((int) epfd);
    FileDescription file = t.files().getForIo((int) fd);
    if (!(self instanceof EpollFile epoll) || file == self) {
      throw Errno.EINVAL.exception();
    }
    switch ((int) op) {
      case 1 -> epoll.add((int) fd, file, events, data);
      case 2 -> epoll.remove((int) fd, file);
      case 3 -> epoll.modify((int) fd, file, events, data);
      default -> throw Errno.EINVAL.exception();
    }
    return 0;
  }

  static long epollWait(Task t, long epfd, long events, long max, long timeout, long e, long f) {
    return doWait(t, epfd, events, (int) max, inMillis(t, (int) timeout));
  }

  static long epollPwait(
      Task t, long epfd, long events, long max, long timeout, long mask, long size) {
    long deadline = inMillis(t, (int) timeout);
    return withMask(t, mask, size, () -> doWait(t, epfd, events, (int) max, deadline));
  }

  static long epollPwait2(
      Task t, long epfd, long events, long max, long timeout, long mask, long size) {
    long deadline = timeout == 0 ? WaitQueue.FOREVER : after(t, nanos(t.memory(), timeout, 1));
    return withMask(t, mask, size, () -> doWait(t, epfd, events, (int) max, deadline));
  }

  private static long doWait(Task t, long epfd, long address, int max, long deadline) {
    if (max <= 0 || max > MAX_EVENTS) {
      throw Errno.EINVAL.exception();
    }
    List<EpollFile.Event> events = epoll(t, epfd).await(t, Math.min(max, MAX_BATCH), deadline);
    ByteBuffer b = ByteBuffer.allocate(events.size() * EVENT_SIZE).order(ByteOrder.LITTLE_ENDIAN);
    for (EpollFile.Event e : events) {
      b.putInt(e.events()).putLong(e.data());
    }
    t.memory().write(address, b.array());
    return events.size();
  }
}
