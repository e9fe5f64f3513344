package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.helper.X87;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** x87 instructions: operands from memory are loaded, the rest is done by EXEC helpers. */
final class X87Lifter {
  private final Operands ops;
  private final Vectors v;

  X87Lifter(Vectors v) {
    this.v = v;
    this.ops = v.ops;
  }

  /** Lifts {@code i} if it is an x87 instruction. */
  boolean lift(Insn i) {
    switch (i.mnemonic) {
      case FADD, FIADD -> arithmetic(i, X87.ADD, 0);
      case FMUL, FIMUL -> arithmetic(i, X87.MUL, 0);
      case FSUB, FISUB -> arithmetic(i, X87.SUB, 0);
      case FSUBR, FISUBR -> arithmetic(i, X87.SUBR, 0);
      case FDIV, FIDIV -> arithmetic(i, X87.DIV, 0);
      case FDIVR, FIDIVR -> arithmetic(i, X87.DIVR, 0);
      case FADDP -> arithmetic(i, X87.ADD, 1);
      case FMULP -> arithmetic(i, X87.MUL, 1);
      case FSUBP -> arithmetic(i, X87.SUB, 1);
      case FSUBRP -> arithmetic(i, X87.SUBR, 1);
      case FDIVP -> arithmetic(i, X87.DIV, 1);
      case FDIVRP -> arithmetic(i, X87.DIVR, 1);
      case FCOM, FICOM -> compare(i, 0, 0);
      case FCOMP, FICOMP -> compare(i, 0, 1);
      case FCOMPP -> compare(i, 0, 2);
      case FUCOM -> compare(i, X87.OPTION, 0);
      case FUCOMP -> compare(i, X87.OPTION, 1);
      case FUCOMPP -> compare(i, X87.OPTION, 2);
      case FTST -> exec(i, Helper.X87_COMPARE, 0, 0, 1);
      case FCOMI -> compareIntoFlags(i, 0, 0);
      case FCOMIP -> compareIntoFlags(i, 0, 1);
      case FUCOMI -> compareIntoFlags(i, X87.OPTION, 0);
      case FUCOMIP -> compareIntoFlags(i, X87.OPTION, 1);
      case FLD, FILD, FBLD -> load(i);
      case FLD1 -> exec(i, Helper.X87_CONSTANT, 0, 0, 0);
      case FLDL2T -> exec(i, Helper.X87_CONSTANT, 0, 0, 1);
      case FLDL2E -> exec(i, Helper.X87_CONSTANT, 0, 0, 2);
      case FLDPI -> exec(i, Helper.X87_CONSTANT, 0, 0, 3);
      case FLDLG2 -> exec(i, Helper.X87_CONSTANT, 0, 0, 4);
      case FLDLN2 -> exec(i, Helper.X87_CONSTANT, 0, 0, 5);
      case FLDZ -> exec(i, Helper.X87_CONSTANT, 0, 0, 6);
      case FST, FIST -> store(i, 0, 0);
      case FSTP, FISTP, FBSTP -> store(i, 0, 1);
      case FISTTP -> store(i, X87.OPTION, 1);
      case FXCH -> exec(i, Helper.X87_EXCHANGE, 0, i.reg[0], 0);
      case FCMOVB -> moveIf(i, 2);
      case FCMOVNB -> moveIf(i, 3);
      case FCMOVE -> moveIf(i, 4);
      case FCMOVNE -> moveIf(i, 5);
      case FCMOVBE -> moveIf(i, 6);
      case FCMOVNBE -> moveIf(i, 7);
      case FCMOVU -> moveIf(i, 10);
      case FCMOVNU -> moveIf(i, 11);
      case FCHS -> exec(i, Helper.X87_CHANGE_SIGN, 0, 0, 0);
      case FABS -> exec(i, Helper.X87_ABSOLUTE, 0, 0, 0);
      case FSQRT -> exec(i, Helper.X87_SQUARE_ROOT, 0, 0, 0);
      case FRNDINT -> exec(i, Helper.X87_ROUND, 0, 0, 0);
      case FXAM -> exec(i, Helper.X87_EXAMINE, 0, 0, 0);
      case FPREM -> exec(i, Helper.X87_REMAINDER, 0, 0, 0);
      case FPREM1 -> exec(i, Helper.X87_REMAINDER, 0, 0, 1);
      case FSCALE -> exec(i, Helper.X87_SCALE, 0, 0, 0);
      case FXTRACT -> exec(i, Helper.X87_EXTRACT, 0, 0, 0);
      case F2XM1 -> exec(i, Helper.F2XM1, 0, 0, 0);
      case FYL2X -> exec(i, Helper.FYL2X, 0, 0, 0);
      case FYL2XP1 -> exec(i, Helper.FYL2XP1, 0, 0, 0);
      case FPATAN -> exec(i, Helper.FPATAN, 0, 0, 0);
      case FSIN -> exec(i, Helper.FSIN, 0, 0, 0);
      case FCOS -> exec(i, Helper.FSIN, 0, 0, 1);
      case FSINCOS -> exec(i, Helper.FSINCOS, 0, 0, 0);
      case FPTAN -> exec(i, Helper.FSINCOS, 0, 0, 2);
      case FINCSTP -> exec(i, Helper.X87_ROTATE, 0, 0, 1);
      case FDECSTP -> exec(i, Helper.X87_ROTATE, 0, 0, -1);
      case FFREE -> exec(i, Helper.X87_FREE, 0, i.reg[0], 0);
      case FFREEP -> exec(i, Helper.X87_FREE, 0, i.reg[0], 1);
      case FWAIT, FNOP -> v.exec(Helper.X87_WAIT, 0, 0, 0, 0);
      default -> {
        return liftControl(i);
      }
    }
    return true;
  }

