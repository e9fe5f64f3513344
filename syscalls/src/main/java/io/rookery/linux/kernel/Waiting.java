package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;
import org.jspecify.annotations.Nullable;

/** Waiting for children (wait4(2), waitid(2)). */
public final class Waiting {
  public static final int WNOHANG = 1;
  public static final int WSTOPPED = 2;
  public static final int WEXITED = 4;
  public static final int WCONTINUED = 8;
  public static final int WNOWAIT = 0x01000000;
  public static final int WNOTHREAD = 0x20000000;
  public static final int WALL = 0x40000000;
  public static final int WCLONE = 0x80000000;

  /** Which children are meant. */
  public enum Who {
    ANY,
    PID,
    GROUP
  }

  /**
   * A child's change of state.
   *
   * @param code CLD_ value
   * @param status exit code or signal
   */
  public record Event(int pid, int uid, int code, int status, CpuTimes times) {
    /** As wait4 stores it. */
    public int waitStatus() {
      return switch (code) {
        case SigInfo.CLD_EXITED -> status << 8;
        case SigInfo.CLD_STOPPED -> status << 8 | 0x7f;
        case SigInfo.CLD_CONTINUED -> 0xffff;
        default -> status;
      };
    }
  }

  private Waiting() {}

  /**
   * Waits for a child of the calling process.
   *
   * @param id pid or group for {@link Who#PID} and {@link Who#GROUP}
   * @return what happened, or null with WNOHANG when nothing has
   * @throws io.rookery.linux.errno.ErrnoException ECHILD, ERESTARTSYS
   */
  public static @Nullable Event await(Task t, Who who, int id, int options) {
    ThreadGroup p = t.process();
    @Nullable Event[] found = new @Nullable Event[1];
    p.childQueue()
        .await(
            t,
            () -> {
              found[0] = scan(t, who, id, options);
              return found[0] != null || (options & WNOHANG) != 0;
            },
            WaitQueue.FOREVER);
    return found[0];
  }

  private static @Nullable Event scan(Task t, Who who, int id, int options) {
    ThreadGroup p = t.process();
    boolean keep = (options & WNOWAIT) != 0;
    synchronized (p.kernel().processLock()) {
      boolean any = false;
      for (ThreadGroup child : p.children()) {
        if (!matches(child, who, id, options)
            || ((options & WNOTHREAD) != 0 && child.parentTask() != t)) {
          continue;
        }
        any = true;
        Event e = eventOf(child, options, keep);
        if (e != null) {
          if (child.isZombie() && !keep) {
            p.addChildTimes(child.times().plus(child.childTimes()));
            TaskExit.reap(child);
          }
          return e;
        }
      }
      if (!any) {
        throw Errno.ECHILD.exception();
      }
      return null;
    }
  }

  private static boolean matches(ThreadGroup child, Who who, int id, int options) {
    boolean clone = child.exitSignal() != Signals.SIGCHLD;
    boolean kind = (options & WALL) != 0 || clone == ((options & WCLONE) != 0);
    return kind
        && switch (who) {
          case ANY -> true;
          case PID -> child.pid() == id;
          case GROUP -> child.group().id() == id;
        };
  }

  private static @Nullable Event eventOf(ThreadGroup child, int options, boolean keep) {
    ExitStatus exit = child.exitStatus();
    if (child.isZombie() && exit != null) {
      if ((options & WEXITED) == 0) {
        return null;
      }
      return exit.signal() != 0
          ? event(child, SigInfo.CLD_KILLED, exit.signal())
          : event(child, SigInfo.CLD_EXITED, exit.code());
    }
    if ((options & WSTOPPED) != 0) {
      int signal = child.signals().takeStopReport(keep);
      if (signal != 0) {
        return event(child, SigInfo.CLD_STOPPED, signal);
      }
    }
    if ((options & WCONTINUED) != 0 && child.signals().takeContinueReport(keep)) {
      return event(child, SigInfo.CLD_CONTINUED, Signals.SIGCONT);
    }
    return null;
  }

  private static Event event(ThreadGroup child, int code, int status) {
    return new Event(
        child.pid(),
        child.credentials().uid(),
        code,
        status,
        child.times().plus(child.childTimes()));
  }
}
