package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** MUL, IMUL, DIV, IDIV. */
final class MultiplyLifter {
  private final Operands ops;

  MultiplyLifter(Operands ops) {
    this.ops = ops;
  }

  /** MUL, and IMUL with one operand: the double-width product of the accumulator. */
  void accumulator(Insn i, boolean signed) {
    int bits = i.bits[0];
    int kind = Flags.kind(Flags.MUL, bits);
    int y = signed ? ops.readSigned(i, 0) : ops.readZero(i, 0);
    int low = ops.temp();
    int high = ops.temp();
    if (bits == 64) {
      ops.op(Op.MUL64, low, Reg.RAX, y);
      ops.op(signed ? Op.MULHS64 : Op.MULHU64, high, Reg.RAX, y);
      int overflow = signed ? notSignOf(low, high, 63) : high;
      ops.op(Op.MOV, Reg.RAX, low);
      ops.op(Op.MOV, Reg.RDX, high);
      ops.out.emit(Op.SETF, 0, low, overflow, kind);
      return;
    }
    int x = signed ? ops.signExtend(Reg.RAX, bits) : ops.zeroExtend(Reg.RAX, bits);
    ops.op(Op.MUL64, low, x, y);
    ops.opImm(Op.SARI64, high, low, bits);
    int overflow = signed ? notExtended(low, bits) : upper(low, bits);
    if (bits == 8) {
      ops.op(Op.INS16, Reg.RAX, low);
    } else {
      ops.writeRegister(Reg.RAX, bits, low);
      ops.writeRegister(Reg.RDX, bits, high);
    }
    ops.out.emit(Op.SETF, 0, low, overflow, kind);
  }

  /** IMUL with two or three operands: the last two are multiplied. */
  void imul(Insn i) {
    int bits = i.bits[0];
    int first = i.operands == 3 ? 1 : 0;
    int low = ops.temp();
    int overflow;
    if (bits == 64) {
      int x = ops.read(i, first);
      int y = ops.read(i, first + 1);
      int high = ops.temp();
      ops.op(Op.MUL64, low, x, y);
      ops.op(Op.MULHS64, high, x, y);
      overflow = notSignOf(low, high, 63);
    } else {
      int x = ops.readSigned(i, first);
      int y = ops.readSigned(i, first + 1);
      ops.op(Op.MUL64, low, x, y);
      overflow = notExtended(low, bits);
    }
    ops.write(i, 0, low);
    ops.out.emit(Op.SETF, 0, low, overflow, Flags.kind(Flags.MUL, bits));
  }

  /** A register that is 0 exactly when {@code high} repeats the sign of {@code low}. */
  private int notSignOf(int low, int high, int shift) {
    int t = ops.temp();
    ops.opImm(Op.SARI64, t, low, shift);
    ops.op(Op.XOR64, t, t, high);
    return t;
  }

  /** A register that is 0 exactly when {@code product} is the sign extension of its low bits. */
  private int notExtended(int product, int bits) {
    int t = ops.temp();
    ops.op(Op.XOR64, t, ops.signExtend(product, bits), product);
    return t;
  }

  private int upper(int product, int bits) {
    int t = ops.temp();
    ops.opImm(Op.SHRI64, t, product, bits);
    return t;
  }

  /** DIV and IDIV; #DE when the divisor is 0 or the quotient does not fit. Flags are left alone. */
  void divide(Insn i, boolean signed) {
    int bits = i.bits[0];
    int divisor = signed ? ops.readSigned(i, 0) : ops.readZero(i, 0);
    int quotient = ops.temp();
    int remainder = ops.temp();
    if (bits == 64) {
      ops.call(signed ? Helper.DIVS64 : Helper.DIVU64, quotient, Reg.RDX, Reg.RAX, divisor, 0);
      ops.call(signed ? Helper.REMS64 : Helper.REMU64, remainder, Reg.RDX, Reg.RAX, divisor, 0);
    } else {
      int dividend = dividend(bits);
      ops.call(signed ? Helper.DIVS : Helper.DIVU, quotient, dividend, divisor, 0, bits);
      ops.call(signed ? Helper.REMS : Helper.REMU, remainder, dividend, divisor, 0, bits);
    }
    if (bits == 8) {
      ops.op(Op.INS8, Reg.RAX, quotient);
      ops.op(Op.INS8H, Reg.RAX, remainder);
    } else {
      ops.writeRegister(Reg.RAX, bits, quotient);
      ops.writeRegister(Reg.RDX, bits, remainder);
    }
  }

  /** AX, DX:AX or EDX:EAX, of 2 * {@code bits}; what lies above does not count. */
  private int dividend(int bits) {
    if (bits == 8) {
      return Reg.RAX;
    }
    int t = ops.temp();
    ops.opImm(Op.SHLI64, t, Reg.RDX, bits);
    ops.op(Op.OR64, t, t, ops.zeroExtend(Reg.RAX, bits));
    return t;
  }
}
