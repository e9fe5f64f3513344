package io.rookery.linux.tty;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.ProcessGroup;
import io.rookery.linux.kernel.Session;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.kernel.UserMemory;

/** The requests of tty_ioctl(2). */
final class TtyIoctl {
  private static final int TCGETS = 0x5401;
  private static final int TCSETS = 0x5402;
  private static final int TCSETSW = 0x5403;
  private static final int TCSETSF = 0x5404;
  private static final int TCGETA = 0x5405;
  private static final int TCSETA = 0x5406;
  private static final int TCSETAW = 0x5407;
  private static final int TCSETAF = 0x5408;
  private static final int TCSBRK = 0x5409;
  private static final int TCXONC = 0x540A;
  private static final int TCFLSH = 0x540B;
  private static final int TIOCEXCL = 0x540C;
  private static final int TIOCNXCL = 0x540D;
  private static final int TIOCSCTTY = 0x540E;
  private static final int TIOCGPGRP = 0x540F;
  private static final int TIOCSPGRP = 0x5410;
  private static final int TIOCOUTQ = 0x5411;
  private static final int TIOCSTI = 0x5412;
  private static final int TIOCGWINSZ = 0x5413;
  private static final int TIOCSWINSZ = 0x5414;
  private static final int FIONREAD = 0x541B;
  private static final int TIOCNOTTY = 0x5422;
  private static final int TIOCSETD = 0x5423;
  private static final int TIOCGETD = 0x5424;
  private static final int TCSBRKP = 0x5425;
  private static final int TIOCGSID = 0x5429;
  private static final int TCGETS2 = 0x802C542A;
  private static final int TCSETS2 = 0x402C542B;
  private static final int TCSETSW2 = 0x402C542C;
  private static final int TCSETSF2 = 0x402C542D;
  private static final int TIOCGDEV = 0x80045432;
  private static final int TIOCGPTN = 0x80045430;
  private static final int TIOCSPTLCK = 0x40045431;
  private static final int TIOCSIG = 0x40045436;
  private static final int TIOCGPTLCK = 0x80045439;

  private TtyIoctl() {}

  static long slave(Task t, Tty tty, int request, long arg) {
    UserMemory m = t.memory();
    switch (request) {
      case TCSETS,
          TCSETSW,
          TCSETSF,
          TCSETA,
          TCSETAW,
          TCSETAF,
          TCSETS2,
          TCSETSW2,
          TCSETSF2,
          TCXONC,
          TCFLSH ->
          tty.requireForeground(t, Signals.SIGTTOU);
      default -> {}
    }
    switch (request) {
      case TIOCSCTTY -> takeControlling(t, tty, arg);
      case TIOCNOTTY -> tty.release(t);
      case TIOCGPGRP -> {
        requireControlling(t, tty);
        m.putInt(arg, tty.foregroundGroup());
      }
      case TIOCGSID -> {
        requireControlling(t, tty);
        m.putInt(arg, t.process().session().id());
      }
      // What was written is at the other side at once: there is nothing to wait for.
      case TCSBRK, TCSBRKP -> tty.requireForeground(t, Signals.SIGTTOU);
      case TIOCOUTQ -> m.putInt(arg, 0);
      case FIONREAD -> m.putInt(arg, tty.available());
      case TIOCSTI -> {
        if (t.process().session().terminal() != tty
            && !t.credentials().capable(Capability.SYS_ADMIN)) {
          throw Errno.EPERM.exception();
        }
        tty.input(new byte[] {m.getByte(arg)}, 0, 1);
      }
      default -> {
        return common(t, tty, request, arg);
      }
    }
    return 0;
  }

  static long master(Task t, Tty tty, int request, long arg) {
    UserMemory m = t.memory();
    switch (request) {
      case TIOCGPTN -> m.putInt(arg, tty.index());
      case TIOCSPTLCK -> tty.setLocked(m.getInt(arg) != 0);
      case TIOCGPTLCK -> m.putInt(arg, tty.locked() ? 1 : 0);
      case TIOCGPGRP -> m.putInt(arg, tty.foregroundGroup());
      case FIONREAD -> m.putInt(arg, tty.outputPending());
      case TIOCOUTQ -> m.putInt(arg, 0);
      case TIOCSIG -> {
        ProcessGroup g = t.kernel().pids().group(tty.foregroundGroup());
        if (arg < 1 || arg > Signals.MAX) {
          throw Errno.EINVAL.exception();
        }
        if (g != null) {
          g.signal((int) arg);
        }
      }
      default -> {
        return common(t, tty, request, arg);
      }
    }
    return 0;
  }

