package io.rookery.linux.call;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.ProcessGroup;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import java.util.ArrayList;
import java.util.List;

/** Scheduling: everything runs under SCHED_OTHER, and the host decides which thread runs where. */
public final class SchedulingCalls {
  private static final int SCHED_OTHER = 0;
  private static final int SCHED_FIFO = 1;
  private static final int SCHED_RR = 2;
  private static final int SCHED_BATCH = 3;
  private static final int SCHED_IDLE = 5;
  private static final int SCHED_RESET_ON_FORK = 0x40000000;
  private static final int SCHED_ATTR_SIZE = 48;
  private static final long QUANTUM = 4_000_000;

  private static final int PRIO_PROCESS = 0;
  private static final int PRIO_PGRP = 1;
  private static final int PRIO_USER = 2;

  private static final int MEMBARRIER_QUERY = 0;

  /** GLOBAL and GLOBAL_EXPEDITED. */
  private static final int MEMBARRIER_GLOBAL = 1 | 2;

  /** PRIVATE_EXPEDITED and PRIVATE_EXPEDITED_SYNC_CORE. */
  private static final int MEMBARRIER_OWN = 8 | 32;

  /** Those, and the registrations for them. */
  private static final int MEMBARRIER_COMMANDS = MEMBARRIER_GLOBAL | MEMBARRIER_OWN | 4 | 16 | 64;

  private static final int CPU_SETS_MOST = 1 << 16;

  private SchedulingCalls() {}

