package io.rookery.linux.i386;

import static io.rookery.linux.i386.Argument.PLAIN;
import static io.rookery.linux.i386.Argument.in;
import static io.rookery.linux.i386.Argument.inOut;

import io.rookery.linux.abi.Handler;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.CallMemory;
import io.rookery.linux.kernel.Task;

/** Sockets: the multiplexer, and the options and messages of another layout. */
final class SocketRows {
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;

  /** The handlers that socketcall(2) reaches, by number, and how many arguments each has. */
  private static final int[] ARGUMENTS = {
    0, 3, 3, 3, 2, 3, 3, 3, 4, 4, 4, 6, 6, 2, 5, 5, 3, 3, 4, 5, 4
  };

  private static final int RECVMMSG = 19;

  private SocketRows() {}

  static void register(Rows r) {
    r.like(365, "getsockopt", "getsockopt", SocketRows::getOption);
    r.like(366, "setsockopt", "setsockopt", SocketRows::setOption);
    r.like(370, "sendmsg", "sendmsg", Messages::send);
    r.like(372, "recvmsg", "recvmsg", Messages::receive);
    r.like(345, "sendmmsg", "sendmmsg", Messages::sendMany);
    receiveMany(r, 337, "recvmmsg", Struct.TIMESPEC);
    receiveMany(r, 417, "recvmmsg_time64", Struct.TIMESPEC64);
    Handler[] calls = {
      refused(),
      Rows.wide("socket"),
      Rows.wide("bind"),
      Rows.wide("connect"),
      Rows.wide("listen"),
      Rows.wide("accept"),
      Rows.wide("getsockname"),
      Rows.wide("getpeername"),
      Rows.wide("socketpair"),
      Rows.wide("sendto"),
      Rows.wide("recvfrom"),
      Rows.wide("sendto"),
      Rows.wide("recvfrom"),
      Rows.wide("shutdown"),
      SocketRows::setOption,
      SocketRows::getOption,
      Messages::send,
      Messages::receive,
      Rows.wide("accept4"),
      receiveMany(Struct.TIMESPEC),
      Messages::sendMany
    };
    r.own(
        102,
        "socketcall",
        (t, number, block, c, d, e, f) -> {
          if (number < 1 || number > RECVMMSG + 1) {
            throw Errno.EINVAL.exception();
          }
          int n = (int) number;
          long[] v = new long[6];
          for (int i = 0; i < ARGUMENTS[n]; i++) {
            v[i] = t.memory().getInt(block + 4L * i) & 0xffffffffL;
          }
          return calls[n].call(t, v[0], v[1], v[2], v[3], v[4], v[5]);
        },
        "int, ptr");
  }

  private static Handler refused() {
    return (t, a, b, c, d, e, f) -> {
      throw Errno.EINVAL.exception();
    };
  }

  private static void receiveMany(Rows r, int number, String name, Struct time) {
    r.like(number, name, "recvmmsg", receiveMany(time));
  }

  private static Handler receiveMany(Struct time) {
    Argument[] arguments = {PLAIN, PLAIN, PLAIN, PLAIN, inOut(time), PLAIN};
    return (t, fd, messages, count, flags, to, f) ->
        Call.convert(t, arguments, Messages::receiveMany, fd, messages, count, flags, to, f);
  }

  private static boolean isTimeout(long level, long option) {
    return (int) level == SOL_SOCKET
        && ((int) option == SO_RCVTIMEO || (int) option == SO_SNDTIMEO);
  }

  private static final Argument[] TIME_IN = {PLAIN, PLAIN, PLAIN, in(Struct.TIMESPEC)};

  private static long setOption(
      Task t, long fd, long level, long option, long value, long size, long f) {
    Handler h = Rows.wide("setsockopt");
    if (!isTimeout(level, option)) {
      return h.call(t, fd, level, option, value, size, f);
    }
    if ((int) size < Struct.TIMESPEC.narrowSize) {
      throw Errno.EINVAL.exception();
    }
    return Call.convert(t, TIME_IN, h, fd, level, option, value, Struct.TIMESPEC.wideSize, f);
  }

  private static long getOption(
      Task t, long fd, long level, long option, long value, long size, long f) {
    Handler h = Rows.wide("getsockopt");
    if (!isTimeout(level, option)) {
      return h.call(t, fd, level, option, value, size, f);
    }
    CallMemory m = t.callMemory();
    int room = m.getInt(size);
    if (room < 0) {
      throw Errno.EINVAL.exception();
    }
    Struct s = Struct.TIMESPEC;
    long wide = m.allocate(s.wideSize);
    long wideLength = m.allocate(4);
    m.putInt(wideLength, s.wideSize);
    h.call(t, fd, level, option, wide, wideLength, f);
    byte[] narrow = s.narrow(m.read(wide, s.wideSize));
    int n = Math.min(room, narrow.length);
    m.write(value, narrow, 0, n);
    m.putInt(size, n);
    return 0;
  }
}
