package io.rookery.linux.errno;

/** A failed system call; stackless, one instance per {@link Errno}. */
public final class ErrnoException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Errno errno;

  ErrnoException(Errno errno) {
    super(errno.name() + ": " + errno.description(), null, false, false);
    this.errno = errno;
  }

  /** The error. */
  public Errno errno() {
    return errno;
  }
}
