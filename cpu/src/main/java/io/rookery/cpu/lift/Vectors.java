package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/**
 * What the vector lifters share: operands as runs of consecutive quadwords in the register file,
 * whatever the register kind (MMX one, XMM two, YMM four), and calls of helper methods.
 */
final class Vectors {
  final Operands ops;

  Vectors(Operands ops) {
    this.ops = ops;
  }

  // ---------------------------------------------------------------- operands

  /** Slot of the first quadword of register operand {@code n}. */
  static int register(Insn i, int n) {
    return i.kind[n] == Insn.MMX ? Reg.MMX + i.reg[n] : Reg.vector(i.reg[n], 0);
  }

  /** Quadwords that the instruction works on: 1 for MMX, 2 or, with VEX.L, 4. */
  static int quads(Insn i) {
    if (i.vex && i.vexL) {
      return 4;
    }
    return isMmx(i) ? 1 : 2;
  }

  static boolean isMmx(Insn i) {
    for (int n = 0; n < i.operands; n++) {
      if (i.kind[n] == Insn.VEC) {
        return false;
      }
    }
    return i.kind[0] == Insn.MMX || (i.operands > 1 && i.kind[1] == Insn.MMX);
  }

  static boolean isMemory(Insn i, int n) {
    return i.kind[n] == Insn.MEM;
  }

  /**
   * Slot of the first quadword of operand {@code n}, loaded to temporaries if it is in memory
   * (zero-extended when narrower than a quadword). Legacy SSE instructions demand alignment of
   * 128-bit operands (SDM vol. 1, 4.1.1).
   */
  int source(Insn i, int n) {
    return source(i, n, !i.vex);
  }

  int source(Insn i, int n, boolean aligned) {
    if (!isMemory(i, n)) {
      return register(i, n);
    }
    int t = ops.tempQuad();
    if (aligned && i.bits[n] >= 128) {
      ops.memory(i, i.bits[n] == 256 ? Op.ALIGN32 : Op.ALIGN16, 0);
    }
    ops.memory(
        i,
        switch (i.bits[n]) {
          case 256 -> Op.LOAD256;
          case 128 -> Op.LOAD128;
          default -> Operands.loadOp(i.bits[n]);
        },
        t);
    return t;
  }

  /**
   * Number of the operand that is the last source of a destructive legacy or non-destructive VEX
   * instruction.
   */
  static int secondOperand(Insn i) {
    return i.vex ? 2 : 1;
  }

  int first(Insn i) {
    return register(i, i.vex ? 1 : 0);
  }

  int second(Insn i) {
    return source(i, secondOperand(i));
  }

  /** To be called when all memory was read and before any register is written. */
  void begin(Insn i) {
    if (usesMmx(i)) {
      enterMmx(i.kind[0] == Insn.MMX ? i.reg[0] : -1);
    }
  }

  /** A pending x87 exception comes before the ones that {@code i} itself may meet. */
  void checkPending(Insn i) {
    if (usesMmx(i)) {
      exec(Helper.X87_WAIT, 0, 0, 0, 0);
    }
  }

  private static boolean usesMmx(Insn i) {
    for (int n = 0; n < i.operands; n++) {
      if (i.kind[n] == Insn.MMX) {
        return true;
      }
    }
    return false;
  }

  /**
   * The x87 unit becomes the MMX unit (SDM vol. 1, 9.5.1); {@code written}: the MMX register that
   * will be, or -1.
   */
  void enterMmx(int written) {
    exec(Helper.MMX_ENTER, written & 0xff, 0, 0, 0);
  }

  /** VEX.128 instructions clear the rest of their destination. */
  void finish(Insn i) {
    if (i.vex && !i.vexL && i.kind[0] == Insn.VEC) {
      clearUpper(register(i, 0));
    }
  }

  void clearUpper(int d) {
    ops.op(Op.MOV, d + 2, Reg.ZERO);
    ops.op(Op.MOV, d + 3, Reg.ZERO);
  }

  /** The elements of a packed float operation follow. */
  void beginPacked() {
    h1(Helper.BEGIN_PACKED, ops.temp(), Reg.ZERO);
  }

  /** They are computed, in {@code last} and others; raises what they met. */
  void endPacked(int last) {
    h1(Helper.END_PACKED, last, last);
  }

  /** Moves {@code count} quadwords; the runs are the same or do not overlap. */
  void move(int d, int a, int count) {
    for (int q = 0; q < count; q++) {
      ops.move(d + q, a + q);
    }
  }

  // ---------------------------------------------------------------- helper calls

  private void call(int op, Helper helper, int d, int a, int b, int c, int e) {
    if (helper.form().operands() != op - Op.H1 + 1) {
      throw new IllegalArgumentException(helper + " called as H" + (op - Op.H1 + 1));
    }
    ops.out.emit(op, d, a, b, helper.id() | c << 12 | (e & 0xff) << 20);
  }

  void h1(Helper helper, int d, int a) {
    call(Op.H1, helper, d, a, 0, 0, 0);
  }

  void h1(Helper helper, int d, int a, int imm8) {
    call(Op.H1, helper, d, a, 0, 0, imm8);
  }

  void h2(Helper helper, int d, int a, int b) {
    call(Op.H2, helper, d, a, b, 0, 0);
  }

  void h2(Helper helper, int d, int a, int b, int imm8) {
    call(Op.H2, helper, d, a, b, 0, imm8);
  }

  void h3(Helper helper, int d, int a, int b, int c) {
    call(Op.H3, helper, d, a, b, c, 0);
  }

  void h3(Helper helper, int d, int a, int b, int c, int imm8) {
    call(Op.H3, helper, d, a, b, c, imm8);
  }

  void h4(Helper helper, int d, int a, int b, int c, int e) {
    call(Op.H4, helper, d, a, b, c, e);
  }

  void exec(Helper helper, int d, int a, int b, int imm) {
    if (helper.form() != Helper.Form.EXEC) {
      throw new IllegalArgumentException(helper + " called as EXEC");
    }
    ops.out.emit(Op.EXEC, d, a, b, helper.id() | imm << 12);
  }
}
