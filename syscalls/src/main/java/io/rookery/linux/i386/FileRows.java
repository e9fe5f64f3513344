package io.rookery.linux.i386;

import static io.rookery.linux.i386.Argument.PLAIN;
import static io.rookery.linux.i386.Argument.in;
import static io.rookery.linux.i386.Argument.inOut;
import static io.rookery.linux.i386.Argument.out;

import io.rookery.linux.abi.Handler;
import io.rookery.linux.call.DescriptorCalls;
import io.rookery.linux.call.DirectoryCalls;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.CallMemory;
import io.rookery.linux.kernel.Task;

/** Descriptors, directories, the tables of select(2), and what tells about files. */
final class FileRows {
  private static final int F_GETLK = 5;
  private static final int F_SETLKW = 7;
  private static final int F_GETLK64 = 12;
  private static final int F_SETLKW64 = 14;
  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLKW = 38;

  /** What the 64-bit calls are given for F_GETLK64 and its kin. */
  private static final int FROM_64 = F_GETLK64 - F_GETLK;

  private FileRows() {}

  static void register(Rows r) {
    r.like(55, "fcntl", "fcntl", fcntl());
    r.like(221, "fcntl64", "fcntl", fcntl());
    r.like(5, "open", "open", DescriptorCalls::open32);
    r.like(295, "openat", "openat", DescriptorCalls::openat32);
    r.own(141, "getdents", DirectoryCalls::getdents32, "fd, buf*, size");
    r.own(89, "readdir", DirectoryCalls::readdir32, "fd, buf*, count");
    Argument stat64 = Stats.out(Stats::stat64);
    Argument stat = Stats.out(Stats::stat);
    Argument old = Stats.out(Stats::oldStat);
    r.with(195, "stat64", "stat", PLAIN, stat64);
    r.with(196, "lstat64", "lstat", PLAIN, stat64);
    r.with(197, "fstat64", "fstat", PLAIN, stat64);
    r.with(300, "fstatat64", "newfstatat", PLAIN, PLAIN, stat64);
    r.with(106, "stat", "stat", PLAIN, stat);
    r.with(107, "lstat", "lstat", PLAIN, stat);
    r.with(108, "fstat", "fstat", PLAIN, stat);
    r.with(18, "oldstat", "stat", PLAIN, old);
    r.with(84, "oldlstat", "lstat", PLAIN, old);
    r.with(28, "oldfstat", "fstat", PLAIN, old);
    r.with(99, "statfs", "statfs", PLAIN, out(Struct.STATFS));
    r.with(100, "fstatfs", "fstatfs", PLAIN, out(Struct.STATFS));
    r.like(268, "statfs64", "statfs", statfs64("statfs"));
    r.like(269, "fstatfs64", "fstatfs", statfs64("fstatfs"));
    r.own(
        22,
        "umount",
        (t, path, b, c, d, e, f) -> Rows.wide("umount2").call(t, path, 0, 0, 0, 0, 0),
        "path*");
    select(r);
    vectors(r);
  }

  /** statfs64 names the size of its structure. */
  private static Handler statfs64(String wide) {
    Handler h = Rows.wide(wide);
    Argument[] arguments = {PLAIN, out(Struct.STATFS64)};
    return (t, file, size, buffer, d, e, f) -> {
      if (size != Struct.STATFS64.narrowSize) {
        throw Errno.EINVAL.exception();
      }
      return Call.convert(t, arguments, h, file, buffer, 0, 0, 0, 0);
    };
  }

  private static Handler fcntl() {
    Handler h = Rows.wide("fcntl");
    Argument lock = inOut(Struct.FLOCK);
    Argument lock64 = inOut(Struct.FLOCK64);
    return (t, fd, command, argument, d, e, f) -> {
      int c = (int) command;
      boolean wideLock =
          (c >= F_GETLK64 && c <= F_SETLKW64) || (c >= F_OFD_GETLK && c <= F_OFD_SETLKW);
      if (!wideLock && (c < F_GETLK || c > F_SETLKW)) {
        return h.call(t, fd, command, argument, d, e, f);
      }
      Argument[] arguments = {
        PLAIN,
        (call, value) -> c >= F_GETLK64 && c <= F_SETLKW64 ? c - FROM_64 : c,
        wideLock ? lock64 : lock
      };
      if (argument == 0) {
        throw Errno.EFAULT.exception();
      }
      return Call.convert(t, arguments, h, fd, command, argument, d, e, f);
    };
  }

