package io.rookery.cpu.diff;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.ir.Flags;

/**
 * The flags that instructions leave undefined (SDM vol. 1, appendix A, and the instructions'
 * pages).
 */
final class UndefinedFlags {
  private static final int X87_C0 = 1 << 8;
  private static final int X87_C1 = 1 << 9;
  private static final int X87_C2 = 1 << 10;
  private static final int X87_C3 = 1 << 14;

  private UndefinedFlags() {}

  /** Bits of EFLAGS that {@code insn} leaves undefined when it starts in state {@code in}. */
  static int of(Insn insn, MachineState in) {
    return switch (insn.mnemonic) {
      case AND, OR, XOR, TEST -> Flags.AF;
      case ANDN, BLSI, BLSMSK, BLSR, BZHI -> Flags.AF | Flags.PF;
      case BEXTR -> Flags.AF | Flags.SF | Flags.PF;
      case LZCNT, TZCNT -> Flags.OF | Flags.SF | Flags.PF | Flags.AF;
      case MUL, IMUL -> Flags.SF | Flags.ZF | Flags.AF | Flags.PF;
      case DIV, IDIV -> Flags.STATUS;
      case BSF, BSR -> Flags.STATUS & ~Flags.ZF;
      case BT, BTC, BTR, BTS -> Flags.OF | Flags.SF | Flags.AF | Flags.PF;
      case SHL, SHR, SAR -> shift(insn, in);
      case ROL, ROR, RCL, RCR -> count(insn, in) == 1 ? 0 : count(insn, in) == 0 ? 0 : Flags.OF;
      case SHLD, SHRD -> doubleShift(insn, in);
      case AAA, AAS -> Flags.OF | Flags.SF | Flags.ZF | Flags.PF;
      case AAD, AAM -> Flags.OF | Flags.AF | Flags.CF;
      case DAA, DAS -> Flags.OF;
      default -> 0;
    };
  }

  /** The masked count of a shift or rotation. */
  private static int count(Insn insn, MachineState in) {
    int operand = insn.operands - 1;
    long count = insn.kind[operand] == Insn.IMM ? insn.imm : in.gpr[1];
    return (int) count & (insn.bits[0] == 64 ? 63 : 31);
  }

  private static int shift(Insn insn, MachineState in) {
    int count = count(insn, in);
    if (count == 0) {
      return 0;
    }
    int mask = Flags.AF | (count > 1 ? Flags.OF : 0);
    boolean arithmetic = insn.mnemonic == io.rookery.cpu.decode.Mnemonic.SAR;
    return mask | (!arithmetic && count >= insn.bits[0] ? Flags.CF : 0);
  }

  private static int doubleShift(Insn insn, MachineState in) {
    int count = count(insn, in);
    if (count == 0) {
      return 0;
    }
    return count > insn.bits[0] ? Flags.STATUS : Flags.AF | (count > 1 ? Flags.OF : 0);
  }

  /** Whether the result itself is undefined. */
  static boolean resultUndefined(Insn insn, MachineState in) {
    return switch (insn.mnemonic) {
      case SHLD, SHRD -> count(insn, in) > insn.bits[0];
      case F2XM1 -> Math.abs(st0(in)) > 1;
      case FYL2XP1 -> Math.abs(st0(in)) > 1 - Math.sqrt(2) / 2;
      default -> false;
    };
  }

  private static double st0(MachineState in) {
    int exponent = in.signExponent[0] & 0x7fff;
    return exponent == 0x7fff
        ? 0
        : Math.scalb((in.significand[0] >>> 1) * 0x1p-62, exponent - 0x3fff);
  }

  /** Bits of the x87 status word that {@code insn} leaves undefined. */
  static int x87(Insn insn) {
    int c = X87_C0 | X87_C1 | X87_C2 | X87_C3;
    return switch (insn.mnemonic) {
      case FLD, FST, FSTP, FILD, FIST, FISTP, FISTTP, FADD, FADDP, FIADD, FSUB, FSUBP ->
          c & ~X87_C1;
      case FISUB, FSUBR, FSUBRP, FISUBR, FMUL, FMULP, FIMUL, FDIV, FDIVP, FIDIV -> c & ~X87_C1;
      case FDIVR, FDIVRP, FIDIVR, FSQRT, FRNDINT, FSCALE, FXTRACT, FBLD, FBSTP -> c & ~X87_C1;
      case FABS, FCHS, FXCH, FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ -> c & ~X87_C1;
      case FCMOVB, FCMOVBE, FCMOVE, FCMOVNB, FCMOVNBE, FCMOVNE, FCMOVNU, FCMOVU -> c & ~X87_C1;
      case FDECSTP, FINCSTP -> c & ~X87_C1;
      case FCOMI, FCOMIP, FUCOMI, FUCOMIP -> c & ~X87_C1;
      case F2XM1, FYL2X, FYL2XP1, FPATAN -> c; // C1 says which way was rounded
      case FSIN, FCOS, FSINCOS, FPTAN -> c & ~X87_C2;
      case FNCLEX, FFREE, FFREEP, FNOP, FLDCW, FNSTCW, FNSTSW -> c;
      default -> 0;
    };
  }
}