  public static void register(SyscallTable.Builder t) {
    String other = "SCHED_OTHER, BATCH and IDLE, which all mean the same here; others EPERM";
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
    t.row(
        145,
        "sched_getscheduler",
        (task, pid, b, c, d, e, f) -> {
          find(task, pid);
          return SCHED_OTHER;
        },
        "int",
        Support.PARTIAL,
        other);
    t.row(
        146,
        "sched_get_priority_max",
        (task, policy, b, c, d, e, f) -> priority(policy, 99),
        "int");
    t.row(
        147, "sched_get_priority_min", (task, policy, b, c, d, e, f) -> priority(policy, 1), "int");
    t.row(148, "sched_rr_get_interval", SchedulingCalls::interval, "int, ptr");
    String affinity = "the set is checked, but threads are not bound to host processors";
    t.row(
        203,
        "sched_setaffinity",
        SchedulingCalls::setAffinity,
        "int, size, ptr",
        Support.PARTIAL,
        affinity);
    t.row(204, "sched_getaffinity", SchedulingCalls::getAffinity, "int, size, ptr");
    String io = "accepted, but without effect on the host";
    t.row(251, "ioprio_set", (task, a, b, c, d, e, f) -> 0, "int, int, int", Support.PARTIAL, io);
    t.row(252, "ioprio_get", (task, a, b, c, d, e, f) -> 0, "int, int", Support.PARTIAL, io);
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

  /** Number of processors that the guest sees. */
  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static Task find(Task task, long pid) {
    if ((int) pid < 0) {
      throw Errno.EINVAL.exception();
    }
    Task t = (int) pid == 0 ? task : task.kernel().pids().task((int) pid);
    if (t == null) {
      throw Errno.ESRCH.exception();
    }
    return t;
  }

  private static long priority(long policy, int realTime) {
    return switch ((int) policy) {
      case SCHED_FIFO, SCHED_RR -> realTime;
      case SCHED_OTHER, SCHED_BATCH, SCHED_IDLE -> 0;
      default -> throw Errno.EINVAL.exception();
    };
  }

  private static long setScheduler(
      Task task, long pid, long policy, long parameter, long d, long e, long f) {
    find(task, pid);
    int p = (int) policy & ~SCHED_RESET_ON_FORK;
    int level = task.memory().getInt(parameter);
    boolean realTime = p == SCHED_FIFO || p == SCHED_RR;
    long least = priority(p, 1);
    if (level < least || level > priority(p, 99)) {
      throw Errno.EINVAL.exception();
    }
    if (realTime) {
      throw Errno.EPERM.exception();
    }
    return 0;
  }

  private static long setParameter(
      Task task, long pid, long parameter, long c, long d, long e, long f) {
    find(task, pid);
    if (task.memory().getInt(parameter) != 0) {
      throw Errno.EINVAL.exception();
    }
    return 0;
  }

  private static long getParameter(
      Task task, long pid, long parameter, long c, long d, long e, long f) {
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
    if (size < SCHED_ATTR_SIZE || size > 4096 || flags != 0) {
      throw Errno.EINVAL.exception();
    }
    Task of = find(task, pid);
    byte[] b = new byte[SCHED_ATTR_SIZE];
    Bytes.putInt(b, 0, SCHED_ATTR_SIZE);
    Bytes.putInt(b, 16, of.nice());
    task.memory().write(to, b);
    return 0;
  }

  /** struct sched_attr: size, policy, flags, nice, priority, … */
  private static long setAttributes(
      Task task, long pid, long from, long flags, long d, long e, long f) {
    Task of = find(task, pid);
    byte[] b = task.memory().read(from, SCHED_ATTR_SIZE);
    int policy = Bytes.getInt(b, 4);
    if (flags != 0 || Bytes.getInt(b, 0) < SCHED_ATTR_SIZE || priority(policy, 1) < 0) {
      throw Errno.EINVAL.exception();
    }
    if (policy == SCHED_FIFO || policy == SCHED_RR) {
      throw Errno.EPERM.exception();
    }
    setPriority(task, PRIO_PROCESS, of.tid(), Bytes.getInt(b, 16), 0, 0, 0);
    return 0;
  }

  private static long setAffinity(
      Task task, long pid, long size, long set, long d, long e, long f) {
    find(task, pid);
    int n = (int) Math.min(size < 0 ? CPU_SETS_MOST : size, CPU_SETS_MOST);
    byte[] b = task.memory().read(set, n);
    int cpus = processors();
    for (int i = 0; i < cpus && i / 8 < n; i++) {
      if ((b[i / 8] >> i % 8 & 1) != 0) {
        return 0;
      }
    }
    throw Errno.EINVAL.exception();
  }

  private static long getAffinity(
      Task task, long pid, long size, long set, long d, long e, long f) {
    find(task, pid);
    int cpus = processors();
    int bytes = (cpus + 63) / 64 * 8;
    if (size < bytes || size % 8 != 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] b = new byte[bytes];
    for (int i = 0; i < cpus; i++) {
      b[i / 8] |= (byte) (1 << i % 8);
    }
    task.memory().write(set, b);
    return bytes;
  }

  private static long getCpu(Task task, long cpu, long node, long c, long d, long e, long f) {
    if (cpu != 0) {
      task.memory().putInt(cpu, 0);
    }
    if (node != 0) {
      task.memory().putInt(node, 0);
    }
    return 0;
  }

  private static List<Task> selected(Task task, long which, long who) {
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
    int asked = (int) value;
    int nice = Math.clamp(asked, -20, 19);
    for (Task t : selected(task, which, who)) {
      int uid = task.credentials().euid();
      boolean privileged = task.credentials().capable(Capability.SYS_NICE);
      if (!privileged && uid != t.credentials().uid() && uid != t.credentials().euid()) {
        throw Errno.EPERM.exception();
      }
      if (!privileged && nice < t.nice()) {
        throw Errno.EACCES.exception();
      }
      t.setNice(nice);
    }
    return 0;
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
    if ((command & MEMBARRIER_OWN) != 0) {
      task.memory().space().barrier();
    } else if ((command & MEMBARRIER_GLOBAL) != 0) {
      task.kernel().pids().processes().stream()
          .flatMap(p -> p.tasks().stream().limit(1))
          .forEach(t -> t.memory().space().barrier());
    }
    return 0;
  }
}
