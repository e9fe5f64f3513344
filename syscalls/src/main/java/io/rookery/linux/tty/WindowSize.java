package io.rookery.linux.tty;

/** struct winsize: characters, and pixels where they are known. */
public record WindowSize(int rows, int columns, int width, int height) {
  /** Nothing is known. */
  static final WindowSize UNKNOWN = new WindowSize(0, 0, 0, 0);
}
