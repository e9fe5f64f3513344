package io.rookery.cpu.diff;

/**
 * Addresses that both the host process and the guest map.
 *
 * @param base where it starts, below 2^31 so that absolute operands reach it
 */
record Layout(long base) {
  /** Where recorded vectors were made. */
  static final Layout RECORDED = new Layout(0x1000_0000L);

  static final long SCRATCH_SIZE = 0x9000;

  /** A page each: stores into pages with translated code keep engines from compiling them. */
  static final int SLOT_SIZE = 4096;

  static final int SLOTS = 8192;
  static final long CODE_SIZE = (long) SLOT_SIZE * SLOTS;

  private static final long CODE_OFFSET = 0x100000;
  static final long SIZE = CODE_OFFSET + CODE_SIZE;

  /** Registers before, only in the host process. */
  long in() {
    return base;
  }

  /** Registers after. */
  long out() {
    return base + 0x1000;
  }

  /** The code around the instruction. */
  long stub() {
    return base + 0x2000;
  }

  /** Memory that the instruction may use. */
  long scratch() {
    return base + 0x10000;
  }

  long stack() {
    return base + 0x14000;
  }

  /** Nothing is mapped from here to {@link #readOnly}. */
  long scratchEnd() {
    return scratch() + SCRATCH_SIZE;
  }

  /** A page that can only be read, with nothing behind it. */
  long readOnly() {
    return base + 0x1b000;
  }

  /** Where memory operands are; aligned to a page. */
  long data() {
    return base + 0x18000;
  }

  /** The slots of instructions. */
  long code() {
    return base + CODE_OFFSET;
  }

  long slot(int number) {
    return code() + (long) (number % SLOTS) * SLOT_SIZE;
  }
}
