package io.rookery.linux.kernel;

import io.rookery.cpu.ir.Reg;
import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.RestoredFrame;
import io.rookery.linux.abi.SignalFrame32;
import io.rookery.linux.abi.SignalFrame64;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The system calls about signals, their arguments unpacked. */
public final class Signalling {
  private Signalling() {}

  // ---- sending ----

  /** Whether one process may send another a signal (kill(2)); throws EPERM. */
  private static void checkPermission(Task from, ThreadGroup to, int signal) {
    Credentials a = from.credentials();
    Credentials b = to.credentials();
    boolean allowed =
        from.process() == to
            || a.euid() == b.suid()
            || a.euid() == b.uid()
            || a.uid() == b.suid()
            || a.uid() == b.uid()
            || a.capable(Capability.KILL)
            || (signal == Signals.SIGCONT && from.process().session() == to.session());
    if (!allowed) {
      throw Errno.EPERM.exception();
    }
  }

  private static void send(Task from, ThreadGroup to, SigInfo info) {
    checkPermission(from, to, info.signal());
    if (info.signal() != 0 && !to.isZombie() && !to.signal(info) && info.code() < 0) {
      throw Errno.EAGAIN.exception();
    }
  }

  /** kill(2); signal 0 only checks. */
  public static void kill(Task from, int pid, int signal) {
    SigInfo info =
        SigInfo.user(signal, SigInfo.SI_USER, from.process().pid(), from.credentials().uid());
    if (pid > 0) {
      toProcess(from, pid, info);
      return;
    }
    synchronized (from.kernel().processLock()) { // so that no child is born unseen meanwhile
      killMany(from, pid, info);
    }
  }

  private static void killMany(Task from, int pid, SigInfo info) {
    List<ThreadGroup> targets;
    if (pid == -1) {
      targets = from.kernel().pids().processes();
      targets.removeIf(p -> p.isInit() || p == from.process());
    } else {
      int id = pid == 0 ? from.process().group().id() : -pid;
      ProcessGroup group = id < 0 ? null : from.kernel().pids().group(id);
      targets = group == null ? List.of() : group.members();
    }
    ErrnoException failure = Errno.ESRCH.exception();
    boolean sent = false;
    for (ThreadGroup p : targets) {
      try {
        send(from, p, info);
        sent = true;
      } catch (ErrnoException e) {
        failure = e;
      }
    }
    if (!sent) {
      throw failure;
    }
  }

  /** Sends a signal to a process by its id. */
  public static void toProcess(Task from, int pid, SigInfo info) {
    PidTable pids = from.kernel().pids();
    ThreadGroup target = pids.process(pid);
    if (target == null) {
      Task thread = pids.task(pid);
      target = thread == null ? null : thread.process();
    }
    if (target == null) {
      throw Errno.ESRCH.exception();
    }
    send(from, target, info);
  }

  /**
   * Sends a signal to a thread.
   *
   * @param process the process that it must belong to, or -1
   */
  public static void toTask(Task from, int process, int tid, SigInfo info) {
    Task target = from.kernel().pids().task(tid);
    if (target == null || (process != -1 && target.process().pid() != process)) {
      throw Errno.ESRCH.exception();
    }
    checkPermission(from, target.process(), info.signal());
    if (info.signal() != 0 && !target.process().signals().send(info, target)) {
      throw Errno.EAGAIN.exception();
    }
  }

  // ---- receiving ----

  /** rt_sigaction(2): sets an action unless {@code next} is null; returns the old one. */
  public static SignalAction action(Task t, int signal, @Nullable SignalAction next) {
    ProcessSignals signals = t.process().signals();
    SignalAction old =
        next == null
            ? signals.actions().get(signal)
            : signals.setAction(
                signal,
                new SignalAction(
                    next.handler(),
                    next.flags() & SignalAction.KNOWN_FLAGS
                        | (t.inCall32() ? SignalAction.SA_IA32_ABI : 0),
                    next.restorer(),
                    next.mask() & ~Signals.UNMASKABLE));
    return new SignalAction(
        old.handler(), old.flags() & ~SignalAction.SA_IA32_ABI, old.restorer(), old.mask());
  }

