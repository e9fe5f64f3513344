package io.rookery.images;

import org.jspecify.annotations.Nullable;

/** The host's disk, or the file system inside the image, has no room for what is written to it. */
public final class DiskFullException extends ImageException {
  private static final long serialVersionUID = 1L;

  /** Creates it with a message that names the file and, where known, the bytes needed. */
  public DiskFullException(String message) {
    super(message);
  }

  /** The same with the error below it. */
  public DiskFullException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
