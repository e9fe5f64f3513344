package io.rookery.linux.kernel;

/** What a session knows of its terminal. Implemented by the tty layer; thread-safe. */
public interface ControllingTerminal {
  /** The device number of the terminal, as in st_rdev. */
  long device();

  /** The foreground process group, or 0. */
  int foregroundGroup();

  /** Makes a process group the foreground one; 0 for none. */
  void setForegroundGroup(int group);

  /**
   * The session's leader ended: the terminal belongs to no session any more. Its foreground group
   * has been sent SIGHUP and SIGCONT.
   */
  void sessionEnded(Session session);
}
