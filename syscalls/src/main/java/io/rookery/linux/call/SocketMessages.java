package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** sendmsg, recvmsg and their mmsg forms, with ancillary data (cmsg(3)). */
final class SocketMessages {
  // struct msghdr
  private static final int NAME = 0;
  private static final int NAME_LENGTH = 8;
  private static final int IOV = 16;
  private static final int IOV_COUNT = 24;
  private static final int CONTROL = 32;
  private static final int CONTROL_LENGTH = 40;
  private static final int FLAGS = 48;
  private static final int MMSG_SIZE = 64;
  private static final int MMSG_LENGTH = 56;

  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int SCM_CREDENTIALS = 2;
  private static final int SCM_MAX_FD = 253;
  private static final int CMSG_HEADER = 16;
  private static final int MAX_CONTROL = 64 * 1024;
  private static final int UIO_MAXIOV = 1024;

  private SocketMessages() {}

  static void register(SyscallTable.Builder t) {
    t.row(46, "sendmsg", SocketMessages::sendmsg, "fd, msg*, flags");
    t.row(47, "recvmsg", SocketMessages::recvmsg, "fd, msg*, flags");
    t.row(307, "sendmmsg", SocketMessages::sendmmsg, "fd, msgs*, count, flags");
    t.row(299, "recvmmsg", SocketMessages::recvmmsg, "fd, msgs*, count, flags, timeout*");
  }

  /** An unnamed sender is shown with no address at all. */
  static byte[] shown(byte[] address) {
    return address.length <= 2 ? new byte[0] : address;
  }

  static long sendmsg(Task t, long fd, long msg, long flags, long d, long e, long f) {
    return send(t, SocketCalls.socket(t, fd), msg, (int) flags);
  }

  private static int send(Task t, Socket s, long msg, int flags) {
    UserMemory m = t.memory();
    long name = m.getLong(msg + NAME);
    int nameLength = m.getInt(msg + NAME_LENGTH);
    byte @Nullable [] to =
        name == 0 || nameLength == 0 ? null : SocketCalls.address(t, name, nameLength);
    UserIo.Piece[] pieces = messagePieces(t, m.getLong(msg + IOV), m.getLong(msg + IOV_COUNT));
    List<FileDescription> files = new ArrayList<>();
    List<Socket.Control> others = new ArrayList<>(0);
    Socket.Sender sender =
        control(t, m.getLong(msg + CONTROL), m.getLong(msg + CONTROL_LENGTH), files, others);
    return SocketCalls.send(t, s, pieces, new Socket.Ancillary(to, files, sender, others, flags));
  }

  private static UserIo.Piece[] messagePieces(Task t, long iov, long count) {
    if (count > UIO_MAXIOV) {
      throw Errno.EMSGSIZE.exception();
    }
    return UserIo.pieces(t, iov, count);
  }

  /** Reads control messages; returns the credentials to send. */
  private static Socket.Sender control(
      Task t, long address, long length, List<FileDescription> files, List<Socket.Control> others) {
    Socket.Sender sender = Socket.Sender.of(t);
    if (address == 0 || length == 0) {
      return sender;
    }
    if (length < 0 || length > MAX_CONTROL) {
      throw Errno.ENOBUFS.exception();
    }
    UserMemory m = t.memory();
    for (long at = 0; at + CMSG_HEADER <= length; ) {
      long size = m.getLong(address + at);
      if (size < CMSG_HEADER || size > length - at) {
        throw Errno.EINVAL.exception();
      }
      int level = m.getInt(address + at + 8);
      int type = m.getInt(address + at + 12);
      long data = address + at + CMSG_HEADER;
      int dataLength = (int) size - CMSG_HEADER;
      if (level == SOL_SOCKET && type == SCM_RIGHTS) {
        if (dataLength / 4 > SCM_MAX_FD) {
          throw Errno.EINVAL.exception();
        }
        for (int i = 0; i + 4 <= dataLength; i += 4) {
          files.add(t.files().get(m.getInt(data + i)));
        }
      } else if (level == SOL_SOCKET && type == SCM_CREDENTIALS) {
        if (dataLength != 12) {
          throw Errno.EINVAL.exception();
        }
        sender = new Socket.Sender(m.getInt(data), m.getInt(data + 4), m.getInt(data + 8));
        checkSender(t, sender);
      } else {
        others.add(new Socket.Control(level, type, m.read(data, dataLength)));
      }
      at += (size + 7) & ~7L;
    }
    return sender;
  }

