package io.rookery.cpu.lift;

import io.rookery.cpu.Segments;
import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;

/** Far pointers: jumps, calls and returns to other code segments, and LDS, LES, LFS, LGS, LSS. */
final class FarLifter {
  private static final int WORD = 16;

  private final Operands ops;

  FarLifter(Operands ops) {
    this.ops = ops;
  }

  /** JMPF, CALLF, RETF, IRET: the helper leaves the block by throwing. */
  void transfer(Insn i) {
    int words = i.operandBits / WORD;
    switch (i.mnemonic) {
      case RETF -> {
        int released = i.operands > 0 ? (int) i.imm & 0xffff : 0;
        ops.exec(Helper.FAR_RETURN, 0, 0, 0, words | released << 4);
      }
      case IRET -> ops.exec(Helper.INTERRUPT_RETURN, 0, 0, 0, words);
      default -> {
        int offset;
        int selector;
        if (i.kind[0] == Insn.MEM) {
          offset = ops.temp();
          selector = ops.temp();
          pointer(i, offset, selector);
        } else {
          offset = ops.constant(i.imm & 0xffffffffL);
          selector = ops.constant(i.imm2 & 0xffff);
        }
        if (i.mnemonic == Mnemonic.CALLF) {
          ops.exec(Helper.FAR_CALL, ops.constant(i.next), offset, selector, words);
        } else {
          ops.exec(Helper.FAR_JUMP, 0, offset, selector, words);
        }
      }
    }
    // Never reached, but a block ends with a jump.
    ops.op(Op.JMP, 0, 0);
    ops.out.extra(i.next);
  }

  private void pointer(Insn i, int offset, int selector) {
    ops.memory(i, Operands.loadOp(i.operandBits), offset);
    ops.memory(i, Op.LOAD16, selector, i.operandBits / 8);
  }

  /** LDS, LES, LFS, LGS, LSS. */
  void loadPointer(Insn i) {
    int offset = ops.temp();
    int selector = ops.temp();
    pointer(i, offset, selector);
    int register =
        switch (i.mnemonic) {
          case LES -> 0;
          case LSS -> Segments.SS;
          case LDS -> Segments.DS;
          case LFS -> Segments.FS;
          default -> Segments.GS;
        };
    ops.exec(Helper.LOAD_SEGMENT, register, selector, 0, 0);
    ops.writeRegister(i.reg[0], i.operandBits, offset);
  }
}
