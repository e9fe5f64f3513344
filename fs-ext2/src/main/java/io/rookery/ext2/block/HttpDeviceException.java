package io.rookery.ext2.block;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A disk cannot be read over HTTP. */
public final class HttpDeviceException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What is wrong. */
  public enum Reason {
    /** The server does not know the file: 404, 410. */
    NOT_FOUND,
    /** The server answers with another error, or the request needs something it lacks. */
    REFUSED,
    /** The server sends the whole file where a part was asked for. */
    NO_RANGES,
    /** The file is not the one any more that the disk was opened on. */
    CHANGED,
    /** Answers end too early, again and again. */
    TRUNCATED,
    /** The server cannot be reached, is silent or overloaded, again and again. */
    UNREACHABLE
  }

  private final Reason reason;

  HttpDeviceException(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
