package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** Shifts, rotates and double shifts. */
final class ShiftLifter {
  private final Operands ops;

  ShiftLifter(Operands ops) {
    this.ops = ops;
  }

  private static int countMask(Insn i) {
    return i.bits[0] == 64 ? 63 : 31;
  }

  /** SHL, SHR, SAR: {@code family} as in {@link Flags}. */
  void shift(Insn i, int family) {
    int bits = i.bits[0];
    int kind = Flags.kind(family, bits);
    boolean memory = i.kind[0] == Insn.MEM;
    int x = ops.read(i, 0);
    int source = narrow(x, bits, family);
    int d = ops.target(i, 0);
    if (i.kind[1] == Insn.IMM) {
      int count = (int) i.imm & countMask(i);
      if (count == 0) {
        ops.write(i, 0, x); // a 32-bit register's upper half is cleared all the same
        return;
      }
      if (!memory) {
        ops.out.emit(Op.SETFI, kind, x, 0, count);
      }
      ops.opImm(shiftImm(family, bits), d, source, count);
      ops.writeZero(i, 0, d);
      if (memory) {
        ops.out.emit(Op.SETFI, kind, x, 0, count);
      }
    } else {
      int count = ops.temp();
      ops.opImm(Op.ANDI64, count, Reg.RCX, countMask(i));
      if (!memory) {
        ops.out.emit(Op.SETFNZ, 0, x, count, kind);
      }
      ops.op(shiftOp(family, bits), d, source, count);
      ops.writeZero(i, 0, d);
      if (memory) {
        ops.out.emit(Op.SETFNZ, 0, x, count, kind);
      }
    }
  }

  /** Right shifts of 8 and 16 bits work on an extended copy. */
  private int narrow(int x, int bits, int family) {
    if (bits >= 32 || family == Flags.SHL) {
      return x;
    }
    return family == Flags.SAR ? ops.signExtend(x, bits) : ops.zeroExtend(x, bits);
  }

  private static int shiftOp(int family, int bits) {
    boolean wide = bits == 64;
    return switch (family) {
      case Flags.SHL -> wide ? Op.SHL64 : Op.SHL32;
      case Flags.SHR -> wide ? Op.SHR64 : Op.SHR32;
      default -> wide ? Op.SAR64 : Op.SAR32;
    };
  }

  private static int shiftImm(int family, int bits) {
    boolean wide = bits == 64;
    return switch (family) {
      case Flags.SHL -> wide ? Op.SHLI64 : Op.SHLI32;
      case Flags.SHR -> wide ? Op.SHRI64 : Op.SHRI32;
      default -> wide ? Op.SARI64 : Op.SARI32;
    };
  }

  private int count(Insn i, int operand) {
    if (i.kind[operand] == Insn.IMM) {
      return ops.constant((int) i.imm & countMask(i));
    }
    int count = ops.temp();
    ops.opImm(Op.ANDI64, count, Reg.RCX, countMask(i));
    return count;
  }

  /** ROL and ROR change only CF and OF, and nothing where the masked count is 0. */
  void rotate(Insn i) {
    boolean left = i.mnemonic == Mnemonic.ROL;
    int bits = i.bits[0];
    int x = ops.read(i, 0);
    int count = count(i, 1);
    int d = ops.temp();
    if (bits >= 32) {
      boolean wide = bits == 64;
      int op = left ? (wide ? Op.ROL64 : Op.ROL32) : (wide ? Op.ROR64 : Op.ROR32);
      ops.op(op, d, x, count);
    } else {
      ops.call(left ? Helper.ROL : Helper.ROR, d, x, count, 0, bits);
    }
    ops.writeZero(i, 0, d);
    int flags = ops.temp();
    ops.op(Op.GETF, flags, 0);
    ops.call(left ? Helper.ROL_FLAGS : Helper.ROR_FLAGS, flags, flags, d, count, bits);
    ops.op(Op.PUTF, 0, flags);
  }

  /** RCL and RCR rotate through CF. */
  void rotateThroughCarry(Insn i) {
    boolean left = i.mnemonic == Mnemonic.RCL;
    int bits = i.bits[0];
    int x = ops.readZero(i, 0);
    int count = count(i, 1);
    int flags = ops.temp();
    ops.op(Op.GETF, flags, 0);
    int d = ops.temp();
    ops.call(left ? Helper.RCL : Helper.RCR, d, x, flags, count, bits);
    int newFlags = ops.temp();
    ops.call(left ? Helper.RCL_FLAGS : Helper.RCR_FLAGS, newFlags, x, flags, count, bits);
    ops.writeZero(i, 0, d);
    ops.op(Op.PUTF, 0, newFlags);
  }

  /** SHLD and SHRD. */
  void doubleShift(Insn i) {
    boolean left = i.mnemonic == Mnemonic.SHLD;
    int bits = i.bits[0];
    int x = ops.read(i, 0);
    int y = ops.read(i, 1);
    int count = count(i, 2);
    int flags = ops.temp();
    ops.op(Op.GETF, flags, 0);
    int d = ops.temp();
    ops.call(left ? Helper.SHLD : Helper.SHRD, d, x, y, count, bits);
    // The flags helper takes four registers; the width rides in the count's upper bits.
    int packed = ops.temp();
    ops.opImm(Op.ORI64, packed, count, bits << 8);
    int newFlags = ops.temp();
    ops.call(left ? Helper.SHLD_FLAGS : Helper.SHRD_FLAGS, newFlags, x, y, packed, flags);
    ops.writeZero(i, 0, d);
    ops.op(Op.PUTF, 0, newFlags);
  }
}
