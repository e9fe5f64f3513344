package io.rookery.linux.call;

import static io.rookery.linux.kernel.Scheduling.SCHED_BATCH;
import static io.rookery.linux.kernel.Scheduling.SCHED_DEADLINE;
import static io.rookery.linux.kernel.Scheduling.SCHED_FIFO;
import static io.rookery.linux.kernel.Scheduling.SCHED_IDLE;
import static io.rookery.linux.kernel.Scheduling.SCHED_OTHER;
import static io.rookery.linux.kernel.Scheduling.SCHED_RR;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.ProcessGroup;
import io.rookery.linux.kernel.Resource;
import io.rookery.linux.kernel.Scheduling;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.kernel.UserMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/** Scheduling: what tasks ask for is remembered; the host decides which thread runs where. */
public final class SchedulingCalls {
  private static final int SCHED_RESET_ON_FORK = 0x40000000;
  private static final int SCHED_FLAG_RESET_ON_FORK = 1;
  private static final int SCHED_ATTR_FIRST_SIZE = 48;
  private static final int SCHED_ATTR_SIZE = 56;
  private static final int PAGE = 4096;
  private static final long QUANTUM = 4_000_000;

  private static final int PRIO_PROCESS = 0;
  private static final int PRIO_PGRP = 1;
  private static final int PRIO_USER = 2;
  private static final int LEAST_NICE = -20;
  private static final int MOST_NICE = 19;

  private static final int MEMBARRIER_QUERY = 0;

  /** GLOBAL and GLOBAL_EXPEDITED. */
  private static final int MEMBARRIER_GLOBAL = 1 | 2;

  /** PRIVATE_EXPEDITED and PRIVATE_EXPEDITED_SYNC_CORE. */
  private static final int MEMBARRIER_OWN = 8 | 32;

  /** The registrations for those of OWN, each twice its command, and for GLOBAL_EXPEDITED. */
  private static final int MEMBARRIER_REGISTER = 2 * MEMBARRIER_OWN | 4;

  private static final int MEMBARRIER_COMMANDS =
      MEMBARRIER_GLOBAL | MEMBARRIER_OWN | MEMBARRIER_REGISTER;

  private static final int CPU_SETS_MOST = 1 << 16;

  private SchedulingCalls() {}

  public static void register(SyscallTable.Builder t) {
    String other = "SCHED_OTHER, BATCH and IDLE, which the host treats alike; others EPERM";
    t.row(24, "sched_yield", (task, a, b, c, d, e, f) -> giveWay(), "");
    t.row(140, "getpriority", SchedulingCalls::getPriority, "int, int");
    t.row(
        141,
        "setpriority",
        SchedulingCalls::setPriority,
        "int, int, int",
        Support.PARTIAL,
        "remembered, but without effect on the host's scheduler");
    t.row(142, "sched_setparam", SchedulingCalls::setParameter, "int, ptr");
    t.row(143, "sched_getparam", SchedulingCalls::getParameter, "int, ptr");
    t.row(
        144,
        "sched_setscheduler",
        SchedulingCalls::setScheduler,
        "int, int, ptr",
        Support.PARTIAL,
        other);
    t.row(145, "sched_getscheduler", SchedulingCalls::getScheduler, "int");
    t.row(
        146,
        "sched_get_priority_max",
        (task, policy, b, c, d, e, f) -> priority(policy, 99),
        "int");
    t.row(
        147, "sched_get_priority_min", (task, policy, b, c, d, e, f) -> priority(policy, 1), "int");
    t.row(148, "sched_rr_get_interval", SchedulingCalls::interval, "int, ptr");
    String affinity = "remembered, but threads are not bound to host processors";
    t.row(
        203,
        "sched_setaffinity",
        SchedulingCalls::setAffinity,
        "int, size, ptr",
        Support.PARTIAL,
        affinity);
    t.row(204, "sched_getaffinity", SchedulingCalls::getAffinity, "int, size, ptr");
    IoPriorityCalls.register(t);
    t.row(309, "getcpu", SchedulingCalls::getCpu, "ptr, ptr");
    t.row(
        314,
        "sched_setattr",
        SchedulingCalls::setAttributes,
        "int, ptr, flags",
        Support.PARTIAL,
        other);
    t.row(315, "sched_getattr", SchedulingCalls::getAttributes, "int, ptr, size, flags");
    t.row(
        324,
        "membarrier",
        SchedulingCalls::memoryBarrier,
        "int, flags, int",
        Support.PARTIAL,
        "no rseq commands");
  }

  @SuppressWarnings("ThreadPriorityCheck") // it is what the guest asked for
  private static long giveWay() {
    Thread.yield();
    return 0;
  }

  private static Task find(Task task, long pid) {
    if ((int) pid < 0) {
      throw Errno.EINVAL.exception();
    }
    return found(task, pid);
  }

  private static Task found(Task task, long pid) {
    Task t = (int) pid == 0 ? task : task.kernel().pids().task((int) pid);
    if (t == null) {
      throw Errno.ESRCH.exception();
    }
    return t;
  }