  // select: sets are arrays of longs, which have 4 bytes here.

  private static void select(Rows r) {
    Handler select = Rows.wide("select");
    Argument timeval = inOut(Struct.TIMESPEC);
    r.like(
        142,
        "_newselect",
        "select",
        (t, n, in, out, ex, timeout, f) ->
            Call.convert(
                t, selectArguments(n, timeval, PLAIN), select, n, in, out, ex, timeout, f));
    r.like(
        82,
        "select",
        "select",
        (t, block, b, c, d, e, f) -> {
          long[] v = new long[5];
          for (int i = 0; i < v.length; i++) {
            v[i] = t.memory().getInt(block + 4L * i) & 0xffffffffL;
          }
          return Call.convert(
              t, selectArguments(v[0], timeval, PLAIN), select, v[0], v[1], v[2], v[3], v[4], 0);
        });
    pselect(r, 308, "pselect6", Struct.TIMESPEC);
    pselect(r, 413, "pselect6_time64", Struct.TIMESPEC64);
    r.with(309, "ppoll", "ppoll", PLAIN, PLAIN, inOut(Struct.TIMESPEC), PLAIN, PLAIN);
    r.with(414, "ppoll_time64", "ppoll", PLAIN, PLAIN, inOut(Struct.TIMESPEC64), PLAIN, PLAIN);
    r.with(441, "epoll_pwait2", "epoll_pwait2", PLAIN, PLAIN, PLAIN, in(Struct.TIMESPEC64), PLAIN);
  }

  private static void pselect(Rows r, int number, String name, Struct time) {
    Handler h = Rows.wide("pselect6");
    Argument timeout = inOut(time);
    Argument mask = in(Struct.SIGMASK);
    r.like(
        number,
        name,
        "pselect6",
        (t, n, in, out, ex, to, f) ->
            Call.convert(t, selectArguments(n, timeout, mask), h, n, in, out, ex, to, f));
  }

  private static Argument[] selectArguments(long n, Argument timeout, Argument last) {
    Argument set = (call, address) -> address == 0 ? 0 : bits(call, address, (int) n);
    return new Argument[] {PLAIN, set, set, set, timeout, last};
  }

  private static long bits(Call call, long address, int n) {
    CallMemory m = call.memory();
    int limit = Math.max(0, Math.min(n, call.task().files().capacity()));
    int narrow = (limit + 31) / 32 * 4;
    int wide = (limit + 63) / 64 * 8;
    long to = m.allocate(wide);
    m.write(to, m.read(address, narrow));
    return call.written(to, wide, () -> m.write(address, m.read(to, narrow)));
  }

  // Vectors of buffers.

  private static void vectors(Rows r) {
    vector(r, 145, "readv");
    vector(r, 146, "writev");
    vector(r, 316, "vmsplice");
    positioned(r, 333, "preadv");
    positioned(r, 334, "pwritev");
    positioned(r, 378, "preadv2");
    positioned(r, 379, "pwritev2");
    memory(r, 347, "process_vm_readv");
    memory(r, 348, "process_vm_writev");
  }

  private static void vector(Rows r, int number, String name) {
    Handler h = Rows.wide(name);
    r.like(
        number,
        name,
        name,
        (t, fd, iov, count, flags, e, f) ->
            h.call(t, fd, iovec(t, iov, count), count, flags, e, f));
  }

  private static long iovec(Task t, long iov, long count) {
    return Argument.iovec(new Call(t), iov, count);
  }

  /** The offset comes in two halves, which the handlers take in two registers as well. */
  private static void positioned(Rows r, int number, String name) {
    Handler h = Rows.wide(name);
    r.like(
        number,
        name,
        name,
        (t, fd, iov, count, low, high, flags) ->
            h.call(t, fd, iovec(t, iov, count), count, Rows.pair(low, high), 0, flags));
  }

  private static void memory(Rows r, int number, String name) {
    Handler h = Rows.wide(name);
    r.like(
        number,
        name,
        name,
        (t, pid, local, n, remote, m, flags) ->
            h.call(t, pid, iovec(t, local, n), n, iovec(t, remote, m), m, flags));
  }
}
