package io.rookery.linux.call;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.PidFile;
import io.rookery.linux.kernel.ProcessInode;
import io.rookery.linux.kernel.SigInfo;
import io.rookery.linux.kernel.Signalling;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.OpenFlags;

/** Descriptors that stand for processes. */
public final class PidfdCalls {
  private PidfdCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(424, "pidfd_send_signal", PidfdCalls::sendSignal, "int, int, ptr, flags");
    t.row(434, "pidfd_open", PidfdCalls::open, "int, flags");
    t.row(438, "pidfd_getfd", PidfdCalls::getFd, "int, int, flags");
  }

  /** The process behind a descriptor, or EBADF. */
  static ThreadGroup process(Task task, int fd) {
    if (task.files().get(fd) instanceof PidFile f) {
      return f.process();
    }
    throw Errno.EBADF.exception();
  }

  private static long open(Task task, long pid, long flags, long c, long d, long e, long f) {
    if (((int) flags & ~OpenFlags.O_NONBLOCK) != 0 || (int) pid <= 0) {
      throw Errno.EINVAL.exception();
    }
    ThreadGroup p = task.kernel().pids().process((int) pid);
    if (p == null) {
      throw (task.kernel().pids().task((int) pid) == null ? Errno.ESRCH : Errno.EINVAL).exception();
    }
    return task.files().install(new PidFile(task.kernel().vfs(), p, (int) flags), true);
  }

  private static long sendSignal(
      Task task, long fd, long signal, long info, long flags, long e, long f) {
    int number = (int) signal;
    if (flags != 0 || number < 0 || number > Signals.MAX) {
      throw Errno.EINVAL.exception();
    }
    ThreadGroup p =
        task.files().get((int) fd).inode() instanceof ProcessInode proc
            ? proc.process()
            : process(task, (int) fd);
    SigInfo sent =
        SigInfo.user(number, SigInfo.SI_USER, task.process().pid(), task.credentials().uid());
    if (info != 0) {
      byte[] raw = task.memory().read(info, SigInfo.SIZE);
      sent = SigInfo.parse(number, raw);
      if (Bytes.getInt(raw, 0) != number) {
        throw Errno.EINVAL.exception();
      }
      if (sent.code() >= 0 && p != task.process()) {
        throw Errno.EPERM.exception();
      }
    }
    if (task.kernel().pids().process(p.pid()) != p) {
      throw Errno.ESRCH.exception();
    }
    Signalling.toProcess(task, p.pid(), sent);
    return 0;
  }

  private static long getFd(Task task, long fd, long target, long flags, long d, long e, long f) {
    if (flags != 0) {
      throw Errno.EINVAL.exception();
    }
    ThreadGroup p = process(task, (int) fd);
    Task of = p.mainTask();
    if (of == null) {
      throw Errno.ESRCH.exception();
    }
    checkTraceable(task, of);
    FileDescription file = of.files().get((int) target);
    return task.files().install(file, true);
  }

  /** What ptrace_may_access asks: the same user, or the capability. */
  static void checkTraceable(Task task, Task of) {
    Credentials own = task.credentials();
    Credentials other = of.credentials();
    boolean same =
        own.uid() == other.uid()
            && own.uid() == other.euid()
            && own.uid() == other.suid()
            && own.gid() == other.gid()
            && own.gid() == other.egid()
            && own.gid() == other.sgid();
    boolean allowed = task.process() == of.process() || (same && of.process().dumpable() == 1);
    if (!allowed && !own.capable(Capability.SYS_PTRACE)) {
      throw Errno.EPERM.exception();
    }
  }
}
