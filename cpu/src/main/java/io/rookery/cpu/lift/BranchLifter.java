package io.rookery.cpu.lift;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.SystemCallPort;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/**
 * Jumps, calls, returns, loops, system calls and software interrupts: the instructions that end a
 * block.
 */
final class BranchLifter {
  private final Operands ops;
  private final StackLifter stack;

  BranchLifter(Operands ops, StackLifter stack) {
    this.ops = ops;
    this.stack = stack;
  }

  void jmp(Insn i) {
    if (i.kind[0] == Insn.REL) {
      jump(i.imm);
    } else {
      ops.op(Op.JMPR, 0, target(i));
    }
  }

  /** Ends the block with a jump to {@code target}. */
  void jump(long target) {
    ops.op(Op.JMP, 0, 0);
    ops.out.extra(target);
  }

  private int target(Insn i) {
    return i.mode == 64 && i.bits[0] == 64 ? ops.read(i, 0) : ops.readZero(i, 0);
  }

  void jcc(Insn i) {
    ops.out.emit(Op.JCC, i.condition, 0, 0, 0);
    ops.out.extra(i.imm);
    ops.out.extra(i.next);
  }

  private void jumpIfNotZero(int register, long taken, long otherwise) {
    ops.op(Op.JNZ, 0, register);
    ops.out.extra(taken);
    ops.out.extra(otherwise);
  }

  void call(Insn i) {
    if (i.kind[0] == Insn.REL) {
      stack.push(i, ops.constant(i.next), i.mode);
      ops.op(Op.CALL, 0, 0);
      ops.out.extra(i.imm);
    } else {
      int target = ops.temp();
      ops.move(target, target(i));
      stack.push(i, ops.constant(i.next), i.mode);
      ops.op(Op.CALLR, 0, target);
    }
    ops.out.extra(i.next);
  }

  void ret(Insn i) {
    int target = stack.top(i.mode);
    int released = i.operands > 0 ? (int) i.imm & 0xffff : 0;
    stack.adjust(i, i.mode / 8 + released);
    ops.op(Op.RET, 0, target);
  }

  /** LOOP, LOOPE, LOOPNE. */
  void loop(Insn i) {
    int counter = ops.temp();
    boolean wide = i.addressBits == 64;
    ops.opImm(wide ? Op.ADDI64 : Op.ADDI32, counter, Reg.RCX, -1);
    ops.writeRegister(Reg.RCX, i.addressBits, counter);
    switch (i.mnemonic) {
      case LOOPE -> andCondition(counter, i.addressBits, Conditions.E);
      case LOOPNE -> andCondition(counter, i.addressBits, Conditions.NE);
      default -> {
        if (i.addressBits == 16) {
          ops.op(Op.ZX16, counter, counter);
        }
      }
    }
    jumpIfNotZero(counter, i.imm, i.next);
  }

  private void andCondition(int counter, int bits, int condition) {
    if (bits == 16) {
      ops.op(Op.ZX16, counter, counter);
    }
    int flag = ops.temp();
    ops.out.emit(Op.SETCC, flag, 0, 0, condition);
    ops.op(Op.NEG64, flag, flag);
    ops.op(Op.AND64, counter, counter, flag);
  }

  /** JCXZ, JECXZ, JRCXZ by the address size. */
  void jrcxz(Insn i) {
    jumpIfNotZero(ops.zeroExtend(Reg.RCX, i.addressBits), i.next, i.imm);
  }

  void syscall(Insn i) {
    ops.exec(Helper.GET_EFLAGS, Reg.R8 + 3, 0, 0, 0);
    ops.load(Reg.RCX, i.next);
    system(i, SystemCallPort.SYSCALL);
  }

  private void system(Insn i, int kind) {
    ops.opImm(Op.SYSCALL, 0, 0, kind);
    ops.out.extra(i.next);
  }

  void sysenter(Insn i) {
    system(i, SystemCallPort.SYSENTER);
  }

  /** INT n: user mode may call only 3, 4 and 80h; any other gate's privilege level gives #GP. */
  void interrupt(Insn i) {
    switch ((int) i.imm & 0xff) {
      case 0x80 -> system(i, SystemCallPort.INT80);
      case 3 -> trap(i, CpuFault.BREAKPOINT);
      case 4 -> trap(i, CpuFault.OVERFLOW);
      default -> {
        ops.exec(Helper.CLOSED_GATE, 0, 0, 0, (int) i.imm & 0xff);
        ops.fault(i, CpuFault.GENERAL_PROTECTION);
      }
    }
  }

  /** INTO: #OF behind it where OF is set. */
  void into(Insn i) {
    int overflow = ops.temp();
    ops.out.emit(Op.SETCC, overflow, 0, 0, Conditions.O);
    ops.exec(Helper.OVERFLOW_TRAP, 0, overflow, 0, 0);
  }

  /** An exception that is reported with the next instruction's address. */
  void trap(Insn i, int vector) {
    ops.out.emit(Op.TRAP, 1, 0, 0, vector);
    ops.out.extra(i.next);
  }
}
