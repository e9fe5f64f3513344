package io.rookery.linux.kernel;

import org.jspecify.annotations.Nullable;

/** A session (setsid(2)): process groups with a controlling terminal in common. Thread-safe. */
public final class Session {
  private final int id;
  private volatile @Nullable ControllingTerminal terminal;

  Session(int id) {
    this.id = id;
  }

  /** The session id: the pid of its leader. */
  public int id() {
    return id;
  }

  /** The controlling terminal, or null. */
  public @Nullable ControllingTerminal terminal() {
    return terminal;
  }

  /** Sets or, with null, gives up the controlling terminal (TIOCSCTTY, TIOCNOTTY, first open). */
  public void setTerminal(@Nullable ControllingTerminal newTerminal) {
    terminal = newTerminal;
  }
}