  private static void checkSender(Task t, Socket.Sender s) {
    var c = t.credentials();
    boolean pid = s.pid() == t.process().pid() || c.capable(Capability.SYS_ADMIN);
    boolean uid =
        s.uid() == c.uid()
            || s.uid() == c.euid()
            || s.uid() == c.suid()
            || c.capable(Capability.SETUID);
    boolean gid =
        s.gid() == c.gid()
            || s.gid() == c.egid()
            || s.gid() == c.sgid()
            || c.capable(Capability.SETGID);
    if (!pid || !uid || !gid) {
      throw Errno.EPERM.exception();
    }
  }

  static long recvmsg(Task t, long fd, long msg, long flags, long d, long e, long f) {
    return receive(t, SocketCalls.socket(t, fd), msg, (int) flags);
  }

  private static int receive(Task t, Socket s, long msg, int flags) {
    UserMemory m = t.memory();
    if (m.getLong(msg + NAME) != 0 && m.getInt(msg + NAME_LENGTH) < 0) {
      throw Errno.EINVAL.exception();
    }
    UserIo.Piece[] pieces = messagePieces(t, m.getLong(msg + IOV), m.getLong(msg + IOV_COUNT));
    long total = UserIo.total(pieces);
    byte[] data = SocketCalls.receiveBuffer(s, total, flags);
    int room = (int) Math.min(total, data.length);
    Socket.Received r = s.receive(t, data, 0, room, flags);
    try {
      SocketCalls.store(t, s, pieces, 0, data, r.length(), flags);
    } catch (ErrnoException e) {
      r.files().forEach(FileDescription::release);
      throw e;
    }
    long done = r.length() == room ? SocketCalls.waitForAll(t, s, pieces, r, flags) : r.length();
    long name = m.getLong(msg + NAME);
    byte[] from = r.address();
    if (name != 0) {
      byte[] shown = from == null ? new byte[0] : shown(from);
      int nameRoom = m.getInt(msg + NAME_LENGTH);
      m.write(name, shown, 0, Math.min(nameRoom, shown.length));
      m.putInt(msg + NAME_LENGTH, shown.length);
    }
    int resultFlags = r.flags() | putControl(t, msg, r, (flags & Socket.MSG_CMSG_CLOEXEC) != 0);
    m.putInt(msg + FLAGS, resultFlags | (flags & Socket.MSG_CMSG_CLOEXEC));
    return (int) ((flags & Socket.MSG_TRUNC) != 0 ? r.fullLength() : done);
  }

