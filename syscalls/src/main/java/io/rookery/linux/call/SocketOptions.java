package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.socket.OptionBytes;
import io.rookery.linux.ipc.socket.Socket;
import io.rookery.linux.kernel.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** getsockopt(2) and setsockopt(2): the options of socket(7) here, the rest in the family. */
final class SocketOptions {
  private static final int SOL_SOCKET = 1;
  private static final int SO_TYPE = 3;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final int SO_BINDTODEVICE = 25; // the only one whose value may be short
  private static final int SO_DOMAIN = 39;
  private static final int SO_RCVTIMEO_NEW = 66;
  private static final int SO_SNDTIMEO_NEW = 67;
  private static final int MAX_VALUE = 4096;
  private static final long SECOND = 1_000_000_000L;

  private SocketOptions() {}

  static void register(SyscallTable.Builder t) {
    t.row(55, "getsockopt", SocketOptions::get, "fd, level, option, value*, size*");
    t.row(
        54,
        "setsockopt",
        SocketOptions::set,
        "fd, level, option, value*, size",
        Support.PARTIAL,
        "docs/network.md lists the options; others are ENOPROTOOPT and logged");
  }

  static long get(Task t, long fd, long level, long name, long value, long length, long f) {
    Socket s = SocketCalls.socket(t, fd);
    int room = t.memory().getInt(length);
    if (room < 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] result =
        (int) level == SOL_SOCKET
            ? socketOption(t, s, (int) name, value, room)
            : s.getOption(t, (int) level, (int) name, value, room);
    int n = Math.min(room, result.length);
    t.memory().write(value, result, 0, n);
    t.memory().putInt(length, n);
    return 0;
  }

  private static byte[] socketOption(Task t, Socket s, int name, long value, int room) {
    return switch (name) {
      case SO_TYPE -> OptionBytes.of(s.type());
      case SO_DOMAIN -> OptionBytes.of(s.family());
      case SO_RCVTIMEO, SO_RCVTIMEO_NEW -> time(s.receiveTimeout());
      case SO_SNDTIMEO, SO_SNDTIMEO_NEW -> time(s.sendTimeout());
      default -> s.getOption(t, SOL_SOCKET, name, value, room);
    };
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
    if (data.length < 4 && (int) name != SO_BINDTODEVICE) {
      throw Errno.EINVAL.exception();
    }
    switch ((int) name) {
      case SO_RCVTIMEO, SO_RCVTIMEO_NEW -> s.setReceiveTimeout(timeout(data));
      case SO_SNDTIMEO, SO_SNDTIMEO_NEW -> s.setSendTimeout(timeout(data));
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
