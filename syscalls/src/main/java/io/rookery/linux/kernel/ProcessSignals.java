package io.rookery.linux.kernel;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The signal state of a process: actions, signals pending for the process as a whole, and job
 * control stops. Its lock guards the queues and masks of all the process's tasks too. Lock order:
 * the kernel's process lock before this one.
 */
public final class ProcessSignals {
  private final Kernel kernel;
  private final ThreadGroup process;
  private final SignalQueue shared = new SignalQueue();
  private final WaitQueue arrival = new WaitQueue();
  private final WaitQueue resumed = new WaitQueue();
  private volatile SignalActions actions = new SignalActions();

  // Job control, guarded by this.
  private int stopSignal; // 0 unless the process stops or is stopped
  private int notYetStopped;
  private boolean stopReported; // to wait4
  private boolean continued; // and not yet seen by wait4

  ProcessSignals(Kernel kernel, ThreadGroup process) {
    this.kernel = kernel;
    this.process = process;
  }

  public SignalActions actions() {
    return actions;
  }

  void setActions(SignalActions newActions) {
    actions = newActions;
  }

  /** Woken whenever a signal is sent to the process or one of its tasks. */
  public WaitQueue arrival() {
    return arrival;
  }

  /** The signals pending for the process as a whole. */
  public synchronized long pendingShared() {
    return shared.set();
  }

  /** The signals queued for the process and all its tasks (SigQ in /proc). */
  public synchronized int queued() {
    return shared.size() + process.tasks().stream().mapToInt(t -> t.queue.size()).sum();
  }

  synchronized long pending(Task t) {
    return t.queue.set() | shared.set();
  }

  /** Whether this very signal waits in a queue. */
  synchronized boolean isQueued(SigInfo info) {
    return shared.contains(info) || process.tasks().stream().anyMatch(t -> t.queue.contains(info));
  }

  synchronized @Nullable SigInfo take(Task t, long set) {
    SigInfo info = t.queue.take(~set);
    if (info == null) {
      info = shared.take(~set);
    }
    recalculate(t);
    return info;
  }

  /** The next signal to deliver to a task, with its action; SA_RESETHAND is applied. */
  synchronized @Nullable Delivery next(Task t) {
    SigInfo info = take(t, ~t.blocked);
    if (info == null) {
      return null;
    }
    SignalAction action = actions.get(info.signal());
    if (action.caught() && action.has(SignalAction.SA_RESETHAND)) {
      actions.set(
          info.signal(),
          new SignalAction(SignalAction.DEFAULT, action.flags(), action.restorer(), action.mask()));
    }
    return new Delivery(info, action);
  }

  /** A signal on its way to a task. */
  record Delivery(SigInfo info, SignalAction action) {}

  synchronized void setMask(Task t, long mask) {
    long added = mask & ~t.blocked;
    t.blocked = mask & ~Signals.UNMASKABLE;
    recalculate(t);
    if ((shared.set() & added) != 0) {
      // What this task blocks now, another may take.
      for (Task other : process.tasks()) {
        if (other != t && (shared.set() & added & ~other.blocked) != 0) {
          notify(other);
        }
      }
    }
  }

  /** A task waits for blocked signals: they choose it as if they were not, and are not ignored. */
  synchronized void beginWait(Task t, long set) {
    t.awaitedBlocked = t.blocked & set;
    setMask(t, t.blocked & ~set);
  }

  synchronized void endWait(Task t) {
    setMask(t, t.blocked | t.awaitedBlocked);
    t.awaitedBlocked = 0;
  }

  private void recalculate(Task t) {
    t.signalPending =
        ((t.queue.set() | shared.set()) & ~t.blocked) != 0 || t.stopRequested || t.killed();
    if (t.signalPending) {
      t.kick();
    }
  }

  private static void notify(Task t) {
    t.signalPending = true;
    t.kick();
  }

  /**
   * rt_sigaction(2). Setting an action that ignores a signal drops it where it is pending.
   *
   * @return the old action
   */
  synchronized SignalAction setAction(int signal, SignalAction action) {
    SignalAction old = actions.set(signal, action);
    if (action.ignores(signal)) {
      discard(Signals.bit(signal));
    }
    return old;
  }

  private void discard(long signals) {
    shared.discard(signals);
    for (Task t : process.tasks()) {
      t.queue.discard(signals);
    }
  }

