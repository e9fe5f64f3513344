package io.rookery.images;

import org.jspecify.annotations.Nullable;

/** A file of the archive (Release, Packages or a package itself) or of an image is malformed. */
public final class BadArchiveException extends ImageException {
  private static final long serialVersionUID = 1L;

  /** Creates it with a message that names the file, the place, what was expected and found. */
  public BadArchiveException(String message) {
    super(message);
  }

  /** The same with the error below it. */
  public BadArchiveException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
