package io.rookery.cpu.jit;

import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import java.util.Arrays;

/**
 * The micro-ops of one basic block as the lifter made them.
 *
 * @param rip guest address
 * @param code micro-ops with their extra longs
 * @param origin for each long of the code, the offset of its guest instruction from {@code rip}
 * @param targets some guest addresses where the indirect jump at the end leads to
 */
record GuestBlock(long rip, long[] code, short[] origin, long[] targets) {
  private static final long[] NOWHERE = {};

  /** A block without an indirect jump, or one of which nothing is known. */
  GuestBlock(long rip, long[] code, short[] origin) {
    this(rip, code, origin, NOWHERE);
  }

  /** Index of the micro-op that ends the block. */
  int terminator() {
    int at = 0;
    while (true) {
      int next = at + Op.length(Op.op(code[at]));
      if (next >= code.length) {
        return at;
      }
      at = next;
    }
  }

  /**
   * Guest addresses where control may go within the function, the likelier ones for loops first.
   */
  long[] successors() {
    int at = terminator();
    return switch (Op.op(code[at])) {
      case Op.JMP, Op.SYSCALL, Op.CALLR -> new long[] {code[at + 1]};
      case Op.JCC, Op.JNZ -> new long[] {code[at + 1], code[at + 2]};
      case Op.CALL -> new long[] {code[at + 2]};
      case Op.JMPR -> targets;
      default -> NOWHERE;
    };
  }

  /**
   * The first {@code instructions} instructions of this block, followed by a jump to the next one.
   */
  GuestBlock head(int instructions) {
    int at = 0;
    int seen = 0;
    int last = -1;
    while (at < code.length) {
      if (origin[at] != last) {
        if (seen == instructions) {
          break;
        }
        seen++;
        last = origin[at];
      }
      at += Op.length(Op.op(code[at]));
    }
    if (at >= code.length) {
      return this;
    }
    long[] shorter = Arrays.copyOf(code, at + 2);
    short[] shorterOrigin = Arrays.copyOf(origin, at + 2);
    shorter[at] = Op.encode(Op.JMP, 0, 0, 0, 0);
    shorter[at + 1] = rip + origin[at];
    shorterOrigin[at] = origin[at - 1];
    shorterOrigin[at + 1] = origin[at - 1];
    return new GuestBlock(rip, shorter, shorterOrigin);
  }

  /** Whether helpers with the MXCSR are called. */
  boolean computesFloats() {
    for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
      int op = Op.op(code[at]);
      if (op >= Op.H1 && op <= Op.H4 && Helper.of(OpInfo.helper(code[at])).form().state()) {
        return true;
      }
    }
    return false;
  }

  /** Number of guest instructions. */
  int instructions() {
    int count = 0;
    int last = -1;
    for (int at = 0; at < code.length; at += Op.length(Op.op(code[at]))) {
      if (origin[at] != last) {
        count++;
        last = origin[at];
      }
    }
    return count;
  }
}
