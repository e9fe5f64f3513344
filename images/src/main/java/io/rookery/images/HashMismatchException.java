package io.rookery.images;

/** A downloaded file does not have the size or the SHA-256 that the signed index promises. */
public final class HashMismatchException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final String expected;
  private final String found;

  /** Creates it for a file (an address), with the size or hash expected and found. */
  public HashMismatchException(String file, String expected, String found) {
    super(file + ": expected " + expected + ", found " + found);
    this.file = file;
    this.expected = expected;
    this.found = found;
  }

  /** The address of the file. */
  public String file() {
    return file;
  }

  /** The size or hash the index promises, as text. */
  public String expected() {
    return expected;
  }

  /** The size or hash of what was received, as text. */
  public String found() {
    return found;
  }
}
