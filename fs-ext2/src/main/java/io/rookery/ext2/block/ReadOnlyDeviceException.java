package io.rookery.ext2.block;

import java.io.IOException;

/** A write to a device that was opened read-only. */
public final class ReadOnlyDeviceException extends IOException {
  private static final long serialVersionUID = 1L;

  public ReadOnlyDeviceException(String message) {
    super(message);
  }
}
