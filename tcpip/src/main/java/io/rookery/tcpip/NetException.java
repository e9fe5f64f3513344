package io.rookery.tcpip;

import java.io.IOException;
import java.io.Serial;

/** A socket operation failed. Cheap: it has no stack trace. */
public final class NetException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private final NetError error;

  /** A failure of this kind. */
  public NetException(NetError error) {
    super(error.name());
    this.error = error;
  }

  /** What went wrong. */
  public NetError error() {
    return error;
  }

  @Override
  @SuppressWarnings("UnsynchronizedOverridesSynchronized") // changes nothing
  public Throwable fillInStackTrace() {
    return this;
  }
}
