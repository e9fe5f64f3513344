package io.rookery.cpu.diff;

/** Addresses that both the host process and the guest map. */
final class Layout {
  static final long BASE = 0x1000_0000L;

  /** Registers before, only in the host process. */
  static final long IN = BASE;

  /** Registers after. */
  static final long OUT = BASE + 0x1000;

  /** The code around the instruction. */
  static final long STUB = BASE + 0x2000;

  static final long STACK = BASE + 0x14000;

  /** Where memory operands are; aligned to a page. */
  static final long DATA = BASE + 0x18000;

  static final long SCRATCH = BASE + 0x10000;
  static final long SCRATCH_SIZE = 0x10000;

  /** Slots of instructions. */
  static final long CODE = BASE + 0x100000;

  static final int SLOT_SIZE = 128;
  static final int SLOTS = 0x20000;
  static final long CODE_SIZE = (long) SLOT_SIZE * SLOTS;
  static final long SIZE = CODE + CODE_SIZE - BASE;

  private Layout() {}

  static long slot(int number) {
    return CODE + (long) (number % SLOTS) * SLOT_SIZE;
  }
}
