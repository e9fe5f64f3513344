package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.helper.StringHelpers;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** MOVS, STOS, LODS, CMPS, SCAS, alone and repeated. */
final class StringLifter {
  private final Operands ops;

  StringLifter(Operands ops) {
    this.ops = ops;
  }

  /** Lifts one string instruction; true if it ended the block, as repeated ones do. */
  boolean lift(Insn i) {
    if (i.rep || i.repne) {
      repeat(i);
      return true;
    }
    int bits = i.elementBits;
    switch (i.mnemonic) {
      case MOVS -> {
        int value = load(source(i), bits);
        store(i, value, bits);
        advance(i, Reg.RSI, bits);
        advance(i, Reg.RDI, bits);
      }
      case STOS -> {
        store(i, Reg.RAX, bits);
        advance(i, Reg.RDI, bits);
      }
      case LODS -> {
        int value = load(source(i), bits);
        advance(i, Reg.RSI, bits);
        ops.writeRegister(Reg.RAX, bits, value);
      }
      case CMPS -> {
        int x = load(source(i), bits);
        int y = load(destination(i), bits);
        advance(i, Reg.RSI, bits);
        advance(i, Reg.RDI, bits);
        ops.out.emit(Op.SETF, 0, x, y, Flags.kind(Flags.SUB, bits));
      }
      default -> {
        int y = load(destination(i), bits);
        advance(i, Reg.RDI, bits);
        ops.out.emit(Op.SETF, 0, Reg.RAX, y, Flags.kind(Flags.SUB, bits));
      }
    }
    return false;
  }

  private int source(Insn i) {
    return ops.linear(i, ops.zeroExtend(Reg.RSI, i.addressBits));
  }

  private int destination(Insn i) {
    return ops.zeroExtend(Reg.RDI, i.addressBits);
  }

  private int load(int address, int bits) {
    int t = ops.temp();
    ops.out.emit(Operands.loadOp(bits), t, address, Reg.ZERO, 0);
    return t;
  }

  private void store(Insn i, int value, int bits) {
    ops.out.emit(Operands.storeOp(bits), value, destination(i), Reg.ZERO, 0);
  }

  private void advance(Insn i, int register, int bits) {
    int t = ops.temp();
    ops.opImm(Op.SHLI64, t, Reg.DIRECTION, Integer.numberOfTrailingZeros(bits / 8));
    ops.op(Op.ADD64, t, t, register);
    ops.writeRegister(register, i.addressBits, t);
  }

  /**
   * A repeated instruction runs in steps of a bounded number of elements, each a call of the
   * helper; the jump back to the instruction itself polls in between.
   */
  private void repeat(Insn i) {
    Helper helper =
        switch (i.mnemonic) {
          case MOVS -> Helper.REP_MOVS;
          case STOS -> Helper.REP_STOS;
          case LODS -> Helper.REP_LODS;
          case CMPS -> Helper.REP_CMPS;
          default -> Helper.REP_SCAS;
        };
    int base = Operands.segmentBase(i.segment);
    int more = ops.temp();
    boolean whileEqual = !i.repne;
    ops.exec(
        helper,
        more,
        base,
        0,
        StringHelpers.describe(
            i.elementBits,
            i.addressBits,
            whileEqual && (i.mnemonic == Mnemonic.CMPS || i.mnemonic == Mnemonic.SCAS)));
    ops.op(Op.JNZ, 0, more);
    ops.out.extra(i.address);
    ops.out.extra(i.next);
  }
}
