package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Scheduling;
import io.rookery.linux.kernel.Task;

/** ioprio_set(2) and ioprio_get(2): a class, and a level in it; lower ones go first. */
final class IoPriorityCalls {
  private static final int WHO_PROCESS = 1;

  private static final int CLASS_SHIFT = 13;
  private static final int CLASS_MASK = 7;
  private static final int LEVEL_MASK = 7;
  private static final int CLASS_NONE = 0;
  private static final int CLASS_REAL_TIME = 1;
  private static final int CLASS_BEST_EFFORT = 2;
  private static final int CLASS_IDLE = 3;

  private IoPriorityCalls() {}

  static void register(SyscallTable.Builder t) {
    String note = "remembered, but without effect on the host";
    t.row(251, "ioprio_set", IoPriorityCalls::set, "int, int, int", Support.PARTIAL, note);
    t.row(252, "ioprio_get", IoPriorityCalls::get, "int, int", Support.PARTIAL, note);
  }

  private static void check(Credentials c, int priority) {
    switch (priority >> CLASS_SHIFT & CLASS_MASK) {
      case CLASS_REAL_TIME -> {
        if (!c.capable(Capability.SYS_ADMIN) && !c.capable(Capability.SYS_NICE)) {
          throw Errno.EPERM.exception();
        }
      }
      case CLASS_BEST_EFFORT, CLASS_IDLE -> {}
      case CLASS_NONE -> {
        if ((priority & LEVEL_MASK) != 0) {
          throw Errno.EINVAL.exception();
        }
      }
      default -> throw Errno.EINVAL.exception();
    }
  }

  private static long set(Task task, long which, long who, long value, long d, long e, long f) {
    Credentials own = task.credentials();
    check(own, (int) value);
    for (Task t : SchedulingCalls.selected(task, (int) which - WHO_PROCESS, who)) {
      int uid = t.credentials().uid();
      if (uid != own.euid() && uid != own.uid() && !own.capable(Capability.SYS_NICE)) {
        throw Errno.EPERM.exception();
      }
      t.setIoPriority((int) value);
    }
    return 0;
  }

  /** One process's is told as it was set, several ones' best as it takes effect. */
  private static long get(Task task, long which, long who, long c, long d, long e, long f) {
    return SchedulingCalls.selected(task, (int) which - WHO_PROCESS, who).stream()
        .mapToInt(t -> (int) which == WHO_PROCESS ? t.ioPriority() : effective(t))
        .min()
        .orElse(0);
  }

  /** Where none was set it follows from the policy and the nice value. */
  private static int effective(Task t) {
    if (t.ioPriority() >> CLASS_SHIFT != CLASS_NONE) {
      return t.ioPriority();
    }
    boolean idle = t.scheduling().policy() == Scheduling.SCHED_IDLE;
    return (idle ? CLASS_IDLE : CLASS_BEST_EFFORT) << CLASS_SHIFT | (t.nice() + 20) / 5;
  }
}
