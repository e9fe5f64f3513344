package io.rookery.cpu.jit;

import java.util.List;

/**
 * The guest code of one unit.
 *
 * @param blocks in the order in which they are emitted
 * @param entries guest addresses of blocks where the unit can be entered
 * @param writable whether its pages may be written to: the unit then looks after each store whether it still holds
 * @param longMode 64-bit mode, else 32-bit mode
 */
record Region(
    List<GuestBlock> blocks, List<Long> entries, boolean writable, boolean longMode) {
  /** What a near return pops. */
  long returnAddressBytes() {
    return longMode ? 8 : 4;
  }

  /** Index of the block at {@code rip}, or -1. */
  int index(long rip) {
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i).rip() == rip) {
        return i;
      }
    }
    return -1;
  }

  /** Offsets of instructions are relative to this address. */
  long origin() {
    return blocks.getFirst().rip();
  }
}
