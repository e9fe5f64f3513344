package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** Moves of vector registers and parts of them; MXCSR, FXSAVE and FXRSTOR. */
final class SseMoveLifter {
  private final Operands ops;
  private final Vectors v;

  SseMoveLifter(Vectors v) {
    this.v = v;
    this.ops = v.ops;
  }

  /** Lifts {@code i} if it is of this family. */
  boolean lift(Insn i) {
    switch (i.mnemonic) {
      case MOVAPS, MOVAPD, MOVDQA, MOVNTPS, MOVNTPD, MOVNTDQ, MOVNTDQA -> whole(i, true);
      case MOVUPS, MOVUPD, MOVDQU, LDDQU -> whole(i, false);
      case MOVQ -> movq(i);
      case MOVD, MOVNTQ -> movd(i);
      case MOVNTI -> ops.memory(i, Operands.storeOp(i.bits[0]), i.reg[1]);
      case MOVQ2DQ -> movq2dq(i);
      case MOVDQ2Q -> movdq2q(i);
      case MOVSS -> scalar(i, 32);
      case MOVSD_XMM -> scalar(i, 64);
      case MOVLPS, MOVLPD -> half(i, 0);
      case MOVHPS, MOVHPD -> half(i, 1);
      case MOVHLPS -> betweenHalves(i, 0, 1);
      case MOVLHPS -> betweenHalves(i, 1, 0);
      case MOVDDUP -> movddup(i);
      case MOVSLDUP -> duplicate32(i, 0b0000);
      case MOVSHDUP -> duplicate32(i, 0b0101);
      case MASKMOVDQU, MASKMOVQ -> maskMove(i);
      case LDMXCSR -> {
        int t = ops.temp();
        ops.memory(i, Op.LOAD32, t);
        v.exec(Helper.LDMXCSR, 0, t, 0, 0);
      }
      case STMXCSR -> {
        int t = ops.temp();
        v.h1(Helper.STMXCSR, t, Reg.ZERO);
        ops.memory(i, Op.STORE32, t);
      }
      case FXSAVE -> fxsave(i, Helper.FXSAVE);
      case FXRSTOR -> fxsave(i, Helper.FXRSTOR);
      case XSAVE, XSAVEOPT -> xsave(i, Helper.XSAVE, 0);
      case XSAVEC -> xsave(i, Helper.XSAVE, 2);
      case XRSTOR -> xsave(i, Helper.XRSTOR, 0);
      case VZEROUPPER -> v.exec(Helper.VZERO, 0, 0, 0, 2);
      case VZEROALL -> v.exec(Helper.VZERO, 0, 0, 0, 0);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Moves of whole registers. */
  private void whole(Insn i, boolean aligned) {
    int n = Vectors.quads(i);
    if (Vectors.isMemory(i, 0)) {
      if (aligned) {
        ops.memory(i, n == 4 ? Op.ALIGN32 : Op.ALIGN16, 0);
      }
      ops.memory(i, n == 4 ? Op.STORE256 : Op.STORE128, Vectors.register(i, 1));
      return;
    }
    int d = Vectors.register(i, 0);
    if (Vectors.isMemory(i, 1)) {
      if (aligned) {
        ops.memory(i, n == 4 ? Op.ALIGN32 : Op.ALIGN16, 0);
      }
      ops.memory(i, n == 4 ? Op.LOAD256 : Op.LOAD128, d);
    } else {
      v.move(d, Vectors.register(i, 1), n);
    }
    v.finish(i);
  }

  /**
   * The low quadword of a vector, MMX or general register or memory, to another; into a vector
   * register zero-extended.
   */
  private void movq(Insn i) {
    switch (i.kind[0]) {
      case Insn.VEC -> {
        int d = Vectors.register(i, 0);
        switch (i.kind[1]) {
          case Insn.MEM -> ops.memory(i, Op.LOAD64, d);
          case Insn.GPR -> ops.op(Op.MOV, d, i.reg[1]);
          default -> ops.move(d, Vectors.register(i, 1));
        }
        ops.op(Op.MOV, d + 1, Reg.ZERO);
        v.finish(i);
      }
      case Insn.MMX -> {
        int a = i.kind[1] == Insn.GPR ? i.reg[1] : v.source(i, 1);
        v.enterMmx(i.reg[0]);
        ops.op(Op.MOV, Vectors.register(i, 0), a);
      }
      case Insn.MEM -> {
        waitForX87(i);
        ops.memory(i, Op.STORE64, Vectors.register(i, 1));
        v.begin(i);
      }
      default -> {
        v.begin(i);
        ops.op(Op.MOV, i.reg[0], Vectors.register(i, 1));
      }
    }
  }

  /** As MOVQ with 32 bits of general register or memory; MOVNTQ. */
  private void movd(Insn i) {
    switch (i.kind[0]) {
      case Insn.VEC -> {
        int d = Vectors.register(i, 0);
        int a = ops.readZero(i, 1);
        ops.op(Op.MOV, d, a);
        ops.op(Op.MOV, d + 1, Reg.ZERO);
        v.finish(i);
      }
      case Insn.MMX -> {
        int a = ops.readZero(i, 1);
        v.enterMmx(i.reg[0]);
        ops.op(Op.MOV, Vectors.register(i, 0), a);
      }
      case Insn.MEM -> {
        waitForX87(i);
        ops.memory(i, Operands.storeOp(i.bits[0]), Vectors.register(i, 1));
        v.begin(i);
      }
      default -> {
        v.begin(i);
        ops.op(Op.ZX32, i.reg[0], Vectors.register(i, 1));
      }
    }
  }

  /** Pending x87 exceptions come before the store of an MMX register. */
  private void waitForX87(Insn i) {
    if (i.kind[1] == Insn.MMX) {
      v.exec(Helper.X87_WAIT, 0, 0, 0, 0);
    }
  }

  private void movq2dq(Insn i) {
    int d = Vectors.register(i, 0);
    v.begin(i);
    ops.op(Op.MOV, d, Vectors.register(i, 1));
    ops.op(Op.MOV, d + 1, Reg.ZERO);
  }

  private void movdq2q(Insn i) {
    v.begin(i);
    ops.op(Op.MOV, Vectors.register(i, 0), Vectors.register(i, 1));
  }

  /** MOVSS, MOVSD: loads zero-extend, moves between registers replace the low part only. */
  private void scalar(Insn i, int bits) {
    if (Vectors.isMemory(i, 0)) {
      ops.memory(i, Operands.storeOp(bits), Vectors.register(i, 1));
      return;
    }
    int d = Vectors.register(i, 0);
    if (Vectors.isMemory(i, 1)) {
      ops.memory(i, Operands.loadOp(bits), d);
      ops.op(Op.MOV, d + 1, Reg.ZERO);
      if (!i.vex) {
        return;
      }
    } else {
      int b = Vectors.register(i, Vectors.secondOperand(i));
      int a = v.first(i);
      if (bits == 64) {
        ops.move(d, b);
      } else {
        v.h2(Helper.PINSRD, d, a, b, 0);
      }
      ops.move(d + 1, a + 1);
    }
    if (i.vex) {
      v.clearUpper(d);
    }
  }

  /** Quadword {@code half} from or to memory. */
  private void half(Insn i, int half) {
    if (Vectors.isMemory(i, 0)) {
      ops.memory(i, Op.STORE64, Vectors.register(i, 1) + half);
      return;
    }
    int d = Vectors.register(i, 0);
    ops.memory(i, Op.LOAD64, d + half);
    ops.move(d + (half ^ 1), v.first(i) + (half ^ 1));
    v.finish(i);
  }

  private void betweenHalves(Insn i, int to, int from) {
    int b = Vectors.register(i, Vectors.secondOperand(i)) + from;
    int a = v.first(i) + (to ^ 1);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    ops.op(Op.MOV, t, b);
    ops.move(d + (to ^ 1), a);
    ops.op(Op.MOV, d + to, t);
    v.finish(i);
  }

  private void movddup(Insn i) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      ops.move(d + lane, a + lane);
      ops.move(d + lane + 1, d + lane);
    }
    v.finish(i);
  }

  private void duplicate32(Insn i, int select) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    for (int q = 0; q < Vectors.quads(i); q++) {
      v.h2(Helper.SELECT32, d + q, a + q, a + q, select);
    }
    v.finish(i);
  }

  /** Bytes selected by the mask to DS:rDI. */
  private void maskMove(Insn i) {
    int address = ops.temp();
    ops.op(i.addressBits == 64 ? Op.MOV : Op.ZX32, address, Reg.RDI);
    v.exec(
        Helper.MASK_MOVE,
        ops.linear(i, address),
        Vectors.register(i, 0),
        Vectors.register(i, 1),
        Vectors.quads(i));
    if (i.mnemonic == Mnemonic.MASKMOVQ) {
      v.enterMmx(-1);
    }
  }

  private void fxsave(Insn i, Helper helper) {
    int address = ops.linearAddress(i);
    ops.memory(i, Op.ALIGN16, 0);
    v.exec(helper, 0, address, 0, i.operandBits == 64 ? 1 : 0);
  }

  private void xsave(Insn i, Helper helper, int imm) {
    v.exec(helper, 0, ops.linearAddress(i), 0, imm | (i.operandBits == 64 ? 1 : 0));
  }
}
