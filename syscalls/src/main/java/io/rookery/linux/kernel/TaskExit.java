package io.rookery.linux.kernel;

import io.rookery.linux.mm.MemoryDescriptor;
import java.util.ArrayList;
import java.util.List;

/** The end of a task, and of its process when it is the last one. */
final class TaskExit {
  private static final System.Logger LOG = System.getLogger(TaskExit.class.getName());

  private TaskExit() {}

  /** Gives back what the task holds. The last thing that its Java thread does. */
  static void exit(Task t) {
    try {
      leaveMemory(t);
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "memory of " + t + " could not be left", e);
    }
    try {
      t.semaphoreUndo().release(t);
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "semaphores of " + t + " could not be undone", e);
    }
    try {
      t.files().release(t.process());
    } catch (RuntimeException | Error e) {
      LOG.log(System.Logger.Level.ERROR, "files of " + t + " could not be closed", e);
    } finally {
      t.process().signals().taskEnded(t);
      if (leaveProcess(t)) {
        endProcess(t);
      }
      t.kernel().ended(t);
    }
  }

  /** The Java thread of a task could not be started: gives back what the task holds. */
  static void abandon(Task t) {
    completeVfork(t);
    t.mm().release();
    t.semaphoreUndo().release(t);
    t.files().release(t.process());
    if (leaveProcess(t)) {
      endProcess(t);
    }
  }

  private static void leaveMemory(Task t) {
    MemoryDescriptor mm = t.mm();
    try {
      RobustList.ownerDied(t);
      t.kernel().piFutexes().ended(t);
      if (t.clearChildTid != 0 && mm.users() > 1) {
        FutexTable.clearAndWake(t, t.clearChildTid);
      }
    } finally {
      mm.space().exitKernel(t.cpu());
      mm.space().unregister(t.cpu());
      completeVfork(t);
      mm.release();
    }
  }

  /** The task no longer runs in its parent's memory. */
  static void completeVfork(Task t) {
    VforkCompletion vfork = t.vforkCompletion;
    if (vfork != null) {
      t.vforkCompletion = null;
      vfork.complete();
    }
  }

  /**
   * Takes the task out of its process. The last one keeps its place in the table of ids until the
   * process is a zombie or gone: nobody sees a living process without tasks.
   *
   * @return whether it was the last
   */
  private static boolean leaveProcess(Task t) {
    synchronized (t.kernel().processLock()) {
      boolean last = t.process().removeTask(t);
      if (!last) {
        t.kernel().pids().remove(t);
        for (ThreadGroup child : t.process().children()) {
          if (child.parentTask() == t) {
            child.setParentTask(t.process().mainTask());
          }
        }
      }
      return last;
    }
  }

  private static void endProcess(Task last) {
    Kernel kernel = last.kernel();
    ThreadGroup p = last.process();
    p.intervalTimers().close();
    p.posixTimers().close();
    p.cpuLimit().close();
    ExitStatus status = p.settleStatus();
    Session session = p.session();
    if (session.id() == p.pid()) {
      leaveTerminal(kernel, session);
    }
    List<ProcessGroup> orphans = new ArrayList<>();
    synchronized (kernel.processLock()) {
      findOrphans(p, orphans);
      giveAwayChildren(kernel, p);
      p.setZombie();
      boolean killed = status.signal() != 0;
      SignalAction action = p.parent().signals().actions().get(Signals.SIGCHLD);
      boolean reap =
          p.parent().isInit()
              || (p.exitSignal() == Signals.SIGCHLD
                  && (action.handler() == SignalAction.IGNORE
                      || action.has(SignalAction.SA_NOCLDWAIT)));
      p.notifyParent(
          killed ? SigInfo.CLD_KILLED : SigInfo.CLD_EXITED,
          killed ? status.signal() : status.code());
      kernel.pids().remove(last); // before the process: nobody sees a task of none
      if (reap) {
        reap(p);
      }
    }
    for (ProcessGroup g : orphans) {
      g.signal(Signals.SIGHUP);
      g.signal(Signals.SIGCONT);
    }
    p.onExit().complete(status);
  }

  private static void leaveTerminal(Kernel kernel, Session session) {
    ControllingTerminal terminal = session.terminal();
    if (terminal == null) {
      return;
    }
    ProcessGroup foreground = kernel.pids().group(terminal.foregroundGroup());
    if (foreground != null) {
      foreground.signal(Signals.SIGHUP);
      foreground.signal(Signals.SIGCONT);
    }
    session.setTerminal(null);
    terminal.sessionEnded(session);
  }

  /** Groups with stopped members that nobody is left to continue (POSIX, _Exit()). */
  private static void findOrphans(ThreadGroup p, List<ProcessGroup> orphans) {
    for (ThreadGroup child : p.children()) {
      ProcessGroup g = child.group();
      if (g != p.group()
          && g.session() == p.session()
          && !orphans.contains(g)
          && g.hasStoppedMember()
          && onlyParentIs(g, p)) {
        orphans.add(g);
      }
    }
    ProcessGroup own = p.group();
    if (own.isOrphanedWithout(p) && !own.isOrphanedWithout(null) && own.hasStoppedMember()) {
      orphans.add(own);
    }
  }

  /** Whether no member of the group has another parent that keeps it from being orphaned. */
  private static boolean onlyParentIs(ProcessGroup g, ThreadGroup p) {
    return g.members().stream()
        .allMatch(
            m ->
                m.isZombie()
                    || m.parent() == p
                    || m.parent().isInit()
                    || m.parent().group() == g
                    || m.parent().session() != g.session());
  }

  private static void giveAwayChildren(Kernel kernel, ThreadGroup p) {
    ThreadGroup heir = kernel.init();
    for (ThreadGroup a = p.parent(); !a.isInit(); a = a.parent()) {
      if (a.isSubreaper() && !a.isExiting()) {
        heir = a;
        break;
      }
    }
    for (ThreadGroup child : List.copyOf(p.children())) {
      child.setParent(heir);
      child.setParentTask(heir.mainTask());
      p.children().remove(child);
      heir.children().add(child);
      for (Task t : child.tasks()) {
        if (t.parentDeathSignal() != 0) {
          t.signal(SigInfo.user(t.parentDeathSignal(), SigInfo.SI_USER, p.pid(), 0));
        }
      }
      if (child.isZombie()) {
        if (heir.isInit()) {
          reap(child);
        } else {
          child.notifyParent(SigInfo.CLD_EXITED, 0);
        }
      }
    }
  }

  /** Removes a zombie for good; under the process lock. */
  static void reap(ThreadGroup p) {
    Kernel kernel = p.kernel();
    p.parent().children().remove(p);
    kernel.pids().remove(p);
    if (p.group().remove(p)) {
      kernel.pids().remove(p.group());
    }
  }
}
