package io.rookery.linux.kernel;

import java.util.Arrays;

/** The actions of a process for all signals; shared under CLONE_SIGHAND. Thread-safe. */
public final class SignalActions {
  private final SignalAction[] actions;

  /** All default. */
  SignalActions() {
    actions = new SignalAction[Signals.MAX + 1];
    Arrays.fill(actions, SignalAction.NONE);
  }

  private SignalActions(SignalAction[] actions) {
    this.actions = actions;
  }

  public synchronized SignalAction get(int signal) {
    return actions[signal];
  }

  synchronized SignalAction set(int signal, SignalAction action) {
    SignalAction old = actions[signal];
    actions[signal] = action;
    return old;
  }

  /** A copy for a forked process. */
  synchronized SignalActions copy() {
    return new SignalActions(actions.clone());
  }

  /** The actions after execve: caught signals become default, ignored ones stay. */
  synchronized SignalActions afterExec() {
    SignalActions next = new SignalActions();
    for (int s = 1; s <= Signals.MAX; s++) {
      if (actions[s].handler() == SignalAction.IGNORE) {
        next.actions[s] = new SignalAction(SignalAction.IGNORE, 0, 0, 0);
      }
    }
    return next;
  }

  /** The signals that have a handler, as a set. */
  public synchronized long caught() {
    long set = 0;
    for (int s = 1; s <= Signals.MAX; s++) {
      set |= actions[s].caught() ? Signals.bit(s) : 0;
    }
    return set;
  }

  /** The signals that are set to be ignored, as a set. */
  public synchronized long ignored() {
    long set = 0;
    for (int s = 1; s <= Signals.MAX; s++) {
      set |= actions[s].handler() == SignalAction.IGNORE ? Signals.bit(s) : 0;
    }
    return set;
  }
}
