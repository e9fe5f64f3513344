package io.rookery.images;

/** Two packages of the image exclude each other, or hold the same file. */
public final class PackageConflictException extends ImageException {
  private static final long serialVersionUID = 1L;

  /** Creates it with a message that names both packages. */
  public PackageConflictException(String message) {
    super(message);
  }
}
