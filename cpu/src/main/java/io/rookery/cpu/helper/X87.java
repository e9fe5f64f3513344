package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;

/**
 * x87 arithmetic, comparisons and moves (SDM vol. 1, chapter 8), as EXEC helpers. In all of them
 * {@code b} is a register with the instruction's address, for FNSTENV and its like.
 */
public final class X87 {
  // Types of operands.
  public static final int ST = 0;
  public static final int FLOAT32 = 1;
  public static final int FLOAT64 = 2;
  public static final int FLOAT80 = 3;
  public static final int INT16 = 4;
  public static final int INT32 = 5;
  public static final int INT64 = 6;
  public static final int BCD = 7;

  // Fields of imm: bits 3:0 an operation, 6:4 the operand's type, 8:7 how often to pop, 9 see the
  // helper.
  public static final int TYPE_SHIFT = 4;
  public static final int POPS_SHIFT = 7;
  public static final int OPTION = 1 << 9;

  // Operations of arithmetic.
  public static final int ADD = 0;
  public static final int MUL = 1;
  public static final int SUB = 4;
  public static final int SUBR = 5;
  public static final int DIV = 6;
  public static final int DIVR = 7;

  private X87() {}

  private static int type(int imm) {
    return imm >> TYPE_SHIFT & 7;
  }

  private static int pops(int imm) {
    return imm >> POPS_SHIFT & 3;
  }

  /** The operand of that type in register {@code a}, or, if it is ST, ST(a). */
  private static Extended operand(X87Operation op, CpuState s, int a, int type) {
    return switch (type) {
      case ST -> op.raw(a);
      case FLOAT32 -> op.load(SoftFloat.SINGLE, s.r[a] & 0xffffffffL);
      case FLOAT64 -> op.load(SoftFloat.DOUBLE, s.r[a]);
      case FLOAT80 -> new Extended((int) s.r[a + 1] & 0xffff, s.r[a]);
      case INT16 -> Extended.from((short) s.r[a]);
      case INT32 -> Extended.from((int) s.r[a]);
      case INT64 -> Extended.from(s.r[a]);
      default -> X87Decimal.load(s.r[a], (int) s.r[a + 1]);
    };
  }

  /**
   * As {@link #operand} for arithmetic, where a denormal or NaN in memory is noted by the operation
   * itself.
   */
  private static Extended arithmeticOperand(X87Operation op, CpuState s, int a, int type) {
    op.denormalInMemory = denormalInMemory(s, a, type);
    return switch (type) {
      case FLOAT32 -> Extended.from(SoftFloat.SINGLE, s.r[a] & 0xffffffffL);
      case FLOAT64 -> Extended.from(SoftFloat.DOUBLE, s.r[a]);
      default -> operand(op, s, a, type);
    };
  }

  private static boolean denormalInMemory(CpuState s, int a, int type) {
    return (type == FLOAT32 && SoftFloat.SINGLE.isDenormal(s.r[a] & 0xffffffffL))
        || (type == FLOAT64 && SoftFloat.DOUBLE.isDenormal(s.r[a]));
  }

  /** FADD, FMUL, FSUB, FDIV and kin: ST(d) = ST(d) op operand a. */
  public static void x87Arithmetic(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    int type = type(imm);
    if (type == ST ? op.underflows(d, a) : op.underflows(d)) {
      op.finish(d, Extended.INDEFINITE, pops(imm));
      return;
    }
    Extended left = op.raw(d);
    Extended right = arithmeticOperand(op, s, a, type);
    Extended result =
        switch (imm & 15) {
          case ADD -> op.add(left, right, false);
          case MUL -> op.multiply(left, right);
          case SUB -> op.add(left, right, true);
          case SUBR -> op.add(right, left, true);
          case DIV -> op.divide(left, right);
          case DIVR -> op.divide(right, left);
          default -> throw new IllegalArgumentException("x87 operation " + (imm & 15));
        };
    op.finish(d, result, pops(imm));
  }

  /**
   * FCOM, FUCOM, FTST and kin: ST(0) with operand a, into the condition codes; with d other than 0
   * (FCOMI, FUCOMI) into ZF, PF and CF of the status flags in register d. {@link #OPTION}: quiet
   * NaNs are not invalid. Operation 1: operand a is 0.0 (FTST).
   */
  public static void x87Compare(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    int type = type(imm);
    boolean zero = (imm & 15) == 1;
    int order;
    if (type == ST && !zero ? op.underflows(0, a) : op.underflows(0)) {
      order = X87Operation.UNORDERED;
    } else {
      Extended left = op.raw(0);
      Extended right = zero ? Extended.ZERO : arithmeticOperand(op, s, a, type);
      order = op.compare(left, right, (imm & OPTION) == 0);
      op.c1 = d != 0 && (s.x87.status & X87Control.C1) != 0; // FCOMI leaves it alone
    }
    if (d == 0) {
      op.conditions(conditions(order));
    } else {
      s.r[d] = SseDouble.flags(order);
    }
    if (!op.stopped()) {
      for (int n = 0; n < pops(imm); n++) {
        op.pop();
      }
    }
    op.finish();
  }

