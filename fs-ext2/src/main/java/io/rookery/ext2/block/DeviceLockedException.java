package io.rookery.ext2.block;

import java.io.IOException;

/** A disk file is in use: it has one writer, or any number of readers, over all processes. */
public final class DeviceLockedException extends IOException {
  private static final long serialVersionUID = 1L;

  public DeviceLockedException(String message) {
    super(message);
  }
}
