package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Futexes;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;

/** futex(2) and the lists of robust futexes. */
public final class FutexCalls {
  private static final int FUTEX_WAIT = 0;
  private static final int FUTEX_WAKE = 1;
  private static final int FUTEX_REQUEUE = 3;
  private static final int FUTEX_CMP_REQUEUE = 4;
  private static final int FUTEX_WAKE_OP = 5;
  private static final int FUTEX_LOCK_PI = 6;
  private static final int FUTEX_UNLOCK_PI = 7;
  private static final int FUTEX_TRYLOCK_PI = 8;
  private static final int FUTEX_WAIT_BITSET = 9;
  private static final int FUTEX_WAKE_BITSET = 10;
  private static final int FUTEX_LOCK_PI2 = 13;
  private static final int FUTEX_PRIVATE = 128;
  private static final int FUTEX_CLOCK_REALTIME = 256;

  private FutexCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(
        202,
        "futex",
        FutexCalls::futex,
        "ptr, int, int, ptr, ptr, int",
        Support.PARTIAL,
        "FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI: ENOSYS, as no C library asks for them");
    t.row(273, "set_robust_list", FutexCalls::setRobustList, "ptr, size");
    t.row(274, "get_robust_list", FutexCalls::getRobustList, "int, ptr, ptr");
  }

  private static long futex(
      Task task, long address, long op, long value, long timeout, long second, long value3) {
    boolean isPrivate = (op & FUTEX_PRIVATE) != 0;
    boolean realtime = (op & FUTEX_CLOCK_REALTIME) != 0;
    int command = (int) op & ~(FUTEX_PRIVATE | FUTEX_CLOCK_REALTIME);
    if (realtime
        && command != FUTEX_WAIT
        && command != FUTEX_WAIT_BITSET
        && command != FUTEX_LOCK_PI2) {
      throw Errno.ENOSYS.exception();
    }
    Futexes futexes = new Futexes(task, isPrivate);
    int count = (int) value;
    return switch (command) {
      case FUTEX_WAIT ->
          futexes.await(address, count, -1, deadline(task, timeout, false, realtime));
      case FUTEX_WAIT_BITSET ->
          futexes.await(address, count, (int) value3, deadline(task, timeout, true, realtime));
      case FUTEX_WAKE -> futexes.wake(address, count, -1);
      case FUTEX_WAKE_BITSET -> futexes.wake(address, count, (int) value3);
      case FUTEX_REQUEUE -> futexes.requeue(address, second, count, (int) timeout, null);
      case FUTEX_CMP_REQUEUE ->
          futexes.requeue(address, second, count, (int) timeout, (int) value3);
      case FUTEX_WAKE_OP ->
          futexes.wakeOperation(address, second, count, (int) timeout, (int) value3);
      case FUTEX_LOCK_PI -> futexes.lockPi(address, deadline(task, timeout, true, true));
      case FUTEX_LOCK_PI2 -> futexes.lockPi(address, deadline(task, timeout, true, realtime));
      case FUTEX_TRYLOCK_PI -> futexes.tryLockPi(address);
      case FUTEX_UNLOCK_PI -> futexes.unlockPi(address);
      default -> {
        task.kernel().reportRefused("futex operation " + command);
        throw Errno.ENOSYS.exception();
      }
    };
  }

  private static long deadline(Task task, long timeout, boolean absolute, boolean realtime) {
    if (timeout == 0) {
      return WaitQueue.FOREVER;
    }
    long nanos = TimeStructs.readTimespec(task.memory(), timeout);
    long now = task.kernel().clock().monotonicNanos();
    if (!absolute) {
      return TimeStructs.saturatedAdd(now, nanos);
    }
    if (realtime && nanos != Long.MAX_VALUE) {
      return TimeStructs.saturatedAdd(now, nanos - task.kernel().clock().realtimeNanos());
    }
    return nanos;
  }

  private static long setRobustList(
      Task task, long head, long size, long c, long d, long e, long f) {
    if (size != Futexes.ROBUST_LIST_HEAD) {
      throw Errno.EINVAL.exception();
    }
    Futexes.setRobustList(task, head);
    return 0;
  }

  /** Whose robust list get_robust_list(2) tells: who may not trace it may not know. */
  public static Task ownerOfRobustList(Task task, int pid) {
    Task of = pid == 0 ? task : task.kernel().pids().task(pid);
    if (of == null) {
      throw Errno.ESRCH.exception();
    }
    PidfdCalls.checkTraceable(task, of);
    return of;
  }

  private static long getRobustList(
      Task task, long pid, long head, long size, long d, long e, long f) {
    Task of = ownerOfRobustList(task, (int) pid);
    task.memory().putLong(head, Futexes.robustList(of));
    task.memory().putLong(size, Futexes.ROBUST_LIST_HEAD);
    return 0;
  }
}
