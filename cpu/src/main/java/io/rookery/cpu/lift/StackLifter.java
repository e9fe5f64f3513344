package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** PUSH, POP, PUSHF, POPF, PUSHA, POPA, ENTER, LEAVE. */
final class StackLifter {
  private final Operands ops;

  StackLifter(Operands ops) {
    this.ops = ops;
  }

  /** Stores {@code value} below the top of the stack and lowers RSP. */
  void push(Insn i, int value, int bits) {
    storeBelow(i, Reg.RSP, value, bits);
    adjust(i, -bits / 8);
  }

  private void storeBelow(Insn i, int pointer, int value, int bits) {
    int address = pointer;
    int disp = -bits / 8;
    if (i.mode == 32) {
      address = ops.temp();
      ops.opImm(Op.ADDI32, address, pointer, disp);
      disp = 0;
    }
    ops.out.emit(Operands.storeOp(bits), value, address, Reg.ZERO, disp);
  }

  /** Adds {@code bytes} to the stack pointer. */
  void adjust(Insn i, int bytes) {
    ops.opImm(i.mode == 64 ? Op.ADDI64 : Op.ADDI32, Reg.RSP, Reg.RSP, bytes);
  }

  /** A register holding the top of the stack, {@code bits} wide; RSP stays. */
  int top(int bits) {
    int t = ops.temp();
    ops.out.emit(Operands.loadOp(bits), t, Reg.RSP, Reg.ZERO, 0);
    return t;
  }

  void push(Insn i) {
    int value = i.kind[0] == Insn.SEG ? Reg.SELECTOR + i.reg[0] : ops.read(i, 0);
    push(i, value, i.operandBits);
  }

  void pop(Insn i) {
    int bits = i.operandBits;
    int value = top(bits);
    if (i.kind[0] == Insn.MEM) {
      // An address with RSP in it is computed with the raised RSP (SDM vol. 2, POP).
      ops.memory(i, Operands.storeOp(bits), value, i.base == Reg.RSP ? bits / 8 : 0);
      adjust(i, bits / 8);
    } else if (i.kind[0] == Insn.SEG) {
      ops.exec(Helper.LOAD_SEGMENT, i.reg[0], value, 0, 0);
      adjust(i, bits / 8);
    } else {
      adjust(i, bits / 8);
      ops.writeRegister(i.reg[0], bits, value);
    }
  }

  void pushf(Insn i) {
    int t = ops.temp();
    ops.exec(Helper.GET_EFLAGS, t, 0, 0, 0);
    push(i, t, i.operandBits);
  }

  void popf(Insn i) {
    int value = top(i.operandBits);
    adjust(i, i.operandBits / 8);
    ops.exec(Helper.SET_EFLAGS, ops.constant(i.next), value, 0, i.operandBits);
  }

  void pusha(Insn i) {
    int bits = i.operandBits;
    int pointer = ops.temp();
    ops.op(Op.MOV, pointer, Reg.RSP);
    for (int register = Reg.RAX; register <= Reg.RDI; register++) {
      int slot = ops.temp();
      ops.opImm(Op.ADDI32, slot, pointer, -(register + 1) * bits / 8);
      ops.out.emit(Operands.storeOp(bits), register, slot, Reg.ZERO, 0);
    }
    adjust(i, -bits);
  }

  void popa(Insn i) {
    int bits = i.operandBits;
    int[] values = new int[8];
    for (int n = 0; n < 8; n++) {
      values[n] = ops.temp();
      ops.out.emit(Operands.loadOp(bits), values[n], Reg.RSP, Reg.ZERO, n * bits / 8);
    }
    adjust(i, bits);
    for (int n = 0; n < 8; n++) {
      int register = Reg.RDI - n;
      if (register != Reg.RSP) {
        ops.writeRegister(register, bits, values[n]);
      }
    }
  }

  void leave(Insn i) {
    int bits = i.operandBits;
    int t = ops.temp();
    ops.out.emit(Operands.loadOp(bits), t, Reg.RBP, Reg.ZERO, 0);
    ops.opImm(i.mode == 64 ? Op.ADDI64 : Op.ADDI32, Reg.RSP, Reg.RBP, bits / 8);
    ops.writeRegister(Reg.RBP, bits, t);
  }

  /** ENTER imm16, level (SDM vol. 2): the frame pointers of the enclosing levels are copied. */
  void enter(Insn i) {
    int bits = i.operandBits;
    int bytes = bits / 8;
    int level = (int) i.imm2 & 31;
    int add = i.mode == 64 ? Op.ADDI64 : Op.ADDI32;
    int pointer = ops.temp();
    ops.op(Op.MOV, pointer, Reg.RSP);
    storeBelow(i, pointer, Reg.RBP, bits);
    ops.opImm(add, pointer, pointer, -bytes);
    int frame = ops.temp();
    ops.op(Op.MOV, frame, pointer);
    int saved = ops.temp();
    int source = ops.temp();
    for (int n = 1; n < level; n++) {
      ops.opImm(add, source, Reg.RBP, -n * bytes);
      ops.out.emit(Operands.loadOp(bits), saved, source, Reg.ZERO, 0);
      ops.opImm(add, pointer, pointer, -bytes);
      ops.out.emit(Operands.storeOp(bits), saved, pointer, Reg.ZERO, 0);
    }
    if (level > 0) {
      ops.opImm(add, pointer, pointer, -bytes);
      ops.out.emit(Operands.storeOp(bits), frame, pointer, Reg.ZERO, 0);
    }
    ops.opImm(add, Reg.RSP, pointer, -(int) (i.imm & 0xffff));
    ops.writeRegister(Reg.RBP, bits, frame);
  }
}