  /**
   * Sends a signal.
   *
   * @param target the one task it is for, or null for the process
   * @return false when the queue of a real-time signal is full (EAGAIN for sigqueue)
   */
  boolean send(SigInfo info, @Nullable Task target) {
    int signal = info.signal();
    if (signal == Signals.SIGKILL) {
      process.startExit(ExitStatus.killed(Signals.SIGKILL));
      return true;
    }
    boolean accepted;
    boolean wasStopped = false;
    synchronized (this) {
      if (process.isExiting()) {
        return true;
      }
      if ((Signals.STOP & Signals.bit(signal)) != 0) {
        discard(Signals.bit(Signals.SIGCONT));
      } else if (signal == Signals.SIGCONT) {
        discard(Signals.STOP);
        wasStopped = resume();
      }
      accepted = enqueue(info, target);
    }
    arrival.wakeAll();
    if (wasStopped) {
      process.notifyParent(SigInfo.CLD_CONTINUED, Signals.SIGCONT);
    }
    return accepted;
  }

  private boolean enqueue(SigInfo info, @Nullable Task target) {
    long bit = Signals.bit(info.signal());
    List<Task> tasks = process.tasks();
    Task asked = target != null ? target : tasks.isEmpty() ? null : tasks.getFirst();
    if (asked == null) {
      return true;
    }
    if (actions.get(info.signal()).ignores(info.signal())
        && ((asked.blocked | asked.awaitedBlocked) & bit) == 0) {
      return true;
    }
    int limit =
        (int) process.limits().softAtMost(Resource.SIGPENDING, kernel.limits().signalsPending());
    if (target != null) {
      boolean queued = target.queue.add(info, limit);
      recalculate(target);
      return queued;
    }
    boolean queued = shared.add(info, limit);
    for (Task t : tasks) {
      if ((t.blocked & bit) == 0 && !t.exiting()) {
        notify(t);
        break;
      }
    }
    return queued;
  }

  /**
   * Sends a task a signal that it cannot avoid: if the signal is blocked or ignored, the action
   * becomes the default one (force_sig).
   */
  void force(SigInfo info, Task target, boolean toDefault) {
    synchronized (this) {
      int signal = info.signal();
      long bit = Signals.bit(signal);
      boolean isBlocked = (target.blocked & bit) != 0;
      if (toDefault || isBlocked || actions.get(signal).handler() == SignalAction.IGNORE) {
        actions.set(signal, SignalAction.NONE);
        target.blocked &= ~bit;
      }
      target.queue.add(info, Integer.MAX_VALUE);
      recalculate(target);
    }
    arrival.wakeAll();
  }

  // ---- job control ----

  /** A task took a stop signal whose action is the default: the whole process is to stop. */
  synchronized void beginStop(int signal) {
    if (stopSignal != 0 || process.isExiting()) {
      return;
    }
    stopSignal = signal;
    stopReported = false;
    continued = false;
    notYetStopped = 0;
    for (Task t : process.tasks()) {
      if (!t.exiting()) {
        t.stopRequested = true;
        notYetStopped++;
        notify(t);
      }
    }
  }

  /** Called by a task that was asked to stop: returns when it is to go on. */
  void stop(Task t) {
    boolean last;
    int signal;
    synchronized (this) {
      if (!t.stopRequested) {
        return;
      }
      t.stopRequested = false;
      recalculate(t);
      if (stopSignal == 0) {
        return;
      }
      signal = stopSignal;
      last = --notYetStopped == 0;
    }
    if (last) {
      process.notifyParent(SigInfo.CLD_STOPPED, signal);
    }
    resumed.awaitUnlessKilled(t, () -> !isStopping());
  }

  /** A task ends: it need not stop any more. */
  void taskEnded(Task t) {
    int signal = 0;
    synchronized (this) {
      if (t.stopRequested) {
        t.stopRequested = false;
        if (stopSignal != 0 && --notYetStopped == 0) {
          signal = stopSignal;
        }
      }
    }
    if (signal != 0 && !process.isExiting()) {
      process.notifyParent(SigInfo.CLD_STOPPED, signal);
    }
  }

  private synchronized boolean isStopping() {
    return stopSignal != 0;
  }

  /** Whether all tasks have stopped. */
  public synchronized boolean isStopped() {
    return stopSignal != 0 && notYetStopped == 0;
  }

  private boolean resume() {
    if (stopSignal == 0) {
      return false;
    }
    boolean was = notYetStopped == 0;
    stopSignal = 0;
    notYetStopped = 0;
    for (Task t : process.tasks()) {
      t.stopRequested = false;
      recalculate(t);
    }
    continued = was;
    resumed.wakeAll();
    return was;
  }

  /** For wait4 with WUNTRACED: the signal that stopped the process, once; or 0. */
  synchronized int takeStopReport(boolean keep) {
    if (stopSignal == 0 || notYetStopped != 0 || stopReported) {
      return 0;
    }
    stopReported = !keep;
    return stopSignal;
  }

  /** For wait4 with WCONTINUED: whether the process was continued, once. */
  synchronized boolean takeContinueReport(boolean keep) {
    boolean was = continued;
    continued = was && keep;
    return was;
  }
}
