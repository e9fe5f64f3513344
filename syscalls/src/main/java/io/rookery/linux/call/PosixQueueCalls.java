package io.rookery.linux.call;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.mqueue.Notification;
import io.rookery.linux.ipc.mqueue.PosixQueueFile;
import io.rookery.linux.ipc.mqueue.PosixQueues;
import io.rookery.linux.ipc.mqueue.QueueMessage;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.kernel.Clocks;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.net.netlink.NetlinkSocket;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.OpenFlags;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** POSIX message queues: mq_open(2) and its kin. */
public final class PosixQueueCalls {
  private static final int PATH_MAX = 4096;
  private static final int PRIO_MAX = 32768;
  private static final int LAST_SIGNAL = 64;

  // struct mq_attr: flags, most messages, largest message, messages, and four reserved.
  private static final int ATTRIBUTES = 64;
  private static final int SIGEVENT = 64;

  private PosixQueueCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(
        240,
        "mq_open",
        PosixQueueCalls::open,
        "path*, flags, mode, ptr",
        Support.PARTIAL,
        "no file system of queues to mount (/dev/mqueue)");
    t.row(241, "mq_unlink", PosixQueueCalls::unlink, "path*");
    t.row(242, "mq_timedsend", PosixQueueCalls::send, "fd, buf*, size, int, ptr");
    t.row(243, "mq_timedreceive", PosixQueueCalls::receive, "fd, buf*, size, ptr, ptr");
    t.row(244, "mq_notify", PosixQueueCalls::notifyOf, "fd, ptr");
    t.row(245, "mq_getsetattr", PosixQueueCalls::attributes, "fd, ptr, ptr");
  }

  /** A name without the slash that the C library takes away. */
  private static Name name(Task t, long address) {
    byte[] b = t.memory().cString(address, PATH_MAX);
    if (b.length == 0) {
      throw Errno.ENOENT.exception();
    }
    boolean dots = Arrays.equals(b, new byte[] {'.'}) || Arrays.equals(b, new byte[] {'.', '.'});
    for (byte c : b) {
      if (c == '/' || dots) {
        throw Errno.EACCES.exception();
      }
    }
    if (b.length > Name.MAX) {
      throw Errno.ENAMETOOLONG.exception();
    }
    return Name.of(b, 0, b.length);
  }

  private static long open(
      Task t, long path, long flags, long mode, long attributes, long e, long f) {
    PosixQueues.Attributes wanted = null;
    if ((flags & OpenFlags.O_CREAT) != 0 && attributes != 0) {
      byte[] b = t.memory().read(attributes, ATTRIBUTES);
      wanted = new PosixQueues.Attributes(Bytes.getLong(b, 8), Bytes.getLong(b, 16));
    }
    Name name = name(t, path);
    t.files().checkRoom();
    PosixQueueFile file = PosixQueues.of(t).open(t, name, (int) flags, (int) mode, wanted);
    return DescriptorCalls.install(t, file, OpenFlags.O_CLOEXEC); // always
  }

  private static long unlink(Task t, long path, long b, long c, long d, long e, long f) {
    PosixQueues.of(t).unlink(t, name(t, path));
    return 0;
  }

  private static PosixQueueFile queue(Task t, long fd) {
    if (t.files().getForIo((int) fd) instanceof PosixQueueFile q) {
      return q;
    }
    throw Errno.EBADF.exception();
  }

  /** A time of day as CLOCK_MONOTONIC. */
  private static long deadline(Task t, long timeout) {
    if (timeout == 0) {
      return WaitQueue.FOREVER;
    }
    long time = TimeStructs.readTimespec(t.memory(), timeout);
    return Clocks.monotonicAt(t, Clocks.REALTIME, time);
  }

  private static long send(
      Task t, long fd, long from, long size, long priority, long timeout, long f) {
    long deadline = deadline(t, timeout);
    if (Integer.compareUnsigned((int) priority, PRIO_MAX) >= 0) {
      throw Errno.EINVAL.exception();
    }
    PosixQueueFile q = queue(t, fd);
    if (!q.writable()) {
      throw Errno.EBADF.exception();
    }
    if (Long.compareUnsigned(size, q.largestMessage()) > 0) {
      throw Errno.EMSGSIZE.exception();
    }
    q.send(t, (int) priority, from, (int) size, deadline);
    return 0;
  }

  private static long receive(
      Task t, long fd, long to, long size, long priority, long timeout, long f) {
    long deadline = deadline(t, timeout);
    PosixQueueFile q = queue(t, fd);
    if (!q.readable()) {
      throw Errno.EBADF.exception();
    }
    if (Long.compareUnsigned(size, q.largestMessage()) < 0) {
      throw Errno.EMSGSIZE.exception();
    }
    QueueMessage m = q.receive(t, deadline);
    if (priority != 0) {
      t.memory().putInt(priority, m.priority());
    }
    t.memory().write(to, m.text());
    return m.text().length;
  }

  private static long notifyOf(Task t, long fd, long event, long c, long d, long e, long f) {
    if (event == 0) {
      queue(t, fd).unregister(t);
      return 0;
    }
    byte[] b = t.memory().read(event, SIGEVENT);
    long value = Bytes.getLong(b, 0);
    int signal = Bytes.getInt(b, 8);
    int kind = Bytes.getInt(b, 12);
    byte[] cookie = null;
    Consumer<byte[]> socket = null;
    switch (kind) {
      case Notification.SIGEV_NONE -> {}
      case Notification.SIGEV_SIGNAL -> {
        if (signal < 0 || signal > LAST_SIGNAL) {
          throw Errno.EINVAL.exception();
        }
      }
      case Notification.SIGEV_THREAD -> {
        cookie = t.memory().read(value, Notification.COOKIE);
        socket = netlink(t, signal)::deliver;
      }
      default -> throw Errno.EINVAL.exception();
    }
    queue(t, fd).register(new Notification(t.process(), kind, signal, value, cookie, socket));
    return 0;
  }

  /** The socket that a thread of the C library listens to. */
  private static NetlinkSocket netlink(Task t, int fd) {
    return switch (t.files().getForIo(fd)) {
      case NetlinkSocket s -> s;
      case Socket s -> throw Errno.EINVAL.exception();
      default -> throw Errno.ENOTSOCK.exception();
    };
  }

  private static long attributes(Task t, long fd, long next, long old, long d, long e, long f) {
    UserMemory m = t.memory();
    @Nullable Long flags = next == 0 ? null : m.getLong(next);
    if (flags != null && (flags & ~OpenFlags.O_NONBLOCK) != 0) {
      throw Errno.EINVAL.exception();
    }
    PosixQueueFile q = queue(t, fd);
    byte[] b = new byte[ATTRIBUTES];
    Bytes.putLong(b, 0, q.flags() & OpenFlags.O_NONBLOCK);
    Bytes.putLong(b, 8, q.mostMessages());
    Bytes.putLong(b, 16, q.largestMessage());
    Bytes.putLong(b, 24, q.count());
    if (flags != null) {
      q.setFlags(q.flags() & ~OpenFlags.O_NONBLOCK | flags.intValue());
    }
    if (old != 0) {
      m.write(old, b);
    }
    return 0;
  }
}
