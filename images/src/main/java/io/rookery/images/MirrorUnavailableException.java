package io.rookery.images;

import java.util.List;

/** No mirror is known, or none of them gave the file that was asked for. */
public final class MirrorUnavailableException extends ImageException {
  private static final long serialVersionUID = 1L;

  private final String[] tried;

  /** Creates it with what was tried, one line each: an address or a file, and what came of it. */
  public MirrorUnavailableException(String message, List<String> tried) {
    super(tried.isEmpty() ? message : message + "; tried:\n  " + String.join("\n  ", tried));
    this.tried = tried.toArray(String[]::new);
  }

  /** What was tried, in order: an address or a file, and what came of it. */
  public List<String> tried() {
    return List.of(tried);
  }
}
