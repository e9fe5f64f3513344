package io.rookery.linux.kernel;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Reg;
import io.rookery.linux.abi.HandlerFrame;
import io.rookery.linux.abi.SignalFrame32;
import io.rookery.linux.abi.SignalFrame64;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;

/** What happens between a system call or poll and the guest's next instruction. */
final class SignalDelivery {
  private static final System.Logger LOG = System.getLogger(SignalDelivery.class.getName());
  private static final int RESTART_SYSCALL = 219;
  private static final int RESTART_SYSCALL_32 = 0;
  private static final int SYSCALL_BYTES = 2;

  private SignalDelivery() {}

  /** Handles what is pending. Returns when the task may run guest code, or is to exit. */
  static void deliver(Task t) {
    while (!t.exiting()) {
      if (t.stopRequested) {
        t.process().signals().stop(t);
        continue;
      }
      ProcessSignals.Delivery d = t.process().signals().next(t);
      if (d == null) {
        break;
      }
      int signal = d.info().signal();
      SignalAction action = d.action();
      if (action.caught()) {
        prepareRestart(t, action);
        runHandler(t, d.info(), action);
      } else if (!action.ignores(signal)) {
        applyDefault(t, d.info());
      }
    }
    if (!t.exiting()) {
      restart(t);
      t.restoreSignalMask();
    }
  }

  private static void applyDefault(Task t, SigInfo info) {
    int signal = info.signal();
    ThreadGroup p = t.process();
    if ((Signals.STOP & Signals.bit(signal)) == 0) {
      if ((Signals.SYNCHRONOUS & Signals.bit(signal)) != 0) {
        LOG.log(
            System.Logger.Level.DEBUG,
            "{0} dies of {1} (code {2}, address 0x{3}) at rip 0x{4}",
            t,
            Signals.name(signal),
            info.code(),
            Long.toHexString(info.address()),
            Long.toHexString(t.cpu().rip));
      }
      p.startExit(ExitStatus.killed(signal));
    } else if (signal == Signals.SIGSTOP || !p.group().isOrphaned()) {
      p.signals().beginStop(signal);
    }
  }

  /** A handler is going to run: decides whether the interrupted call starts again after it. */
  private static void prepareRestart(Task t, SignalAction action) {
    int error = t.restartError;
    if (error == 0) {
      return;
    }
    t.restartError = 0;
    if (error == Errno.ERESTARTNOINTR.number()
        || (error == Errno.ERESTARTSYS.number() && action.has(SignalAction.SA_RESTART))) {
      again(t, t.restartNumber);
    } else {
      CpuState cpu = t.cpu();
      cpu.r[Reg.RAX] = cpu.longMode ? -Errno.EINTR.number() : -Errno.EINTR.number() & 0xffffffffL;
    }
  }

  /** No handler ran: interrupted calls start again. */
  private static void restart(Task t) {
    int error = t.restartError;
    if (error != 0) {
      t.restartError = 0;
      int restart = t.restart32 ? RESTART_SYSCALL_32 : RESTART_SYSCALL;
      again(t, error == Errno.ERESTART_RESTARTBLOCK.number() ? restart : t.restartNumber);
    }
  }

  private static void again(Task t, long number) {
    CpuState cpu = t.cpu();
    cpu.r[Reg.RAX] = number;
    cpu.rip -= SYSCALL_BYTES;
  }

  private static void runHandler(Task t, SigInfo info, SignalAction action) {
    int signal = info.signal();
    try {
      AltStack stack = t.altStack;
      long sp = t.cpu().r[Reg.RSP];
      boolean switches =
          action.has(SignalAction.SA_ONSTACK) && !stack.disabled() && !stack.contains(sp);
      boolean compat = action.has(SignalAction.SA_IA32_ABI);
      long below = compat ? sp : sp - SignalFrame64.RED_ZONE;
      long top = switches ? stack.pointer() + stack.size() : below;
      int stackFlags = stack.disabled() ? AltStack.SS_DISABLE : stack.contains(sp) ? 1 : 0;
      long lowest = !switches && stack.contains(sp) ? stack.pointer() : 0;
      HandlerFrame frame =
          new HandlerFrame(
              top,
              lowest,
              info.toBytes(),
              action.handler(),
              !compat || action.has(SignalAction.SA_RESTORER) ? action.restorer() : 0,
              t.maskForFrame(),
              stack.pointer(),
              stack.size(),
              stackFlags | (stack.flags() & AltStack.SS_AUTODISARM),
              t.trapNumber,
              t.trapError,
              t.faultAddress);
      if (compat) {
        SignalFrame32.push(t.memory(), t.cpu(), frame, action.has(SignalAction.SA_SIGINFO));
      } else {
        SignalFrame64.push(t.memory(), t.cpu(), frame);
      }
      if (stack.autoDisarm()) {
        t.altStack = AltStack.DISABLED;
      }
    } catch (ErrnoException e) {
      // The stack cannot hold the frame: SIGSEGV, and no second try for SIGSEGV itself.
      t.process().signals().force(SigInfo.kernel(Signals.SIGSEGV), t, signal == Signals.SIGSEGV);
      return;
    }
    long mask = t.blocked | action.mask();
    t.setSignalMask(action.has(SignalAction.SA_NODEFER) ? mask : mask | Signals.bit(signal));
  }
}
