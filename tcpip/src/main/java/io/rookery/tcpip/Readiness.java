package io.rookery.tcpip;

/** Bits of what a socket is ready for; the comments name poll(2)'s. */
public final class Readiness {
  /** A read, receive or accept would not wait (POLLIN). */
  public static final int READABLE = 1;

  /** A write or send would not wait (POLLOUT). */
  public static final int WRITABLE = 2;

  /** Urgent data are there (POLLPRI). */
  public static final int URGENT = 4;

  /** The peer sends no more, or reading was shut down (POLLRDHUP). */
  public static final int READ_CLOSED = 8;

  /** Both directions have ended (POLLHUP). */
  public static final int HANG_UP = 16;

  /** An error waits, or a report lies in the error queue (POLLERR). */
  public static final int ERROR = 32;

  private Readiness() {}
}
