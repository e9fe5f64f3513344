package io.rookery;

/** A disk cannot be used: missing, no ext2 file system, damaged, or open elsewhere. */
public final class DiskException extends VmException {
  private static final long serialVersionUID = 1;

  public DiskException(String message, Throwable cause) {
    super(message, cause);
  }
}
