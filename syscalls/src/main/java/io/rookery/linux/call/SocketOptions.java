package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.kernel.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** getsockopt(2) and setsockopt(2): the options of socket(7) here, the rest in the family. */
final class SocketOptions {
  private static final int SOL_SOCKET = 1;
  private static final int SO_DEBUG = 1;
  private static final int SO_REUSEADDR = 2;
  private static final int SO_TYPE = 3;
  private static final int SO_BROADCAST = 6;
  private static final int SO_SNDBUF = 7;
  private static final int SO_RCVBUF = 8;
  private static final int SO_KEEPALIVE = 9;
  private static final int SO_OOBINLINE = 10;
  private static final int SO_PRIORITY = 12;
  private static final int SO_LINGER = 13;
  private static final int SO_REUSEPORT = 15;
  private static final int SO_RCVLOWAT = 18;
  private static final int SO_SNDLOWAT = 19;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int SO_TIMESTAMP = 29;
  private static final int SO_SNDBUFFORCE = 32;
  private static final int SO_RCVBUFFORCE = 33;
  private static final int SO_PROTOCOL = 38;
  private static final int SO_DOMAIN = 39;
  private static final int DEFAULT_BUFFER = 212_992;
  private static final int MAX_VALUE = 4096;
  private static final long SECOND = 1_000_000_000L;

  private SocketOptions() {}

  static void register(SyscallTable.Builder t) {
    t.row(55, "getsockopt", SocketOptions::get, "fd, level, option, value*, size*");
    t.row(54, "setsockopt", SocketOptions::set, "fd, level, option, value*, size");
  }

  static long get(Task t, long fd, long level, long name, long value, long length, long f) {
    Socket s = SocketCalls.socket(t, fd);
    int room = t.memory().getInt(length);
    if (room < 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] result =
        (int) level == SOL_SOCKET
            ? socketOption(t, s, (int) name)
            : s.getOption(t, (int) level, (int) name);
    int n = Math.min(room, result.length);
    t.memory().write(value, result, 0, n);
    t.memory().putInt(length, n);
    return 0;
  }

  private static byte[] socketOption(Task t, Socket s, int name) {
    return switch (name) {
      case SO_TYPE -> number(s.type());
      case SO_DOMAIN -> number(s.family());
      case SO_PROTOCOL,
          SO_DEBUG,
          SO_REUSEADDR,
          SO_BROADCAST,
          SO_KEEPALIVE,
          SO_OOBINLINE,
          SO_PRIORITY,
          SO_REUSEPORT,
          SO_TIMESTAMP ->
          number(0);
      case SO_RCVLOWAT, SO_SNDLOWAT -> number(1);
      case SO_SNDBUF, SO_RCVBUF -> number(DEFAULT_BUFFER);
      case SO_LINGER -> new byte[8];
      case SO_RCVTIMEO -> time(s.receiveTimeout());
      case SO_SNDTIMEO -> time(s.sendTimeout());
      default -> s.getOption(t, SOL_SOCKET, name);
    };
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }

  private static byte[] time(long nanos) {
    return ByteBuffer.allocate(16)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(nanos / SECOND)
        .putLong(nanos % SECOND / 1000)
        .array();
  }

  static long set(Task t, long fd, long level, long name, long value, long length, long f) {
    Socket s = SocketCalls.socket(t, fd);
    if ((int) length < 0 || (int) length > MAX_VALUE) {
      throw Errno.EINVAL.exception();
    }
    byte[] data = t.memory().read(value, (int) length);
    if ((int) level != SOL_SOCKET) {
      s.setOption(t, (int) level, (int) name, data);
      return 0;
    }
    if (data.length < 4) {
      throw Errno.EINVAL.exception();
    }
    switch ((int) name) {
      case SO_DEBUG,
          SO_REUSEADDR,
          SO_BROADCAST,
          SO_KEEPALIVE,
          SO_OOBINLINE,
          SO_PRIORITY,
          SO_REUSEPORT,
          SO_TIMESTAMP,
          SO_RCVLOWAT,
          SO_LINGER,
          SO_SNDBUF,
          SO_RCVBUF,
          SO_SNDBUFFORCE,
          SO_RCVBUFFORCE -> {
        // Accepted as hints: buffers have one size, and the rest means nothing to local sockets.
      }
      case SO_RCVTIMEO -> s.setReceiveTimeout(timeout(data));
      case SO_SNDTIMEO -> s.setSendTimeout(timeout(data));
      default -> s.setOption(t, SOL_SOCKET, (int) name, data);
    }
    return 0;
  }

  private static long timeout(byte[] data) {
    if (data.length < 16) {
      throw Errno.EINVAL.exception();
    }
    ByteBuffer b = ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN);
    long seconds = b.getLong();
    long micros = b.getLong();
    if (micros < 0 || micros >= 1_000_000) {
      throw Errno.EDOM.exception();
    }
    return seconds < 0 ? 1 : Math.min(seconds, 1L << 32) * SECOND + micros * 1000;
  }
}
