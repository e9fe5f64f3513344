package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** Binary arithmetic and logic: ADD … CMP, TEST, INC, DEC, NEG, NOT, exchange instructions. */
final class AluLifter {
  private final Operands ops;

  AluLifter(Operands ops) {
    this.ops = ops;
  }

  private static boolean wide(Insn i) {
    return i.bits[0] == 64;
  }

  private static boolean isMemory(Insn i) {
    return i.kind[0] == Insn.MEM;
  }

  /** Whether operand 1 is an immediate whose negation fits too. */
  private static boolean shortImmediate(Insn i) {
    return i.kind[1] == Insn.IMM && i.imm == (int) i.imm && (int) i.imm != Integer.MIN_VALUE;
  }

  void add(Insn i) {
    if (i.lock) {
      locked(i, Op.XADD, Flags.ADD, false);
      return;
    }
    int kind = Flags.kind(Flags.ADD, i.bits[0]);
    int x = ops.read(i, 0);
    int d = ops.target(i, 0);
    if (shortImmediate(i)) {
      flagsFirst(i, kind, x, (int) i.imm);
      ops.opImm(wide(i) ? Op.ADDI64 : Op.ADDI32, d, x, (int) i.imm);
      ops.writeZero(i, 0, d);
      flagsLast(i, kind, x, (int) i.imm);
    } else {
      arithmetic(i, kind, wide(i) ? Op.ADD64 : Op.ADD32, d, x, ops.read(i, 1));
    }
  }

  void sub(Insn i) {
    if (i.lock) {
      int y = ops.read(i, 1);
      int negated = ops.temp();
      ops.op(Op.NEG64, negated, y);
      lockedAdd(i, negated, Flags.SUB, y);
      return;
    }
    int kind = Flags.kind(Flags.SUB, i.bits[0]);
    if (sameRegister(i)) {
      ops.load(i.reg[0], 0);
      ops.out.emit(Op.SETFI, Flags.kind(Flags.SUB, 64), Reg.ZERO, 0, 0);
      return;
    }
    int x = ops.read(i, 0);
    int d = ops.target(i, 0);
    if (shortImmediate(i)) {
      flagsFirst(i, kind, x, (int) i.imm);
      ops.opImm(wide(i) ? Op.ADDI64 : Op.ADDI32, d, x, -(int) i.imm);
      ops.writeZero(i, 0, d);
      flagsLast(i, kind, x, (int) i.imm);
    } else {
      arithmetic(i, kind, wide(i) ? Op.SUB64 : Op.SUB32, d, x, ops.read(i, 1));
    }
  }

  /** The zeroing idiom: XOR or SUB of a 32- or 64-bit register with itself. */
  private static boolean sameRegister(Insn i) {
    return i.kind[0] == Insn.GPR
        && i.kind[1] == Insn.GPR
        && i.reg[0] == i.reg[1]
        && i.bits[0] >= 32;
  }

  /**
   * Registers: the lazy flags take their operands before the destination changes. Memory: after the
   * store that may fault.
   */
  private void arithmetic(Insn i, int kind, int op, int d, int x, int y) {
    if (isMemory(i)) {
      ops.op(op, d, x, y);
      ops.writeZero(i, 0, d);
      ops.out.emit(Op.SETF, 0, x, y, kind);
    } else {
      ops.out.emit(Op.SETF, 0, x, y, kind);
      ops.op(op, d, x, y);
      ops.writeZero(i, 0, d);
    }
  }

  private void flagsFirst(Insn i, int kind, int x, int imm) {
    if (!isMemory(i)) {
      ops.out.emit(Op.SETFI, kind, x, 0, imm);
    }
  }

  private void flagsLast(Insn i, int kind, int x, int imm) {
    if (isMemory(i)) {
      ops.out.emit(Op.SETFI, kind, x, 0, imm);
    }
  }

  void cmp(Insn i) {
    compare(i, Flags.kind(Flags.SUB, i.bits[0]));
  }

  private void compare(Insn i, int kind) {
    int x = ops.read(i, 0);
    if (i.kind[1] == Insn.IMM && i.imm == (int) i.imm) {
      ops.out.emit(Op.SETFI, kind, x, 0, (int) i.imm);
    } else {
      int y = ops.read(i, 1);
      ops.out.emit(Op.SETF, 0, x, y, kind);
    }
  }

  void test(Insn i) {
    int kind = Flags.kind(Flags.LOGIC, i.bits[0]);
    int x = ops.read(i, 0);
    int d;
    if (i.kind[1] == Insn.IMM && i.imm == (int) i.imm) {
      d = ops.temp();
      ops.opImm(Op.ANDI64, d, x, (int) i.imm);
    } else if (i.kind[1] == i.kind[0] && i.kind[0] == Insn.GPR && i.reg[0] == i.reg[1]) {
      d = x;
    } else {
      d = ops.temp();
      ops.op(Op.AND64, d, x, ops.read(i, 1));
    }
    ops.out.emit(Op.SETFI, kind, d, 0, 0);
  }

