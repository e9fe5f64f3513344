package io.rookery.linux.i386;

import static io.rookery.linux.i386.Argument.PLAIN;
import static io.rookery.linux.i386.Argument.POINTERS;
import static io.rookery.linux.i386.Argument.in;
import static io.rookery.linux.i386.Argument.out;

import io.rookery.linux.abi.Handler;
import io.rookery.linux.call.FutexCalls;
import io.rookery.linux.call.SchedulingCalls;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.CallMemory;
import io.rookery.linux.kernel.Futexes;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadAreas;

/** Processes, threads, futexes and resources. */
final class ProcessRows {
  private static final int FUTEX_COMMAND = 127;
  private static final int FUTEX_WAIT = 0;
  private static final int FUTEX_LOCK_PI = 6;
  private static final int FUTEX_WAIT_BITSET = 9;
  private static final int FUTEX_WAIT_REQUEUE_PI = 11;
  private static final int FUTEX_LOCK_PI2 = 13;
  private static final long OLD_INFINITY = 0x7fffffff;

  private ProcessRows() {}

  static void register(Rows r) {
    r.with(11, "execve", "execve", PLAIN, POINTERS, POINTERS);
    r.with(358, "execveat", "execveat", PLAIN, PLAIN, POINTERS, POINTERS);
    Handler clone = Rows.wide("clone");
    r.like(
        120,
        "clone",
        "clone",
        (t, flags, stack, parent, tls, child, f) ->
            clone.call(t, flags, stack, parent, child, tls, f));
    Handler wait4 = Rows.wide("wait4");
    r.own(
        7,
        "waitpid",
        (t, pid, status, options, d, e, f) -> wait4.call(t, pid, status, options, 0, 0, 0),
        "int, ptr, flags");
    r.with(114, "wait4", "wait4", PLAIN, PLAIN, PLAIN, out(Struct.RUSAGE));
    r.with(284, "waitid", "waitid", PLAIN, PLAIN, SignalRows.INFO_OUT, PLAIN, out(Struct.RUSAGE));
    r.own(243, "set_thread_area", (t, d, b, c, e, f, g) -> ThreadAreas.set(t, d), "ptr");
    r.own(244, "get_thread_area", (t, d, b, c, e, f, g) -> ThreadAreas.get(t, d), "ptr");
    r.own(34, "nice", (t, by, b, c, d, e, f) -> SchedulingCalls.nice(t, (int) by), "int");
    futexes(r);
    limits(r);
    r.like(242, "sched_getaffinity", "sched_getaffinity", ProcessRows::affinity);
  }

  private static void futexes(Rows r) {
    futex(r, 240, "futex", Struct.TIMESPEC);
    futex(r, 422, "futex_time64", Struct.TIMESPEC64);
    r.own(
        311,
        "set_robust_list",
        (t, head, size, c, d, e, f) -> {
          if (size != Futexes.ROBUST_LIST_HEAD_32) {
            throw Errno.EINVAL.exception();
          }
          Futexes.setRobustList32(t, head);
          return 0;
        },
        "ptr, size");
    r.own(
        312,
        "get_robust_list",
        (t, pid, head, size, d, e, f) -> {
          Task of = FutexCalls.ownerOfRobustList(t, (int) pid);
          t.memory().putInt(head, (int) Futexes.robustList32(of));
          t.memory().putInt(size, Futexes.ROBUST_LIST_HEAD_32);
          return 0;
        },
        "int, ptr, ptr");
  }

  /** The fourth argument is a time for the operations that wait, a number for the others. */
  private static void futex(Rows r, int number, String name, Struct time) {
    Handler h = Rows.wide("futex");
    Argument timeout = in(time);
    r.like(
        number,
        name,
        "futex",
        (t, address, op, value, fourth, second, third) -> {
          int command = (int) op & FUTEX_COMMAND;
          boolean waits =
              command == FUTEX_WAIT
                  || command == FUTEX_LOCK_PI
                  || command == FUTEX_LOCK_PI2
                  || command == FUTEX_WAIT_BITSET
                  || command == FUTEX_WAIT_REQUEUE_PI;
          long d = waits ? timeout.convert(new Call(t), fourth) : fourth;
          return h.call(t, address, op, value, d, second, third);
        });
  }

  private static void limits(Rows r) {
    r.with(75, "setrlimit", "setrlimit", PLAIN, in(Struct.RLIMIT));
    r.with(191, "ugetrlimit", "getrlimit", PLAIN, out(Struct.RLIMIT));
    Handler get = Rows.wide("getrlimit");
    r.own(
        76,
        "getrlimit",
        (t, resource, to, c, d, e, f) -> {
          CallMemory m = t.callMemory();
          long wide = m.allocate(16);
          get.call(t, resource, wide, 0, 0, 0, 0);
          for (int i = 0; i < 2; i++) {
            long v = m.getLong(wide + 8L * i);
            m.putInt(to + 4L * i, (int) (v < 0 ? OLD_INFINITY : Math.min(v, OLD_INFINITY)));
          }
          return 0;
        },
        "int, ptr");
    r.with(77, "getrusage", "getrusage", PLAIN, out(Struct.RUSAGE));
  }

  /** Masks are arrays of longs, which have 4 bytes here. */
  private static long affinity(Task t, long pid, long size, long mask, long d, long e, long f) {
    if ((size & 3) != 0) {
      throw Errno.EINVAL.exception();
    }
    CallMemory m = t.callMemory();
    int wideSize = (int) Math.min(size + 7 & ~7L, 1024);
    long wide = m.allocate(wideSize);
    long n = Rows.wide("sched_getaffinity").call(t, pid, wideSize, wide, 0, 0, 0);
    int copied = (int) Math.min(n, size);
    m.write(mask, m.read(wide, copied));
    return copied;
  }
}
