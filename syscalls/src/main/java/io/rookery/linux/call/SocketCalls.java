package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.ipc.socket.SocketFamilies;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.OpenFlags;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sockets: making, naming and connecting them, and plain data. */
public final class SocketCalls {
  private static final int TYPE_MASK = 0xf;
  private static final int MAX_TYPE = 11;
  private static final int MAX_FAMILY = 46;
  private static final int FLAGS = OpenFlags.O_CLOEXEC | OpenFlags.O_NONBLOCK;

  private SocketCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(
        41,
        "socket",
        SocketCalls::socket,
        "family, type, protocol",
        Support.PARTIAL,
        "AF_UNIX; AF_INET and AF_INET6: TCP, UDP, UDP-Lite, ping, raw; AF_PACKET; AF_NETLINK:"
            + " routing, diag");
    t.row(53, "socketpair", SocketCalls::socketpair, "family, type, protocol, fds*");
    t.row(42, "connect", SocketCalls::connect, "fd, addr*, size");
    t.row(43, "accept", (k, fd, a, n, d, e, f) -> accept(k, fd, a, n, 0), "fd, addr*, size*");
    t.row(
        288,
        "accept4",
        (k, fd, a, n, fl, e, f) -> accept(k, fd, a, n, fl),
        "fd, addr*, size*, flags");
    t.row(49, "bind", SocketCalls::bind, "fd, addr*, size");
    t.row(50, "listen", SocketCalls::listen, "fd, backlog");
    t.row(51, "getsockname", SocketCalls::getsockname, "fd, addr*, size*");
    t.row(52, "getpeername", SocketCalls::getpeername, "fd, addr*, size*");
    t.row(48, "shutdown", SocketCalls::shutdown, "fd, how");
    t.row(44, "sendto", SocketCalls::sendto, "fd, buf*, size, flags, addr*, size");
    t.row(45, "recvfrom", SocketCalls::recvfrom, "fd, buf*, size, flags, addr*, size*");
    SocketMessages.register(t);
    SocketOptions.register(t);
  }

  static Socket socket(Task t, long fd) {
    if (t.files().getForIo((int) fd) instanceof Socket s) {
      return s;
    }
    throw Errno.ENOTSOCK.exception();
  }

  private static SocketFamilies.Family family(long familyArgument, long type) {
    int family = (int) familyArgument;
    if ((type & ~(TYPE_MASK | FLAGS)) != 0) {
      throw Errno.EINVAL.exception();
    }
    if (family < 0 || family >= MAX_FAMILY) {
      throw Errno.EAFNOSUPPORT.exception();
    }
    if ((type & TYPE_MASK) >= MAX_TYPE) {
      throw Errno.EINVAL.exception();
    }
    return SocketFamilies.get(family);
  }

  static long socket(Task t, long family, long type, long protocol, long d, long e, long f) {
    Socket s =
        family(family, type)
            .create(t, (int) type & TYPE_MASK, (int) protocol, (int) type & OpenFlags.O_NONBLOCK);
    return DescriptorCalls.install(t, s, (int) type);
  }

  static long socketpair(Task t, long family, long type, long protocol, long fds, long e, long f) {
    Socket[] pair =
        family(family, type)
            .createPair(
                t, (int) type & TYPE_MASK, (int) protocol, (int) type & OpenFlags.O_NONBLOCK);
    PipeCalls.installPair(t, pair[0], pair[1], fds, (type & OpenFlags.O_CLOEXEC) != 0);
    return 0;
  }

  /** Reads a struct sockaddr argument. */
  static byte[] address(Task t, long address, long length) {
    if ((int) length < 0 || (int) length > 128) {
      throw Errno.EINVAL.exception();
    }
    return t.memory().read(address, (int) length);
  }

  /** Stores an address and its true length, cutting it to the room that the caller gave. */
  static void putAddress(Task t, byte[] value, long address, long lengthAddress) {
    int room = t.memory().getInt(lengthAddress);
    if (room < 0) {
      throw Errno.EINVAL.exception();
    }
    t.memory().write(address, value, 0, Math.min(room, value.length));
    t.memory().putInt(lengthAddress, value.length);
  }

  static long bind(Task t, long fd, long address, long length, long d, long e, long f) {
    socket(t, fd).bind(t, address(t, address, length));
    return 0;
  }

  static long connect(Task t, long fd, long address, long length, long d, long e, long f) {
    socket(t, fd).connect(t, address(t, address, length));
    return 0;
  }

  static long listen(Task t, long fd, long backlog, long c, long d, long e, long f) {
    socket(t, fd).listen(t, (int) backlog);
    return 0;
  }

  private static long accept(Task t, long fd, long address, long length, long flags) {
    if ((flags & ~FLAGS) != 0) {
      throw Errno.EINVAL.exception();
    }
    t.files().get((int) fd);
    t.files().checkRoom();
    Socket s = socket(t, fd).accept(t, (int) flags & OpenFlags.O_NONBLOCK);
    s.retain();
    try {
      if (address != 0) {
        putAddress(t, s.acceptedFrom(), address, length);
      }
      return t.files().install(s, (flags & OpenFlags.O_CLOEXEC) != 0);
    } finally {
      s.release();
    }
  }

  static long getsockname(Task t, long fd, long address, long length, long d, long e, long f) {
    putAddress(t, socket(t, fd).localAddress(), address, length);
    return 0;
  }

  static long getpeername(Task t, long fd, long address, long length, long d, long e, long f) {
    putAddress(t, socket(t, fd).peerAddress(), address, length);
    return 0;
  }

  static long shutdown(Task t, long fd, long how, long c, long d, long e, long f) {
    Socket s = socket(t, fd);
    if (how < 0 || how > 2) {
      throw Errno.EINVAL.exception();
    }
    s.shutdown((int) how);
    return 0;
  }

  /** Sends guest memory as one message; a broken connection raises SIGPIPE unless told not to. */
  static int send(Task t, Socket s, UserIo.Piece[] pieces, Socket.Ancillary ancillary) {
    long total = UserIo.total(pieces);
    if (total > Integer.MAX_VALUE - 8) {
      throw Errno.EMSGSIZE.exception();
    }
    try {
      if (s.type() == Socket.SOCK_STREAM) {
        return sendStream(t, s, pieces, ancillary, total);
      }
      byte[] data = UserIo.gathered(t, pieces, 0, (int) Math.min(total, MAX_MESSAGE + 1));
      return s.send(t, data, 0, data.length, ancillary);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EPIPE
          && s.type() != Socket.SOCK_DGRAM
          && (ancillary.flags() & Socket.MSG_NOSIGNAL) == 0) {
        t.signalSelf(Signals.SIGPIPE);
      }
      throw e;
    }
  }

  private static final int MAX_MESSAGE = 1 << 20;
  private static final int CHUNK = 64 * 1024;

  private static int sendStream(
      Task t, Socket s, UserIo.Piece[] pieces, Socket.Ancillary first, long total) {
    int done = 0;
    Socket.Ancillary a = first;
    do {
      byte[] data = UserIo.gathered(t, pieces, done, (int) Math.min(CHUNK, total - done));
      int n;
      try {
        n = s.send(t, data, 0, data.length, a);
      } catch (ErrnoException e) {
        if (done > 0) {
          return done;
        }
        throw e;
      }
      done += n;
      if (n < data.length) {
        break;
      }
      a = first.rest();
    } while (done < total);
    return done;
  }

  static long sendto(Task t, long fd, long buf, long size, long flags, long address, long length) {
    Socket s = socket(t, fd);
    byte @Nullable [] to = address == 0 ? null : address(t, address, length);
    UserIo.Piece[] piece = {new UserIo.Piece(buf, UserIo.size(size))};
    return send(
        t,
        s,
        piece,
        new Socket.Ancillary(to, List.of(), Socket.Sender.of(t), List.of(), (int) flags));
  }

  static long recvfrom(
      Task t, long fd, long buf, long size, long flags, long address, long length) {
    Socket s = socket(t, fd);
    UserIo.Piece[] piece = {new UserIo.Piece(buf, UserIo.size(size))};
    byte[] data = receiveBuffer(s, piece[0].length(), (int) flags);
    int n = (int) Math.min(piece[0].length(), data.length);
    Socket.Received r = s.receive(t, data, 0, n, (int) flags);
    r.files().forEach(FileDescription::release);
    store(t, s, piece, 0, data, r.length(), (int) flags);
    long done = r.length() == n ? waitForAll(t, s, piece, r, (int) flags) : r.length();
    byte[] from = r.address();
    if (address != 0) {
      putAddress(t, from == null ? new byte[0] : SocketMessages.shown(from), address, length);
    }
    return (flags & Socket.MSG_TRUNC) != 0 ? r.fullLength() : done;
  }

  /** Room for a message, or for the part of a stream that one piece of it is. */
  static byte[] receiveBuffer(Socket s, long wanted, int flags) {
    boolean part = s.type() == Socket.SOCK_STREAM && (flags & Socket.MSG_PEEK) == 0;
    return part || wanted <= CHUNK
        ? UserIo.buffer(wanted)
        : new byte[(int) Math.min(wanted, MAX_MESSAGE)];
  }

  /** Stores what was received behind the first {@code skip} bytes; a stream keeps it on a fault. */
  static void store(
      Task t, Socket s, UserIo.Piece[] pieces, long skip, byte[] data, int length, int flags) {
    try {
      UserIo.scatter(t.memory(), pieces, skip, data, length);
    } catch (ErrnoException e) {
      if ((flags & (Socket.MSG_PEEK | Socket.MSG_OOB)) == 0) {
        s.putBack(data, 0, length);
      }
      throw e;
    }
  }

  /** Receives what MSG_WAITALL wants of a stream beyond a full first piece; returns the sum. */
  static long waitForAll(
      Task t, Socket s, UserIo.Piece[] pieces, Socket.Received first, int flags) {
    long done = first.length();
    int asks = flags & (Socket.MSG_WAITALL | Socket.MSG_PEEK | Socket.MSG_TRUNC);
    if (s.type() != Socket.SOCK_STREAM || asks != Socket.MSG_WAITALL || !first.files().isEmpty()) {
      return done;
    }
    long total = UserIo.total(pieces);
    byte[] data = UserIo.buffer(total);
    try {
      while (done < total) {
        int n = (int) Math.min(data.length, total - done);
        Socket.Received r = s.receive(t, data, 0, n, flags);
        r.files().forEach(FileDescription::release);
        store(t, s, pieces, done, data, r.length(), flags);
        done += r.length();
        if (r.length() < n) {
          break;
        }
      }
    } catch (ErrnoException e) {
      return done; // what there is counts
    }
    return done;
  }
}