  void logic(Insn i, int op64, int op32, int opImm64, int opImm32, int locked) {
    if (i.lock) {
      locked(i, locked, Flags.LOGIC, true);
      return;
    }
    int kind = Flags.kind(Flags.LOGIC, i.bits[0]);
    if (i.mnemonic == Mnemonic.XOR && sameRegister(i)) {
      ops.load(i.reg[0], 0);
      ops.out.emit(Op.SETFI, kind, Reg.ZERO, 0, 0);
      return;
    }
    int x = ops.read(i, 0);
    int d = ops.target(i, 0);
    if (i.kind[1] == Insn.IMM && i.imm == (int) i.imm) {
      ops.opImm(wide(i) ? opImm64 : opImm32, d, x, (int) i.imm);
    } else {
      ops.op(wide(i) ? op64 : op32, d, x, ops.read(i, 1));
    }
    ops.writeZero(i, 0, d);
    ops.out.emit(Op.SETFI, kind, d, 0, 0);
  }

  /** ADC and SBB: {@code family} is ADD or SUB. */
  void withCarry(Insn i, int family) {
    if (i.lock) {
      lockedByHelper(i, family == Flags.ADD ? Helper.LOCKED_ADC : Helper.LOCKED_SBB);
      return;
    }
    int kind = Flags.kind(family, i.bits[0]);
    int x = ops.read(i, 0);
    int y = ops.read(i, 1);
    int carry = ops.temp();
    ops.op(Op.GETCF, carry, 0);
    int sum = ops.temp();
    ops.op(family == Flags.ADD ? Op.ADD64 : Op.SUB64, sum, x, y);
    ops.op(family == Flags.ADD ? Op.ADD64 : Op.SUB64, sum, sum, carry);
    if (isMemory(i)) {
      ops.write(i, 0, sum);
      ops.out.emit(Op.SETFC, carry, x, y, kind);
    } else {
      ops.out.emit(Op.SETFC, carry, x, y, kind);
      ops.write(i, 0, sum);
    }
  }

  void incDec(Insn i, int family) {
    int delta = family == Flags.INC ? 1 : -1;
    int carry = ops.temp();
    int result;
    if (i.lock) {
      int old = ops.temp();
      int address = ops.linearAddress(i);
      ops.out.emit(Op.XADD, old, address, ops.constant(delta), i.bits[0] / 8);
      ops.op(Op.GETCF, carry, 0);
      result = ops.temp();
      ops.opImm(Op.ADDI64, result, old, delta);
    } else {
      int x = ops.read(i, 0);
      ops.op(Op.GETCF, carry, 0);
      result = ops.target(i, 0);
      ops.opImm(wide(i) ? Op.ADDI64 : Op.ADDI32, result, x, delta);
      ops.writeZero(i, 0, result);
    }
    ops.out.emit(Op.SETF, 0, result, carry, Flags.kind(family, i.bits[0]));
  }

  void neg(Insn i) {
    if (i.lock) {
      lockedByHelper(i, Helper.LOCKED_NEG);
      return;
    }
    int kind = Flags.kind(Flags.SUB, i.bits[0]);
    int x = ops.read(i, 0);
    int d = ops.target(i, 0);
    if (!isMemory(i)) {
      ops.out.emit(Op.SETF, 0, Reg.ZERO, x, kind);
    }
    ops.op(wide(i) ? Op.NEG64 : Op.NEG32, d, x);
    ops.writeZero(i, 0, d);
    if (isMemory(i)) {
      ops.out.emit(Op.SETF, 0, Reg.ZERO, x, kind);
    }
  }

  void not(Insn i) {
    if (i.lock) {
      int address = ops.linearAddress(i);
      ops.out.emit(Op.XXOR, ops.temp(), address, ops.constant(-1), i.bits[0] / 8);
      return;
    }
    int x = ops.read(i, 0);
    int d = ops.target(i, 0);
    ops.op(wide(i) ? Op.NOT64 : Op.NOT32, d, x);
    ops.writeZero(i, 0, d);
  }

  /** LOCK ADD, AND, OR, XOR: one atomic operation, then the flags from the old value. */
  private void locked(Insn i, int atomic, int family, boolean logic) {
    int y = ops.read(i, 1);
    int address = ops.linearAddress(i);
    int old = ops.temp();
    ops.out.emit(atomic, old, address, y, i.bits[0] / 8);
    int kind = Flags.kind(family, i.bits[0]);
    if (logic) {
      int result = ops.temp();
      ops.op(atomic == Op.XAND ? Op.AND64 : atomic == Op.XOR ? Op.OR64 : Op.XOR64, result, old, y);
      ops.out.emit(Op.SETFI, kind, result, 0, 0);
    } else {
      ops.out.emit(Op.SETF, 0, old, y, kind);
    }
  }

