package io.rookery.images;

/** An index is not signed by a pinned archive key, or was changed after it was signed. */
public final class BadSignatureException extends ImageException {
  private static final long serialVersionUID = 1L;

  /** Creates it with a message that names the file and the keys that were looked at. */
  public BadSignatureException(String message) {
    super(message);
  }
}
