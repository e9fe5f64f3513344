package io.rookery.linux.call;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.SigInfo;
import io.rookery.linux.kernel.SignalAction;
import io.rookery.linux.kernel.Signalling;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.kernel.WaitQueue;

/** Signals. */
public final class SignalCalls {
  private static final int SET_SIZE = 8;
  private static final int SIG_BLOCK = 0;
  private static final int SIG_UNBLOCK = 1;
  private static final int SIG_SETMASK = 2;

  private SignalCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(13, "rt_sigaction", SignalCalls::action, "int, ptr, ptr, size");
    t.row(14, "rt_sigprocmask", SignalCalls::mask, "int, ptr, ptr, size");
    t.row(15, "rt_sigreturn", (task, a, b, c, d, e, f) -> Signalling.returnFromHandler(task), "");
    t.row(34, "pause", (task, a, b, c, d, e, f) -> Signalling.pause(task), "");
    t.row(62, "kill", SignalCalls::kill, "int, int");
    t.row(127, "rt_sigpending", SignalCalls::pending, "ptr, size");
    t.row(128, "rt_sigtimedwait", SignalCalls::timedWait, "ptr, ptr, ptr, size");
    t.row(129, "rt_sigqueueinfo", SignalCalls::queueInfo, "int, int, ptr");
    t.row(130, "rt_sigsuspend", SignalCalls::suspend, "ptr, size");
    t.row(131, "sigaltstack", SignalCalls::altStack, "ptr, ptr");
    t.row(
        200,
        "tkill",
        (task, tid, signal, c, d, e, f) -> tkill(task, -1, (int) tid, (int) signal),
        "int, int");
    t.row(219, "restart_syscall", (task, a, b, c, d, e, f) -> Signalling.restart(task), "");
    t.row(
        234,
        "tgkill",
        (task, tgid, tid, signal, d, e, f) -> {
          if ((int) tgid <= 0) {
            throw Errno.EINVAL.exception();
          }
          return tkill(task, (int) tgid, (int) tid, (int) signal);
        },
        "int, int, int");
    t.row(297, "rt_tgsigqueueinfo", SignalCalls::threadQueueInfo, "int, int, int, ptr");
  }

  private static void checkSize(long size) {
    if (size != SET_SIZE) {
      throw Errno.EINVAL.exception();
    }
  }

  /** struct sigaction of the kernel: handler, flags, restorer, mask. */
  private static long action(
      Task task, long signal, long newAction, long oldAction, long size, long e, long f) {
    checkSize(size);
    UserMemory m = task.memory();
    SignalAction next = null;
    if (newAction != 0) {
      byte[] b = m.read(newAction, 32);
      next =
          new SignalAction(
              Bytes.getLong(b, 0), Bytes.getLong(b, 8), Bytes.getLong(b, 16), Bytes.getLong(b, 24));
    }
    int s = (int) signal;
    if (!Signals.isValid(s) || (next != null && (s == Signals.SIGKILL || s == Signals.SIGSTOP))) {
      throw Errno.EINVAL.exception();
    }
    SignalAction old = Signalling.action(task, s, next);
    if (oldAction != 0) {
      byte[] b = new byte[32];
      Bytes.putLong(b, 0, old.handler());
      Bytes.putLong(b, 8, old.flags());
      Bytes.putLong(b, 16, old.restorer());
      Bytes.putLong(b, 24, old.mask());
      m.write(oldAction, b);
    }
    return 0;
  }

  private static long mask(Task task, long how, long set, long oldSet, long size, long e, long f) {
    checkSize(size);
    long old = task.signalMask();
    if (set != 0) {
      long value = task.memory().getLong(set);
      task.setSignalMask(
          switch ((int) how) {
            case SIG_BLOCK -> old | value;
            case SIG_UNBLOCK -> old & ~value;
            case SIG_SETMASK -> value;
            default -> throw Errno.EINVAL.exception();
          });
    }
    if (oldSet != 0) {
      task.memory().putLong(oldSet, old);
    }
    return 0;
  }

  private static long pending(Task task, long set, long size, long c, long d, long e, long f) {
    if (size > SET_SIZE || size < 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] b = new byte[SET_SIZE];
    Bytes.putLong(b, 0, task.pendingSignals() & task.signalMask());
    task.memory().write(set, b, 0, (int) size);
    return 0;
  }

  private static long suspend(Task task, long set, long size, long c, long d, long e, long f) {
    checkSize(size);
    task.setTemporarySignalMask(task.memory().getLong(set));
    return Signalling.pause(task);
  }

  private static long timedWait(
      Task task, long set, long info, long timeout, long size, long e, long f) {
    checkSize(size);
    long wanted = task.memory().getLong(set);
    long deadline = WaitQueue.FOREVER;
    if (timeout != 0) {
      long nanos = TimeStructs.readTimespec(task.memory(), timeout);
      deadline = TimeStructs.saturatedAdd(task.kernel().clock().monotonicNanos(), nanos);
    }
    SigInfo got = Signalling.await(task, wanted, deadline);
    if (info != 0) {
      task.memory().write(info, got.toBytes());
    }
    return got.signal();
  }

  private static long altStack(
      Task task, long newStack, long oldStack, long c, long d, long e, long f) {
    UserMemory m = task.memory();
    byte[] next = newStack == 0 ? null : m.read(newStack, 24);
    byte[] old = new byte[24];
    Signalling.describeAltStack(task, old);
    if (next != null) {
      Signalling.setAltStack(
          task, Bytes.getLong(next, 0), Bytes.getInt(next, 8), Bytes.getLong(next, 16));
    }
    if (oldStack != 0) {
      m.write(oldStack, old);
    }
    return 0;
  }

  private static void checkSignal(long signal) {
    if ((int) signal < 0 || (int) signal > Signals.MAX) {
      throw Errno.EINVAL.exception();
    }
  }

  private static long kill(Task task, long pid, long signal, long c, long d, long e, long f) {
    checkSignal(signal);
    Signalling.kill(task, (int) pid, (int) signal);
    return 0;
  }

  private static long tkill(Task task, int process, int tid, int signal) {
    if (tid <= 0) {
      throw Errno.EINVAL.exception();
    }
    checkSignal(signal);
    SigInfo info =
        SigInfo.user(signal, SigInfo.SI_TKILL, task.process().pid(), task.credentials().uid());
    Signalling.toTask(task, process, tid, info);
    return 0;
  }

  private static SigInfo readInfo(Task task, int target, long signal, long info) {
    byte[] raw = task.memory().read(info, SigInfo.SIZE);
    SigInfo parsed = SigInfo.parse((int) signal, raw);
    checkSignal(signal);
    boolean forged = parsed.code() >= 0 || parsed.code() == SigInfo.SI_TKILL;
    if (forged && target != task.process().pid()) {
      throw Errno.EPERM.exception();
    }
    return parsed;
  }

  private static long queueInfo(
      Task task, long pid, long signal, long info, long d, long e, long f) {
    SigInfo parsed = readInfo(task, (int) pid, signal, info);
    Signalling.toProcess(task, (int) pid, parsed);
    return 0;
  }

  private static long threadQueueInfo(
      Task task, long pid, long tid, long signal, long info, long e, long f) {
    if ((int) pid <= 0 || (int) tid <= 0) {
      throw Errno.EINVAL.exception();
    }
    SigInfo parsed = readInfo(task, (int) pid, signal, info);
    Signalling.toTask(task, (int) pid, (int) tid, parsed);
    return 0;
  }
}