  private void lockedAdd(Insn i, int addend, int family, int y) {
    int address = ops.linearAddress(i);
    int old = ops.temp();
    ops.out.emit(Op.XADD, old, address, addend, i.bits[0] / 8);
    ops.out.emit(Op.SETF, 0, old, y, Flags.kind(family, i.bits[0]));
  }

  private void lockedByHelper(Insn i, Helper helper) {
    int y = i.operands > 1 ? ops.read(i, 1) : Reg.ZERO;
    int address = ops.linearAddress(i);
    ops.exec(helper, 0, address, y, i.bits[0]);
  }

  // ---------------------------------------------------------------- exchanges

  /** XCHG with memory is locked with and without the prefix (SDM vol. 3, 9.1.2.1). */
  void xchg(Insn i) {
    int memory = i.kind[0] == Insn.MEM ? 0 : i.kind[1] == Insn.MEM ? 1 : -1;
    int old = ops.temp();
    if (memory >= 0) {
      int other = 1 - memory;
      int value = ops.read(i, other);
      int address = ops.linearAddress(i);
      ops.out.emit(Op.XCHG, old, address, value, i.bits[0] / 8);
      ops.writeZero(i, other, old);
    } else {
      int x = ops.read(i, 0);
      ops.op(Op.MOV, old, x);
      int second = ops.temp();
      ops.op(Op.MOV, second, ops.read(i, 1));
      ops.write(i, 0, second);
      ops.write(i, 1, old);
    }
  }

  void xadd(Insn i) {
    int bits = i.bits[0];
    int kind = Flags.kind(Flags.ADD, bits);
    int old = ops.temp();
    int y = ops.temp();
    ops.op(Op.MOV, y, ops.read(i, 1));
    if (isMemory(i)) {
      int address = ops.linearAddress(i);
      ops.out.emit(Op.XADD, old, address, y, bits / 8);
      ops.write(i, 1, old);
    } else {
      ops.op(Op.MOV, old, ops.read(i, 0));
      int sum = ops.temp();
      ops.op(Op.ADD64, sum, old, y);
      ops.write(i, 1, old);
      ops.write(i, 0, sum);
    }
    ops.out.emit(Op.SETF, 0, old, y, kind);
  }

  void cmpxchg(Insn i) {
    int bits = i.bits[0];
    int kind = Flags.kind(Flags.SUB, bits);
    int expected = ops.temp();
    ops.move(expected, ops.zeroExtend(Reg.RAX, bits));
    int old = ops.temp();
    int source = ops.read(i, 1);
    if (isMemory(i)) {
      ops.op(Op.MOV, old, expected);
      int address = ops.linearAddress(i);
      ops.out.emit(Op.CAS, old, address, source, bits / 8);
      ops.out.emit(Op.SETF, 0, expected, old, kind);
    } else {
      ops.move(old, ops.zeroExtend(ops.read(i, 0), bits));
      ops.out.emit(Op.SETF, 0, expected, old, kind);
      int value = ops.temp();
      if (bits == 32) {
        // Unless it is replaced the destination keeps its upper half.
        ops.op(Op.MOV, value, i.reg[0]);
        ops.out.emit(Op.CMOV, value, ops.zeroExtend(source, bits), 0, Conditions.E);
        ops.move(i.reg[0], value);
      } else {
        ops.op(Op.MOV, value, old);
        ops.out.emit(Op.CMOV, value, source, 0, Conditions.E);
        ops.write(i, 0, value);
      }
    }
    // The accumulator is written only when the comparison fails; a 32-bit one keeps its upper half
    // otherwise.
    int accumulator = ops.temp();
    ops.op(Op.MOV, accumulator, Reg.RAX);
    if (bits >= 32) {
      ops.out.emit(Op.CMOV, accumulator, old, 0, Conditions.NE);
      ops.move(Reg.RAX, accumulator);
    } else {
      ops.op(bits == 8 ? Op.INS8 : Op.INS16, accumulator, old);
      ops.out.emit(Op.CMOV, Reg.RAX, accumulator, 0, Conditions.NE);
    }
  }

  void cmpxchg8b16b(Insn i) {
    int address = ops.linearAddress(i);
    ops.exec(
        i.mnemonic == Mnemonic.CMPXCHG16B ? Helper.CMPXCHG16B : Helper.CMPXCHG8B, 0, address, 0, 0);
  }
}
