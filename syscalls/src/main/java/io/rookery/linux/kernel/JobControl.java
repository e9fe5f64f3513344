package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;

/** Process groups and sessions (setpgid(2), setsid(2)). */
public final class JobControl {
  private JobControl() {}

  /** The process that has the thread, or that has ended with this id. */
  private static ThreadGroup find(Task t, int id) {
    Task of = t.kernel().pids().task(id);
    ThreadGroup p =
        id == 0 ? t.process() : of != null ? of.process() : t.kernel().pids().process(id);
    if (p == null) {
      throw Errno.ESRCH.exception();
    }
    return p;
  }

  /** getpgid(2). */
  public static int group(Task t, int pid) {
    return find(t, pid).group().id();
  }

  /** getsid(2). */
  public static int session(Task t, int pid) {
    return find(t, pid).session().id();
  }

  /** setpgid(2). */
  public static void setGroup(Task t, int pid, int groupId) {
    if (groupId < 0 || (groupId == 0 && pid < 0)) {
      throw Errno.EINVAL.exception();
    }
    ThreadGroup self = t.process();
    Kernel kernel = t.kernel();
    synchronized (kernel.processLock()) {
      ThreadGroup p = find(t, pid);
      if (pid != 0 && pid != p.pid()) {
        throw Errno.EINVAL.exception();
      }
      int id = groupId == 0 ? p.pid() : groupId;
      if (p != self) {
        if (p.parent() != self) {
          throw Errno.ESRCH.exception();
        }
        if (p.session() != self.session()) {
          throw Errno.EPERM.exception();
        }
        if (p.hasExecuted()) {
          throw Errno.EACCES.exception();
        }
      }
      if (p.session().id() == p.pid()) {
        throw Errno.EPERM.exception();
      }
      ProcessGroup group = kernel.pids().group(id);
      if (id != p.pid() && (group == null || group.session() != self.session())) {
        throw Errno.EPERM.exception();
      }
      if (group == null) {
        group = new ProcessGroup(kernel, id, p.session());
        kernel.pids().add(group);
      }
      p.setGroup(group);
    }
  }

  /** setsid(2): a new session without a terminal; EPERM for group leaders. */
  public static int newSession(Task t) {
    ThreadGroup p = t.process();
    Kernel kernel = t.kernel();
    synchronized (kernel.processLock()) {
      if (kernel.pids().group(p.pid()) != null) {
        throw Errno.EPERM.exception();
      }
      Session session = new Session(p.pid());
      ProcessGroup group = new ProcessGroup(kernel, p.pid(), session);
      kernel.pids().add(session);
      kernel.pids().add(group);
      p.setGroup(group);
    }
    return p.pid();
  }
}