  /** Only the owner of a task may change how it is scheduled, and who has CAP_SYS_NICE. */
  private static void checkOwner(Task task, Task of) {
    int uid = task.credentials().euid();
    if (uid != of.credentials().uid()
        && uid != of.credentials().euid()
        && !task.credentials().capable(Capability.SYS_NICE)) {
      throw Errno.EPERM.exception();
    }
  }

  private static long priority(long policy, int realTime) {
    return switch ((int) policy) {
      case SCHED_FIFO, SCHED_RR -> realTime;
      case SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_DEADLINE -> 0;
      default -> throw Errno.EINVAL.exception();
    };
  }

  private static long getScheduler(Task task, long pid, long b, long c, long d, long e, long f) {
    Scheduling s = find(task, pid).scheduling();
    return s.policy() | (s.resetOnFork() ? SCHED_RESET_ON_FORK : 0);
  }

  private static long setScheduler(
      Task task, long pid, long policy, long parameter, long d, long e, long f) {
    if ((int) policy < 0 || (int) pid < 0 || parameter == 0) {
      throw Errno.EINVAL.exception();
    }
    int level = task.memory().getInt(parameter);
    boolean reset = ((int) policy & SCHED_RESET_ON_FORK) != 0;
    setPolicy(task, found(task, pid), (int) policy & ~SCHED_RESET_ON_FORK, reset, level);
    return 0;
  }

  private static void checkLevel(int policy, int level) {
    if (level < priority(policy, 1) || level > priority(policy, 99)) {
      throw Errno.EINVAL.exception();
    }
  }

  private static void setPolicy(Task task, Task of, int policy, boolean reset, int level) {
    checkLevel(policy, level);
    checkOwner(task, of);
    boolean dropsReset = of.scheduling().resetOnFork() && !reset;
    if (policy == SCHED_FIFO
        || policy == SCHED_RR
        || policy == SCHED_DEADLINE
        || (dropsReset && !task.credentials().capable(Capability.SYS_NICE))) {
      throw Errno.EPERM.exception();
    }
    of.setScheduling(of.scheduling().with(policy, reset));
  }

  private static long setParameter(
      Task task, long pid, long parameter, long c, long d, long e, long f) {
    if ((int) pid < 0 || parameter == 0) {
      throw Errno.EINVAL.exception();
    }
    int level = task.memory().getInt(parameter);
    Task of = found(task, pid);
    setPolicy(task, of, of.scheduling().policy(), of.scheduling().resetOnFork(), level);
    return 0;
  }

  private static long getParameter(
      Task task, long pid, long parameter, long c, long d, long e, long f) {
    if (parameter == 0) {
      throw Errno.EINVAL.exception();
    }
    find(task, pid);
    task.memory().putInt(parameter, 0);
    return 0;
  }

  private static long interval(Task task, long pid, long to, long c, long d, long e, long f) {
    find(task, pid);
    TimeStructs.writeTimespec(task.memory(), to, QUANTUM);
    return 0;
  }

  private static long getAttributes(
      Task task, long pid, long to, long size, long flags, long e, long f) {
    if (to == 0 || size < SCHED_ATTR_FIRST_SIZE || size > PAGE || flags != 0) {
      throw Errno.EINVAL.exception();
    }
    Task of = find(task, pid);
    byte[] b = new byte[(int) Math.min(size, SCHED_ATTR_SIZE)];
    Bytes.putInt(b, 0, b.length);
    Bytes.putInt(b, 4, of.scheduling().policy());
    Bytes.putLong(b, 8, of.scheduling().resetOnFork() ? SCHED_FLAG_RESET_ON_FORK : 0);
    Bytes.putInt(b, 16, of.nice());
    task.memory().write(to, b);
    return 0;
  }

  private static long setAttributes(
      Task task, long pid, long from, long flags, long d, long e, long f) {
    if (from == 0 || (int) pid < 0 || flags != 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] b = readAttributes(task.memory(), from);
    int policy = Bytes.getInt(b, 4);
    long attributes = Bytes.getLong(b, 8);
    Task of = found(task, pid);
    if ((attributes & ~SCHED_FLAG_RESET_ON_FORK) != 0) {
      throw Errno.EINVAL.exception();
    }
    int level = Bytes.getInt(b, 20);
    checkLevel(policy, level);
    int nice = Math.clamp(Bytes.getInt(b, 16), LEAST_NICE, MOST_NICE);
    if (nice < of.nice() && !mayBe(task, of, nice)) {
      throw Errno.EPERM.exception();
    }
    setPolicy(task, of, policy, attributes != 0, level);
    of.setNice(nice);
    return 0;
  }

  /** struct sched_attr: size, policy, flags, nice, priority, …; what we do not know must be 0. */
  private static byte[] readAttributes(UserMemory m, long from) {
    int told = m.getInt(from);
    int size = told == 0 ? SCHED_ATTR_FIRST_SIZE : told;
    if (size >= SCHED_ATTR_FIRST_SIZE && size <= PAGE) {
      byte[] b = m.read(from, size);
      int known = Math.min(size, SCHED_ATTR_SIZE);
      if (Arrays.equals(b, known, size, new byte[size - known], 0, size - known)) {
        return b;
      }
    }
    m.putInt(from, SCHED_ATTR_SIZE);
    throw Errno.E2BIG.exception();
  }

