package io.rookery.images;

import org.jspecify.annotations.Nullable;

/**
 * An image could not be built or read. The message names the file, package or address at fault,
 * what was expected and what was found. Whenever it is thrown by a build, no image file is left
 * behind.
 */
public class ImageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates it with a message that stands by itself. */
  public ImageException(String message) {
    super(message);
  }

  /** Creates it with a message that stands by itself, and the error below it. */
  public ImageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
