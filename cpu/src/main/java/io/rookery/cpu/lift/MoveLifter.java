package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/**
 * MOV and its extending and conditional forms, LEA, XLAT, sign extensions of the accumulator,
 * SETcc.
 */
final class MoveLifter {
  private final Operands ops;

  MoveLifter(Operands ops) {
    this.ops = ops;
  }

  void mov(Insn i) {
    if (i.kind[0] == Insn.SEG) {
      ops.exec(Helper.LOAD_SEGMENT, i.reg[0], ops.read(i, 1), 0, 0);
      return;
    }
    if (i.kind[1] == Insn.SEG) {
      int selector = Reg.SELECTOR + i.reg[1];
      if (i.kind[0] == Insn.MEM) {
        ops.memory(i, Op.STORE16, selector);
      } else {
        ops.writeRegister(i.reg[0], i.operandBits, selector);
      }
      return;
    }
    if (i.kind[0] == Insn.GPR && i.bits[0] >= 32) {
      if (i.kind[1] == Insn.MEM) {
        ops.memory(i, Operands.loadOp(i.bits[1]), i.reg[0]);
        return;
      }
      if (i.kind[1] == Insn.IMM) {
        ops.load(i.reg[0], i.bits[0] == 32 ? i.imm & 0xffffffffL : i.imm);
        return;
      }
    }
    ops.write(i, 0, ops.read(i, 1));
  }

  void movzx(Insn i) {
    if (i.kind[1] == Insn.MEM && i.bits[0] >= 32) {
      ops.memory(i, Operands.loadOp(i.bits[1]), i.reg[0]);
    } else {
      ops.writeZero(i, 0, ops.readZero(i, 1));
    }
  }

  /** MOVSX and MOVSXD. */
  void movsx(Insn i) {
    int from = i.bits[1];
    if (i.kind[1] == Insn.MEM && i.bits[0] == 64) {
      ops.memory(i, from == 32 ? Op.LOAD32S : from == 16 ? Op.LOAD16S : Op.LOAD8S, i.reg[0]);
    } else {
      ops.write(i, 0, ops.readSigned(i, 1));
    }
  }

  /** LEA: no segment base counts, whatever the prefix. */
  void lea(Insn i) {
    i.segment = -1;
    int d = ops.target(i, 0);
    if (i.bits[0] == 64) {
      ops.memory(i, Op.LEA64, d);
    } else {
      ops.memory(i, Op.LEA32, d);
    }
    ops.writeZero(i, 0, d);
  }

  void xlat(Insn i) {
    int address = ops.temp();
    ops.op(Op.ADD64, address, ops.zeroExtend(Reg.RAX, 8), Reg.RBX);
    address = ops.linear(i, ops.zeroExtend(address, i.addressBits));
    int t = ops.temp();
    ops.out.emit(Op.LOAD8, t, address, Reg.ZERO, 0);
    ops.op(Op.INS8, Reg.RAX, t);
  }

  /** CBW, CWDE, CDQE. */
  void extendAccumulator(Insn i) {
    int bits = i.operandBits;
    ops.writeRegister(Reg.RAX, bits, ops.signExtend(Reg.RAX, bits / 2));
  }

  /** CWD, CDQ, CQO. */
  void extendIntoRdx(Insn i) {
    int bits = i.operandBits;
    int t = ops.temp();
    ops.opImm(Op.SARI64, t, ops.signExtend(Reg.RAX, bits), 63);
    ops.writeRegister(Reg.RDX, bits, t);
  }

  void setcc(Insn i) {
    int t = ops.temp();
    ops.out.emit(Op.SETCC, t, 0, 0, i.condition);
    ops.write(i, 0, t);
  }

  /** CMOVcc: memory is read, and a 32-bit register zero-extended, whatever the condition. */
  void cmov(Insn i) {
    int bits = i.bits[0];
    int d = i.reg[0];
    if (bits == 64) {
      ops.out.emit(Op.CMOV, d, ops.read(i, 1), 0, i.condition);
      return;
    }
    int t = ops.temp();
    if (bits == 32) {
      int source = ops.readZero(i, 1);
      ops.op(Op.ZX32, t, d);
      ops.out.emit(Op.CMOV, t, source, 0, i.condition);
      ops.op(Op.MOV, d, t);
    } else {
      ops.op(Op.MOV, t, d);
      ops.op(Op.INS16, t, ops.read(i, 1));
      ops.out.emit(Op.CMOV, d, t, 0, i.condition);
    }
  }
}