  private boolean liftControl(Insn i) {
    switch (i.mnemonic) {
      case FNSTCW -> storeWord(i, Helper.FNSTCW);
      case FNSTSW -> storeWord(i, Helper.FNSTSW);
      case FLDCW -> v.exec(Helper.FLDCW, 0, ops.read(i, 0), 0, 0);
      case FNCLEX -> v.exec(Helper.FNCLEX, 0, 0, 0, 0);
      case FNINIT -> v.exec(Helper.FNINIT, 0, 0, 0, 0);
      case EMMS -> v.exec(Helper.EMMS, 0, 0, 0, 0);
      case FNSTENV -> memory(i, Helper.FNSTENV);
      case FLDENV -> memory(i, Helper.FLDENV);
      case FNSAVE -> memory(i, Helper.FNSAVE);
      case FRSTOR -> memory(i, Helper.FRSTOR);
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Calls a helper with the instruction's address in its operand {@code b}. */
  private void exec(Insn i, Helper helper, int d, int a, int imm) {
    v.exec(helper, d, a, ops.constant(i.address), imm);
  }

  private static int type(Insn i, int n) {
    if (i.kind[n] == Insn.ST) {
      return X87.ST;
    }
    boolean integer =
        switch (i.mnemonic) {
          case FILD, FIST, FISTP, FISTTP -> true;
          case FIADD, FIMUL, FICOM, FICOMP, FISUB, FISUBR, FIDIV, FIDIVR -> true;
          default -> false;
        };
    return switch (i.bits[n]) {
      case 16 -> X87.INT16;
      case 32 -> integer ? X87.INT32 : X87.FLOAT32;
      case 64 -> integer ? X87.INT64 : X87.FLOAT64;
      default ->
          switch (i.mnemonic) {
            case FBLD, FBSTP -> X87.BCD;
            default -> X87.FLOAT80;
          };
    };
  }

  /** ST number of operand {@code n}, or the temporaries it was loaded to. */
  private int source(Insn i, int n) {
    if (i.kind[n] == Insn.ST) {
      return i.reg[n];
    }
    if (i.bits[n] == 80) {
      int t = ops.tempQuad();
      ops.memory(i, Op.LOAD64, t);
      ops.memory(i, Op.LOAD16, t + 1, 8);
      return t;
    }
    return ops.read(i, n);
  }

  private static int imm(int operation, int type, int pops) {
    return operation | type << X87.TYPE_SHIFT | pops << X87.POPS_SHIFT;
  }

  private void arithmetic(Insn i, int operation, int pops) {
    int n = i.operands - 1;
    int d = i.operands == 2 ? i.reg[0] : 0;
    exec(i, Helper.X87_ARITHMETIC, d, source(i, n), imm(operation, type(i, n), pops));
  }

  private void compare(Insn i, int option, int pops) {
    int a = 1; // FCOMPP and FUCOMPP have no operands
    int type = X87.ST;
    if (i.operands > 0) {
      int n = i.operands - 1;
      a = source(i, n);
      type = type(i, n);
    }
    exec(i, Helper.X87_COMPARE, 0, a, imm(option, type, pops));
  }

  private void compareIntoFlags(Insn i, int option, int pops) {
    int t = ops.temp();
    exec(i, Helper.X87_COMPARE, t, i.reg[1], imm(option, X87.ST, pops));
    ops.op(Op.PUTF, 0, t);
  }

  private void load(Insn i) {
    exec(i, Helper.X87_LOAD, 0, source(i, 0), imm(0, type(i, 0), 0));
  }

  private void store(Insn i, int option, int pops) {
    if (i.kind[0] == Insn.ST) {
      exec(i, Helper.X87_COPY, i.reg[0], 0, imm(0, X87.ST, pops));
    } else {
      exec(i, Helper.X87_STORE, ops.linearAddress(i), 0, imm(option, type(i, 0), pops));
    }
  }

  private void moveIf(Insn i, int condition) {
    int t = ops.temp();
    ops.opImm(Op.SETCC, t, 0, condition);
    exec(i, Helper.X87_MOVE_IF, t, i.reg[1], 0);
  }

  private void storeWord(Insn i, Helper helper) {
    int t = ops.temp();
    v.h1(helper, t, Reg.ZERO);
    ops.write(i, 0, t);
  }

  private void memory(Insn i, Helper helper) {
    v.exec(helper, 0, ops.linearAddress(i), 0, i.operandBits == 16 ? 16 : 32);
  }
}
