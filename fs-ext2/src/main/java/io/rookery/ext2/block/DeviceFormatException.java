package io.rookery.ext2.block;

import java.io.IOException;

/**
 * An overlay file or a partition table is none, is damaged, or of an unknown version; or an overlay
 * belongs to another base.
 */
public final class DeviceFormatException extends IOException {
  private static final long serialVersionUID = 1L;

  public DeviceFormatException(String message) {
    super(message);
  }
}
