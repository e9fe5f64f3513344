package io.rookery.cpu.engine;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Something for some of the bytes of a page. Written under its monitor; read without: what was just
 * put may be missed, so only objects that bear being published by a race go in.
 */
final class OffsetTable<T> {
  private static final int LINE_SHIFT = 6;
  private static final int LINE = 1 << LINE_SHIFT;
  private static final int MASK = 4095;

  private final @Nullable Object[] @Nullable [] lines =
      new @Nullable Object[MASK + 1 >> LINE_SHIFT][];

  @SuppressWarnings("unchecked") // only put stores
  @Nullable T get(long address) {
    @Nullable Object[] line = lines[(int) address >>> LINE_SHIFT & LINE - 1];
    return line == null ? null : (T) line[(int) address & LINE - 1];
  }

  synchronized void put(long address, @Nullable T value) {
    int index = (int) address >>> LINE_SHIFT & LINE - 1;
    @Nullable Object[] line = lines[index];
    if (line == null) {
      line = new @Nullable Object[LINE];
      lines[index] = line;
    }
    line[(int) address & LINE - 1] = value;
  }

  synchronized void clear() {
    Arrays.fill(lines, null);
  }
}
