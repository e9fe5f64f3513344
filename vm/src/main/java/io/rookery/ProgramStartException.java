package io.rookery;

import java.io.IOException;

/** A program could not be started in the guest; execve(2) or fork(2) failed. */
public final class ProgramStartException extends IOException {
  private static final long serialVersionUID = 1;

  private final String errno;

  /**
   * @param program what was to be started
   * @param errno the error's name, as ENOENT
   */
  public ProgramStartException(String program, String errno) {
    super("cannot run " + program + ": " + errno);
    this.errno = errno;
  }

  /** The name of the errno, as ENOENT, EACCES or ENOEXEC. */
  public String errno() {
    return errno;
  }
}
