package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Resource;
import io.rookery.linux.kernel.ResourceLimits;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.kernel.UserMemory;

/** Resource limits. */
public final class LimitCalls {
  private static final Resource[] RESOURCES = Resource.values();

  private LimitCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(
        97,
        "getrlimit",
        (task, resource, to, c, d, e, f) -> {
          put(task.memory(), to, task.process().limits(), resource(resource));
          return 0;
        },
        "int, ptr");
    t.row(
        160,
        "setrlimit",
        (task, resource, from, c, d, e, f) -> {
          UserMemory m = task.memory();
          long soft = m.getLong(from);
          long hard = m.getLong(from + 8);
          set(task, task.process(), resource(resource), soft, hard);
          return 0;
        },
        "int, ptr");
    t.row(
        302,
        "prlimit64",
        (task, pid, resource, from, to, e, f) -> limit(task, (int) pid, resource, from, to),
        "int, int, ptr, ptr");
  }

  private static Resource resource(long number) {
    if ((int) number < 0 || (int) number >= RESOURCES.length) {
      throw Errno.EINVAL.exception();
    }
    return RESOURCES[(int) number];
  }

  private static void put(UserMemory m, long to, ResourceLimits limits, Resource r) {
    m.putLong(to, limits.soft(r));
    m.putLong(to + 8, limits.hard(r));
  }

  private static long limit(Task task, int pid, long resource, long from, long to) {
    UserMemory m = task.memory();
    long soft = from == 0 ? 0 : m.getLong(from);
    long hard = from == 0 ? 0 : m.getLong(from + 8);
    ThreadGroup of = task.process();
    if (pid != 0 && pid != of.pid()) {
      Task other = task.kernel().pids().task(pid);
      if (other == null) {
        throw Errno.ESRCH.exception();
      }
      checkAccess(task.credentials(), other.credentials());
      of = other.process();
    }
    Resource r = resource(resource);
    ResourceLimits old = of.limits().copy();
    if (from != 0) {
      set(task, of, r, soft, hard);
    }
    if (to != 0) {
      put(m, to, old, r);
    }
    return 0;
  }

  private static void checkAccess(Credentials own, Credentials other) {
    boolean same =
        own.uid() == other.uid()
            && own.uid() == other.euid()
            && own.uid() == other.suid()
            && own.gid() == other.gid()
            && own.gid() == other.egid()
            && own.gid() == other.sgid();
    if (!same && !own.capable(Capability.SYS_RESOURCE)) {
      throw Errno.EPERM.exception();
    }
  }

  private static void set(Task task, ThreadGroup of, Resource r, long soft, long hard) {
    if (Long.compareUnsigned(soft, hard) > 0) {
      throw Errno.EINVAL.exception();
    }
    int mostFiles = task.kernel().limits().openFiles();
    if ((r == Resource.NOFILE && Long.compareUnsigned(hard, mostFiles) > 0)
        || (Long.compareUnsigned(hard, of.limits().hard(r)) > 0
            && !task.credentials().capable(Capability.SYS_RESOURCE))) {
      throw Errno.EPERM.exception();
    }
    of.setLimit(r, soft, hard);
  }
}
