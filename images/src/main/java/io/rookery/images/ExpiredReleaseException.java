package io.rookery.images;

/** A signed index is outside the time it is meant for: past its Valid-Until, or of the future. */
public final class ExpiredReleaseException extends ImageException {
  private static final long serialVersionUID = 1L;

  /** Creates it with a message that names the file, its date and the present. */
  public ExpiredReleaseException(String message) {
    super(message);
  }
}