  /** Stores control messages; returns MSG_CTRUNC where there was no room for all. */
  private static int putControl(Task t, long msg, Socket.Received r, boolean cloexec) {
    UserMemory m = t.memory();
    long control = m.getLong(msg + CONTROL);
    long room = control == 0 ? 0 : m.getLong(msg + CONTROL_LENGTH);
    long at = 0;
    int flags = 0;
    for (Socket.Control c : r.controls()) {
      long size = (long) CMSG_HEADER + c.data().length;
      long fits = Math.min(room - at, size); // as Linux: what fits, and be it a part
      if (fits < CMSG_HEADER) {
        flags = Socket.MSG_CTRUNC;
        break;
      }
      header(m, control + at, fits, c.level(), c.type());
      m.write(control + at + CMSG_HEADER, c.data(), 0, (int) fits - CMSG_HEADER);
      flags |= fits < size ? Socket.MSG_CTRUNC : 0;
      at = Math.min(room, at + ((size + 7) & ~7L));
    }
    Socket.Sender sender = r.sender();
    if (sender != null) {
      if (room >= CMSG_HEADER + 12) {
        header(m, control, CMSG_HEADER + 12, SOL_SOCKET, SCM_CREDENTIALS);
        m.putInt(control + CMSG_HEADER, sender.pid());
        m.putInt(control + CMSG_HEADER + 4, sender.uid());
        m.putInt(control + CMSG_HEADER + 8, sender.gid());
        at = Math.min(room, CMSG_HEADER + 16);
      } else {
        flags = Socket.MSG_CTRUNC;
      }
    }
    if (!r.files().isEmpty()) {
      long free = room - at - CMSG_HEADER;
      int fit = (int) Math.max(0, Math.min(r.files().size(), free / 4));
      int stored = 0;
      for (FileDescription d : r.files()) {
        try {
          if (stored < fit) {
            int fd = t.files().install(d, cloexec);
            m.putInt(control + at + CMSG_HEADER + 4L * stored, fd);
            stored++;
          }
        } catch (ErrnoException e) {
          fit = stored; // EMFILE: the rest is dropped
        } finally {
          d.release();
        }
      }
      if (stored > 0) {
        header(m, control + at, CMSG_HEADER + 4L * stored, SOL_SOCKET, SCM_RIGHTS);
        at = Math.min(room, at + ((CMSG_HEADER + 4L * stored + 7) & ~7L));
      }
      if (stored < r.files().size()) {
        flags = Socket.MSG_CTRUNC;
      }
    }
    m.putLong(msg + CONTROL_LENGTH, at);
    return flags;
  }

  private static void header(UserMemory m, long at, long length, int level, int type) {
    m.putLong(at, length);
    m.putInt(at + 8, level);
    m.putInt(at + 12, type);
  }

  static long sendmmsg(Task t, long fd, long msgs, long count, long flags, long e, long f) {
    Socket s = SocketCalls.socket(t, fd);
    long n = Math.min(count & 0xffffffffL, UIO_MAXIOV);
    for (long i = 0; i < n; i++) {
      try {
        int sent = send(t, s, msgs + i * MMSG_SIZE, (int) flags);
        t.memory().putInt(msgs + i * MMSG_SIZE + MMSG_LENGTH, sent);
      } catch (ErrnoException x) {
        if (i > 0) {
          return i;
        }
        throw x;
      }
    }
    return n;
  }

  /** The timeout is looked at after each message: what waits for the first one does not end. */
  static long recvmmsg(Task t, long fd, long msgs, long count, long flags, long timeout, long f) {
    UserMemory m = t.memory();
    long deadline = WaitQueue.FOREVER;
    if (timeout != 0) {
      long nanos = TimeStructs.readTimespec(m, timeout);
      deadline = TimeStructs.saturatedAdd(t.kernel().clock().monotonicNanos(), nanos);
    }
    long received = receiveMany(t, SocketCalls.socket(t, fd), msgs, count, flags, deadline);
    if (timeout != 0 && received > 0) {
      TimeStructs.writeTimespec(m, timeout, left(t, deadline));
    }
    return received;
  }

  private static long left(Task t, long deadline) {
    return Math.max(0, deadline - t.kernel().clock().monotonicNanos());
  }

  private static long receiveMany(
      Task t, Socket s, long msgs, long count, long flags, long deadline) {
    long n = Math.min(count & 0xffffffffL, UIO_MAXIOV);
    int how = (int) flags & ~Socket.MSG_WAITFORONE;
    for (long i = 0; i < n; i++) {
      try {
        int received = receive(t, s, msgs + i * MMSG_SIZE, how);
        t.memory().putInt(msgs + i * MMSG_SIZE + MMSG_LENGTH, received);
      } catch (ErrnoException x) {
        if (i > 0) {
          return i;
        }
        throw x;
      }
      if ((flags & Socket.MSG_WAITFORONE) != 0) {
        how |= Socket.MSG_DONTWAIT;
      }
      if (deadline != WaitQueue.FOREVER && left(t, deadline) == 0) {
        return i + 1;
      }
    }
    return n;
  }
}
