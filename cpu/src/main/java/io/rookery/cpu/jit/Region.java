package io.rookery.cpu.jit;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The guest code of one unit.
 *
 * @param blocks in the order in which they are emitted
 * @param indices where in {@code blocks} the block at an address is
 * @param entries guest addresses of blocks where the unit can be entered
 * @param writable whether its pages may be written to: the unit then looks after each store whether
 *     it still holds
 * @param longMode 64-bit mode, else 32-bit mode
 * @param style how simple things are done
 * @param pages size of the window that memory is reached through, a constant of the unit
 */
record Region(
    List<GuestBlock> blocks,
    Map<Long, Integer> indices,
    List<Long> entries,
    boolean writable,
    boolean longMode,
    Style style,
    long pages) {
  /** A region of blocks with distinct addresses. */
  Region(
      List<GuestBlock> blocks,
      List<Long> entries,
      boolean writable,
      boolean longMode,
      Style style,
      long pages) {
    this(blocks, indices(blocks), entries, writable, longMode, style, pages);
  }

  private static Map<Long, Integer> indices(List<GuestBlock> blocks) {
    Map<Long, Integer> indices = new HashMap<>();
    for (int i = 0; i < blocks.size(); i++) {
      indices.put(blocks.get(i).rip(), i);
    }
    return indices;
  }

  /** Whether {@link Style#floats} matters. */
  boolean computesFloats() {
    return blocks.stream().anyMatch(GuestBlock::computesFloats);
  }

  /** What a near return pops. */
  long returnAddressBytes() {
    return longMode ? 8 : 4;
  }

  /** Index of the block at {@code rip}, or -1. */
  int index(long rip) {
    return indices.getOrDefault(rip, -1);
  }

  /** Offsets of instructions are relative to this address. */
  long origin() {
    return blocks.getFirst().rip();
  }
}
