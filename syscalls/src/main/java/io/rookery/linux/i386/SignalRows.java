package io.rookery.linux.i386;

import static io.rookery.linux.i386.Argument.PLAIN;
import static io.rookery.linux.i386.Argument.in;
import static io.rookery.linux.i386.Argument.out;

import io.rookery.linux.abi.SigInfo32;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.SignalAction;
import io.rookery.linux.kernel.Signalling;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;

/** Signals: siginfo, actions and stacks of another layout, and the calls with masks of 32 bits. */
final class SignalRows {
  /** A siginfo that the handler writes. */
  static final Argument INFO_OUT =
      (call, value) -> {
        if (value == 0) {
          return 0;
        }
        long wide = call.memory().allocate(SigInfo32.SIZE);
        return call.written(
            wide,
            SigInfo32.SIZE,
            () ->
                call.memory()
                    .write(value, SigInfo32.narrow(call.memory().read(wide, SigInfo32.SIZE))));
      };

  private static final Argument INFO_IN =
      (call, value) -> {
        long wide = call.memory().allocate(SigInfo32.SIZE);
        call.memory().write(wide, SigInfo32.widen(call.memory().read(value, SigInfo32.SIZE)));
        return wide;
      };

  private static final long LOW = 0xffffffffL;
  private static final int SIG_BLOCK = 0;
  private static final int SIG_UNBLOCK = 1;
  private static final int SIG_SETMASK = 2;

  private SignalRows() {}

  static void register(Rows r) {
    r.with(174, "rt_sigaction", "rt_sigaction", PLAIN, in(Struct.SIGACTION), out(Struct.SIGACTION));
    r.with(177, "rt_sigtimedwait", "rt_sigtimedwait", PLAIN, INFO_OUT, in(Struct.TIMESPEC));
    r.with(
        421, "rt_sigtimedwait_time64", "rt_sigtimedwait", PLAIN, INFO_OUT, in(Struct.TIMESPEC64));
    r.with(178, "rt_sigqueueinfo", "rt_sigqueueinfo", PLAIN, PLAIN, INFO_IN);
    r.with(335, "rt_tgsigqueueinfo", "rt_tgsigqueueinfo", PLAIN, PLAIN, PLAIN, INFO_IN);
    r.with(
        424,
        "pidfd_send_signal",
        "pidfd_send_signal",
        PLAIN,
        PLAIN,
        (call, value) -> value == 0 ? 0 : INFO_IN.convert(call, value));
    r.with(186, "sigaltstack", "sigaltstack", in(Struct.STACK), out(Struct.STACK));
    r.own(
        173, "rt_sigreturn", (t, a, b, c, d, e, f) -> Signalling.returnFromHandler32(t, true), "");
    r.own(119, "sigreturn", (t, a, b, c, d, e, f) -> Signalling.returnFromHandler32(t, false), "");
    r.own(48, "signal", SignalRows::signal, "int, ptr");
    r.own(67, "sigaction", SignalRows::action, "int, ptr, ptr");
    r.own(68, "sgetmask", (t, a, b, c, d, e, f) -> t.signalMask() & LOW, "");
    r.own(69, "ssetmask", (t, mask, b, c, d, e, f) -> setMask(t, mask), "flags");
    r.own(
        72,
        "sigsuspend",
        (t, a, b, mask, d, e, f) -> {
          t.setTemporarySignalMask(mask);
          return Signalling.pause(t);
        },
        "int, int, flags");
    r.own(
        73,
        "sigpending",
        (t, set, b, c, d, e, f) -> {
          t.memory().putInt(set, (int) (t.pendingSignals() & t.signalMask()));
          return 0;
        },
        "ptr");
    r.own(126, "sigprocmask", SignalRows::mask, "int, ptr, ptr");
  }

  private static long setMask(Task t, long mask) {
    long old = t.signalMask() & LOW;
    t.setSignalMask(mask);
    return old;
  }

  private static SignalAction install(Task t, long signal, SignalAction next) {
    int s = (int) signal;
    if (!Signals.isValid(s) || s == Signals.SIGKILL || s == Signals.SIGSTOP) {
      throw Errno.EINVAL.exception();
    }
    return Signalling.action(t, s, next);
  }

  private static long signal(Task t, long signal, long handler, long c, long d, long e, long f) {
    long flags = SignalAction.SA_RESETHAND | SignalAction.SA_NODEFER;
    return install(t, signal, new SignalAction(handler, flags, 0, 0)).handler();
  }

  /** struct old_sigaction: handler, mask, flags, restorer. */
  private static long action(Task t, long signal, long next, long old, long d, long e, long f) {
    UserMemory m = t.memory();
    SignalAction before;
    if (next == 0) {
      if (!Signals.isValid((int) signal)) {
        throw Errno.EINVAL.exception();
      }
      before = Signalling.action(t, (int) signal, null);
    } else {
      before =
          install(
              t,
              signal,
              new SignalAction(
                  m.getInt(next) & LOW,
                  m.getInt(next + 8) & LOW,
                  m.getInt(next + 12) & LOW,
                  m.getInt(next + 4) & LOW));
    }
    if (old != 0) {
      m.putInt(old, (int) before.handler());
      m.putInt(old + 4, (int) before.mask());
      m.putInt(old + 8, (int) before.flags());
      m.putInt(old + 12, (int) before.restorer());
    }
    return 0;
  }

  /** Only the low 32 signals of the mask change. */
  private static long mask(Task t, long how, long set, long old, long d, long e, long f) {
    long before = t.signalMask();
    if (set != 0) {
      long value = t.memory().getInt(set) & LOW;
      t.setSignalMask(
          switch ((int) how) {
            case SIG_BLOCK -> before | value;
            case SIG_UNBLOCK -> before & ~value;
            case SIG_SETMASK -> before & ~LOW | value;
            default -> throw Errno.EINVAL.exception();
          });
    }
    if (old != 0) {
      t.memory().putInt(old, (int) before);
    }
    return 0;
  }
}
