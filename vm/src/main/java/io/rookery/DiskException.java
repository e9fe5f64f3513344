package io.rookery;

import org.jspecify.annotations.Nullable;

/** A disk cannot be used: missing, no ext2 file system, damaged, or open elsewhere. */
public final class DiskException extends VmException {
  private static final long serialVersionUID = 1;

  DiskException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