  /** What both sides know: settings and window size are the terminal's. */
  private static long common(Task t, Tty tty, int request, long arg) {
    UserMemory m = t.memory();
    switch (request) {
      case TCGETS -> m.write(arg, tty.termios().toBytes(false));
      case TCGETS2 -> m.write(arg, tty.termios().toBytes(true));
      case TCGETA -> m.write(arg, tty.termios().toOldBytes());
      case TCSETS, TCSETSW, TCSETSF ->
          tty.setTermios(Termios.of(m.read(arg, Termios.SIZE)), request == TCSETSF);
      case TCSETS2, TCSETSW2, TCSETSF2 ->
          tty.setTermios(Termios.of(m.read(arg, Termios.SIZE2)), request == TCSETSF2);
      case TCSETA, TCSETAW, TCSETAF ->
          tty.setTermios(
              tty.termios().withOldBytes(m.read(arg, Termios.SIZE_OLD)), request == TCSETAF);
      case TCXONC -> {
        if (arg < 0 || arg > 3) {
          throw Errno.EINVAL.exception();
        }
        if (arg < 2) {
          tty.flow(arg == 0);
        }
      }
      case TCFLSH -> {
        if (arg < 0 || arg > 2) {
          throw Errno.EINVAL.exception();
        }
        if (arg != 1) {
          tty.flushInput();
        }
        if (arg != 0) {
          tty.flushOutput();
        }
      }
      case TIOCEXCL -> tty.setExclusive(true);
      case TIOCNXCL -> tty.setExclusive(false);
      case TIOCSPGRP -> setForeground(t, tty, m.getInt(arg));
      case TIOCGWINSZ -> {
        WindowSize s = tty.size();
        m.putShort(arg, (short) s.rows());
        m.putShort(arg + 2, (short) s.columns());
        m.putShort(arg + 4, (short) s.width());
        m.putShort(arg + 6, (short) s.height());
      }
      case TIOCSWINSZ ->
          tty.setSize(
              new WindowSize(
                  m.getShort(arg) & 0xffff,
                  m.getShort(arg + 2) & 0xffff,
                  m.getShort(arg + 4) & 0xffff,
                  m.getShort(arg + 6) & 0xffff));
      case TIOCGETD -> m.putInt(arg, 0);
      case TIOCSETD -> {
        if (m.getInt(arg) != 0) {
          throw Errno.EINVAL.exception();
        }
      }
      case TIOCGDEV -> m.putInt(arg, (int) tty.device());
      default -> throw Errno.ENOTTY.exception();
    }
    return 0;
  }

  private static void requireControlling(Task t, Tty tty) {
    if (t.process().session().terminal() != tty) {
      throw Errno.ENOTTY.exception();
    }
  }

  private static void takeControlling(Task t, Tty tty, long force) {
    ThreadGroup p = t.process();
    Session s = p.session();
    if (s.terminal() == tty) {
      return;
    }
    if (s.id() != p.pid() || s.terminal() != null) {
      throw Errno.EPERM.exception();
    }
    if (tty.ownedByOther(s)) {
      if (force != 1 || !t.credentials().capable(Capability.SYS_ADMIN)) {
        throw Errno.EPERM.exception();
      }
    }
    tty.takeAsControlling(t);
  }

  private static void setForeground(Task t, Tty tty, int group) {
    requireControlling(t, tty);
    if (group < 0) {
      throw Errno.EINVAL.exception();
    }
    tty.requireForeground(t, Signals.SIGTTOU);
    ProcessGroup g = t.kernel().pids().group(group);
    if (g == null) {
      throw Errno.ESRCH.exception();
    }
    if (g.session() != t.process().session()) {
      throw Errno.EPERM.exception();
    }
    tty.setForegroundGroup(group);
  }
}