  private static long setAffinity(
      Task task, long pid, long size, long set, long d, long e, long f) {
    int n = (int) Math.min(size < 0 ? CPU_SETS_MOST : size, CPU_SETS_MOST);
    BitSet asked = BitSet.valueOf(task.memory().read(set, n));
    Task of = found(task, pid);
    checkOwner(task, of);
    asked.and(Scheduling.allProcessors());
    if (asked.isEmpty()) {
      throw Errno.EINVAL.exception();
    }
    of.setScheduling(of.scheduling().on(asked));
    return 0;
  }

  private static long getAffinity(
      Task task, long pid, long size, long set, long d, long e, long f) {
    int bytes = (Scheduling.allProcessors().length() + 63) / 64 * 8;
    if (size < bytes || size % 8 != 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] allowed = found(task, pid).scheduling().allowed().toByteArray();
    task.memory().write(set, Arrays.copyOf(allowed, bytes));
    return bytes;
  }

  private static long getCpu(Task task, long cpu, long node, long c, long d, long e, long f) {
    if (cpu != 0) {
      task.memory().putInt(cpu, task.scheduling().processor());
    }
    if (node != 0) {
      task.memory().putInt(node, 0);
    }
    return 0;
  }

  /** The tasks of a process, a group or a user. */
  static List<Task> selected(Task task, long which, long who) {
    List<Task> found = new ArrayList<>();
    int id = (int) who;
    switch ((int) which) {
      case PRIO_PROCESS -> {
        Task t = id == 0 ? task : task.kernel().pids().task(id);
        if (t != null) {
          found.add(t);
        }
      }
      case PRIO_PGRP -> {
        ProcessGroup g = id == 0 ? task.process().group() : task.kernel().pids().group(id);
        if (g != null) {
          g.members().forEach(p -> found.addAll(p.tasks()));
        }
      }
      case PRIO_USER -> {
        int uid = id == 0 ? task.credentials().uid() : id;
        for (ThreadGroup p : task.kernel().pids().processes()) {
          p.tasks().stream().filter(t -> t.credentials().uid() == uid).forEach(found::add);
        }
      }
      default -> throw Errno.EINVAL.exception();
    }
    if (found.isEmpty()) {
      throw Errno.ESRCH.exception();
    }
    return found;
  }

  private static long getPriority(Task task, long which, long who, long c, long d, long e, long f) {
    return selected(task, which, who).stream().mapToInt(t -> 20 - t.nice()).max().orElse(20);
  }

  private static long setPriority(
      Task task, long which, long who, long value, long d, long e, long f) {
    int nice = Math.clamp((int) value, LEAST_NICE, MOST_NICE);
    for (Task t : selected(task, which, who)) {
      int uid = task.credentials().euid();
      boolean privileged = task.credentials().capable(Capability.SYS_NICE);
      if (!privileged && uid != t.credentials().uid() && uid != t.credentials().euid()) {
        throw Errno.EPERM.exception();
      }
      if (nice < t.nice() && !mayBe(task, t, nice)) {
        throw Errno.EACCES.exception();
      }
      t.setNice(nice);
    }
    return 0;
  }

  /** nice(2) of 32-bit programs: as much nicer. */
  public static long nice(Task task, int by) {
    int nice = Math.clamp((long) task.nice() + by, LEAST_NICE, MOST_NICE);
    if (by < 0 && !mayBe(task, task, nice)) {
      throw Errno.EPERM.exception();
    }
    task.setNice(nice);
    return 0;
  }

  /** Whether the task may set such a nice value: RLIMIT_NICE counts from 40 for the least. */
  private static boolean mayBe(Task task, Task of, int nice) {
    return Long.compareUnsigned(20 - nice, of.process().limits().soft(Resource.NICE)) <= 0
        || task.credentials().capable(Capability.SYS_NICE);
  }

  private static long memoryBarrier(
      Task task, long command, long flags, long cpu, long d, long e, long f) {
    if (flags != 0) {
      throw Errno.EINVAL.exception();
    }
    if (command == MEMBARRIER_QUERY) {
      return MEMBARRIER_COMMANDS;
    }
    if (Long.bitCount(command) != 1 || (command & MEMBARRIER_COMMANDS) == 0) {
      throw Errno.EINVAL.exception();
    }
    if ((command & MEMBARRIER_REGISTER) != 0) {
      task.mm().registerBarriers((int) command);
    } else if ((command & MEMBARRIER_OWN) != 0) {
      if ((task.mm().registeredBarriers() & 2 * command) == 0) {
        throw Errno.EPERM.exception();
      }
      task.memory().space().barrier();
    } else if ((command & MEMBARRIER_GLOBAL) != 0) {
      task.kernel().pids().processes().stream()
          .flatMap(p -> p.tasks().stream().limit(1))
          .forEach(t -> t.memory().space().barrier());
    }
    return 0;
  }
}
