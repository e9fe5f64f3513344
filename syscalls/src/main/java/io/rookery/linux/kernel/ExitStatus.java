package io.rookery.linux.kernel;

/**
 * How a process ended.
 *
 * @param code what it gave to exit(2), 0…255; 0 when a signal killed it
 * @param signal the signal that killed it, or 0
 */
public record ExitStatus(int code, int signal) {
  static ExitStatus exited(int code) {
    return new ExitStatus(code & 0xff, 0);
  }

  static ExitStatus killed(int signal) {
    return new ExitStatus(0, signal);
  }

  /** As wait(2) stores it. */
  public int waitStatus() {
    return code << 8 | signal;
  }

  /** As a shell shows it: the code, or 128 plus the signal. */
  public int shellStatus() {
    return signal != 0 ? 128 + signal : code;
  }
}