  private static int conditions(int order) {
    return switch (order) {
      case 1 -> 0;
      case -1 -> X87Control.C0;
      case 0 -> X87Control.C3;
      default -> X87Control.C0 | X87Control.C2 | X87Control.C3;
    };
  }

  /** FLD, FILD, FBLD: pushes operand a. */
  public static void x87Load(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    int type = type(imm);
    if ((type == ST && op.underflows(a)) || op.overflows()) {
      op.finishPush(Extended.INDEFINITE);
      return;
    }
    op.finishPush(operand(op, s, a, type));
  }

  /** FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ: operations 0 to 6. */
  public static void x87Constant(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    op.finishPush(
        op.overflows() ? Extended.INDEFINITE : X87Constants.load(imm & 15, op.roundingControl()));
  }

  /**
   * FST, FIST, FBSTP and kin: ST(0) to the memory at address r[d]; {@link #OPTION}: truncates
   * (FISTTP).
   */
  public static void x87Store(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    int type = type(imm);
    Extended value = op.underflows(0) ? Extended.INDEFINITE : op.raw(0);
    boolean empty = op.flags != 0;
    int invalidBefore = op.flags;
    long bits = 0;
    int high = 0;
    int rc = (imm & OPTION) != 0 ? 3 : op.roundingControl();
    switch (type) {
      case FLOAT32 -> bits = op.store(SoftFloat.SINGLE, value);
      case FLOAT64 -> bits = op.store(SoftFloat.DOUBLE, value);
      case INT16 -> bits = op.toInteger(value, 16, rc);
      case INT32 -> bits = op.toInteger(value, 32, rc);
      case INT64 -> bits = op.toInteger(value, 64, rc);
      case FLOAT80 -> {
        bits = value.significand;
        high = value.signExponent;
      }
      default -> {
        X87Decimal decimal = new X87Decimal(op, value);
        bits = decimal.low;
        high = decimal.high;
      }
    }
    if (empty) {
      op.flags = invalidBefore; // a stack fault hides what the indefinite would raise
    }
    if (!op.storeStopped()) {
      X87Memory.store(s, s.r[d], type, bits, high);
      for (int n = 0; n < pops(imm); n++) {
        op.pop();
      }
    }
    op.finish();
  }

  /** FST ST(d). */
  public static void x87Copy(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    op.finish(d, op.underflows(0) ? Extended.INDEFINITE : op.raw(0), pops(imm));
  }

  /** FXCH ST(a). */
  public static void x87Exchange(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    Extended top = op.isEmpty(0) ? Extended.INDEFINITE : op.raw(0);
    Extended other = op.isEmpty(a) ? Extended.INDEFINITE : op.raw(a);
    op.underflows(0, a);
    if (!op.stopped()) {
      op.set(0, other);
      op.set(a, top);
    }
    op.finish();
  }

  /** FCMOVcc: ST(0) = ST(a) if r[d] is not 0. */
  public static void x87MoveIf(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    if (op.underflows(0, a)) {
      op.finish(0, Extended.INDEFINITE, 0);
    } else {
      op.c1 = (s.x87.status & X87Control.C1) != 0;
      op.finish(0, op.raw(s.r[d] != 0 ? a : 0), 0);
    }
  }

  /** FCHS. */
  public static void x87ChangeSign(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    op.finish(0, op.underflows(0) ? Extended.INDEFINITE : op.raw(0).negated(), 0);
  }

  /** FABS. */
  public static void x87Absolute(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    op.finish(0, op.underflows(0) ? Extended.INDEFINITE : op.raw(0).magnitude(), 0);
  }

  /** FSQRT. */
  public static void x87SquareRoot(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    op.finish(0, op.underflows(0) ? Extended.INDEFINITE : op.squareRoot(op.raw(0)), 0);
  }

  /** FRNDINT. */
  public static void x87Round(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    op.finish(0, op.underflows(0) ? Extended.INDEFINITE : op.roundToInteger(op.raw(0)), 0);
  }

  /** FXAM: the class of ST(0) in C3, C2 and C0, its sign in C1. */
  public static void x87Examine(CpuState s, int d, int a, int b, int imm) {
    X87Operation op = new X87Operation(s, s.r[b]);
    Extended value = op.raw(0);
    int codes;
    if (op.isEmpty(0)) {
      codes = X87Control.C3 | X87Control.C0;
    } else if (value.isUnsupported()) {
      codes = 0;
    } else if (value.isNan()) {
      codes = X87Control.C0;
    } else if (value.isInfinite()) {
      codes = X87Control.C2 | X87Control.C0;
    } else if (value.isZero()) {
      codes = X87Control.C3;
    } else if (value.isDenormal()) {
      codes = X87Control.C3 | X87Control.C2;
    } else {
      codes = X87Control.C2;
    }
    op.conditions(codes);
    op.c1 = value.isNegative();
    op.finish();
  }
}
