package io.rookery.ext2.block;

import java.io.IOException;

/** A write needs more memory than the device was given. */
public final class DeviceFullException extends IOException {
  private static final long serialVersionUID = 1L;

  public DeviceFullException(String message) {
    super(message);
  }
}