  /** pause(2) and the wait of rt_sigsuspend(2). */
  public static long pause(Task t) {
    try {
      t.process().signals().arrival().await(t, () -> false, WaitQueue.FOREVER);
    } catch (ErrnoException e) {
      throw e.errno() == Errno.ERESTARTSYS ? Errno.ERESTARTNOHAND.exception() : e;
    }
    throw new IllegalStateException("an endless wait ended");
  }

  /** rt_sigtimedwait(2): EAGAIN at the deadline, EINTR when another signal came. */
  public static SigInfo await(Task t, long wanted, long deadline) {
    long set = wanted & ~Signals.UNMASKABLE;
    SigInfo first = t.takeSignal(set);
    if (first != null) {
      return first;
    }
    // While it waits the task takes the signals itself, so they must choose it.
    t.process().signals().beginWait(t, set);
    @Nullable SigInfo[] got = new @Nullable SigInfo[1];
    try {
      boolean arrived =
          t.process()
              .signals()
              .arrival()
              .await(t, () -> (got[0] = t.takeSignal(set)) != null, deadline);
      if (!arrived) {
        throw Errno.EAGAIN.exception();
      }
      return Objects.requireNonNull(got[0]);
    } catch (ErrnoException e) {
      throw e.errno() == Errno.ERESTARTSYS ? Errno.EINTR.exception() : e;
    } finally {
      t.process().signals().endWait(t);
    }
  }

  /** rt_sigreturn(2) of 64-bit programs. */
  public static long returnFromHandler(Task t) {
    return returnFrom(t, () -> SignalFrame64.pop(t.memory(), t.cpu()));
  }

  /** sigreturn(2) and rt_sigreturn(2) of 32-bit programs. */
  public static long returnFromHandler32(Task t, boolean withInfo) {
    return returnFrom(t, () -> SignalFrame32.pop(t.memory(), t.cpu(), withInfo));
  }

  private static long returnFrom(Task t, Supplier<RestoredFrame> frame) {
    try {
      RestoredFrame r = frame.get();
      t.restartBlock = null; // a handler ran: the call failed with EINTR
      t.setSignalMask(r.mask());
      if (r.stackKnown()) {
        AltStack s = new AltStack(r.stackPointer(), r.stackSize(), r.stackFlags());
        t.altStack = s.disabled() ? AltStack.DISABLED : s.withoutState();
      }
      t.setStateReplaced();
    } catch (ErrnoException e) {
      t.process().signals().force(SigInfo.kernel(Signals.SIGSEGV), t, false);
    }
    return 0;
  }

  /** restart_syscall(2). */
  public static long restart(Task t) {
    RestartBlock block = t.restartBlock;
    t.restartBlock = null;
    if (block == null) {
      throw Errno.EINTR.exception();
    }
    return block.restart(t);
  }

  // ---- the signal stack ----

  /** Fills a stack_t of 24 bytes. */
  public static void describeAltStack(Task t, byte[] to) {
    AltStack s = t.altStack;
    boolean on = s.contains(t.cpu().r[Reg.RSP]) && !s.autoDisarm();
    Bytes.putLong(to, 0, s.pointer());
    Bytes.putInt(
        to,
        8,
        (s.disabled() ? AltStack.SS_DISABLE : on ? AltStack.SS_ONSTACK : 0)
            | (s.flags() & AltStack.SS_AUTODISARM));
    Bytes.putLong(to, 16, s.size());
  }

  /** sigaltstack(2). */
  public static void setAltStack(Task t, long pointer, int flags, long size) {
    AltStack old = t.altStack;
    if (old.contains(t.cpu().r[Reg.RSP]) && !old.autoDisarm()) {
      throw Errno.EPERM.exception();
    }
    int mode = flags & ~AltStack.SS_AUTODISARM;
    switch (mode) {
      case AltStack.SS_DISABLE -> t.altStack = new AltStack(0, 0, flags & AltStack.SS_AUTODISARM);
      case 0, AltStack.SS_ONSTACK -> {
        if (Long.compareUnsigned(size, AltStack.MINIMUM) < 0) {
          throw Errno.ENOMEM.exception();
        }
        t.altStack = new AltStack(pointer, size, flags & AltStack.SS_AUTODISARM);
      }
      default -> throw Errno.EINVAL.exception();
    }
  }
}
