package io.rookery;

/**
 * Size of a terminal.
 *
 * @param columns characters in a line, 1 to 65,535
 * @param rows lines, 1 to 65,535
 */
public record WindowSize(int columns, int rows) {
  public WindowSize {
    if (columns < 1 || columns > 0xffff || rows < 1 || rows > 0xffff) {
      throw new IllegalArgumentException("window: " + columns + " x " + rows);
    }
  }
}
