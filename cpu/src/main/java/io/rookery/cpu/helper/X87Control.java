package io.rookery.cpu.helper;

import io.rookery.cpu.X87State;

/** Bits of the x87 control and status words (SDM vol. 1, 8.1.3 and 8.1.5). */
final class X87Control {
  // Exceptions: the same bits are flags in the status word and masks in the control word.
  static final int INVALID = 1;
  static final int DENORMAL = 2;
  static final int ZERO_DIVIDE = 4;
  static final int OVERFLOW = 8;
  static final int UNDERFLOW = 16;
  static final int PRECISION = 32;
  static final int EXCEPTIONS = 63;

  // Status word.
  static final int STACK_FAULT = 0x40;
  static final int ERROR_SUMMARY = 0x80;
  static final int C0 = 0x100;
  static final int C1 = 0x200;
  static final int C2 = 0x400;
  static final int C3 = 0x4000;
  static final int BUSY = 0x8000;

  /** The control word after FNINIT: all exceptions masked, 64-bit precision, round to nearest. */
  static final int INITIAL = 0x37f;

  private X87Control() {}

  /** A control word as the processor keeps it: bit 6 set, bits 7 and 15:13 clear. */
  static int normalized(int control) {
    return (control & 0x1f3f) | 0x40;
  }

  /** Sets ES and B if an unmasked exception is pending, else clears them. */
  static void updateErrorSummary(X87State x87) {
    boolean pending = (x87.status & ~x87.control & EXCEPTIONS) != 0;
    x87.status = pending ? x87.status | ERROR_SUMMARY | BUSY : x87.status & ~(ERROR_SUMMARY | BUSY);
  }
}
