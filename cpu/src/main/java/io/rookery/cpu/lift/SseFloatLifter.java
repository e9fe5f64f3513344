package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import java.util.EnumMap;
import java.util.Map;

/** Scalar and packed floating point arithmetic, comparisons and conversions of SSE and AVX. */
final class SseFloatLifter {
  private enum Shape {
    /** Both operands' low quadwords; the rest from the first source. */
    SCALAR,
    /** The low quadword of the last source alone; the rest from the first. */
    SCALAR_UNARY,
    /** Each quadword of both sources. */
    PACKED,
    PACKED_UNARY,
    /** Each pair of quadwords of a source gives one. */
    HORIZONTAL
  }

  private record Row(Shape shape, Helper helper) {}

  private static final Map<Mnemonic, Row> ROWS = new EnumMap<>(Mnemonic.class);

  private static void row(Mnemonic mnemonic, Shape shape, Helper helper) {
    ROWS.put(mnemonic, new Row(shape, helper));
  }

  static {
    row(Mnemonic.ADDSD, Shape.SCALAR, Helper.ADDSD);
    row(Mnemonic.SUBSD, Shape.SCALAR, Helper.SUBSD);
    row(Mnemonic.MULSD, Shape.SCALAR, Helper.MULSD);
    row(Mnemonic.DIVSD, Shape.SCALAR, Helper.DIVSD);
    row(Mnemonic.MINSD, Shape.SCALAR, Helper.MINSD);
    row(Mnemonic.MAXSD, Shape.SCALAR, Helper.MAXSD);
    row(Mnemonic.ADDSS, Shape.SCALAR, Helper.ADDSS);
    row(Mnemonic.SUBSS, Shape.SCALAR, Helper.SUBSS);
    row(Mnemonic.MULSS, Shape.SCALAR, Helper.MULSS);
    row(Mnemonic.DIVSS, Shape.SCALAR, Helper.DIVSS);
    row(Mnemonic.MINSS, Shape.SCALAR, Helper.MINSS);
    row(Mnemonic.MAXSS, Shape.SCALAR, Helper.MAXSS);
    row(Mnemonic.SQRTSS, Shape.SCALAR, Helper.SQRTSS);
    row(Mnemonic.RCPSS, Shape.SCALAR, Helper.RCPSS);
    row(Mnemonic.RSQRTSS, Shape.SCALAR, Helper.RSQRTSS);
    row(Mnemonic.CVTSD2SS, Shape.SCALAR, Helper.CVTSD2SS);
    row(Mnemonic.CMPSS, Shape.SCALAR, Helper.CMPSS);
    row(Mnemonic.CMPSD_XMM, Shape.SCALAR, Helper.CMPSD);
    row(Mnemonic.ROUNDSS, Shape.SCALAR, Helper.ROUNDSS);
    row(Mnemonic.ROUNDSD, Shape.SCALAR_UNARY, Helper.ROUNDSD);
    row(Mnemonic.SQRTSD, Shape.SCALAR_UNARY, Helper.SQRTSD);
    row(Mnemonic.CVTSS2SD, Shape.SCALAR_UNARY, Helper.CVTSS2SD);
    row(Mnemonic.ADDPD, Shape.PACKED, Helper.ADDSD);
    row(Mnemonic.SUBPD, Shape.PACKED, Helper.SUBSD);
    row(Mnemonic.MULPD, Shape.PACKED, Helper.MULSD);
    row(Mnemonic.DIVPD, Shape.PACKED, Helper.DIVSD);
    row(Mnemonic.MINPD, Shape.PACKED, Helper.MINSD);
    row(Mnemonic.MAXPD, Shape.PACKED, Helper.MAXSD);
    row(Mnemonic.CMPPD, Shape.PACKED, Helper.CMPSD);
    row(Mnemonic.ADDPS, Shape.PACKED, Helper.ADDPS);
    row(Mnemonic.SUBPS, Shape.PACKED, Helper.SUBPS);
    row(Mnemonic.MULPS, Shape.PACKED, Helper.MULPS);
    row(Mnemonic.DIVPS, Shape.PACKED, Helper.DIVPS);
    row(Mnemonic.MINPS, Shape.PACKED, Helper.MINPS);
    row(Mnemonic.MAXPS, Shape.PACKED, Helper.MAXPS);
    row(Mnemonic.CMPPS, Shape.PACKED, Helper.CMPPS);
    row(Mnemonic.ADDSUBPS, Shape.PACKED, Helper.ADDSUBPS);
    row(Mnemonic.SQRTPD, Shape.PACKED_UNARY, Helper.SQRTSD);
    row(Mnemonic.SQRTPS, Shape.PACKED_UNARY, Helper.SQRTPS);
    row(Mnemonic.RCPPS, Shape.PACKED_UNARY, Helper.RCPPS);
    row(Mnemonic.RSQRTPS, Shape.PACKED_UNARY, Helper.RSQRTPS);
    row(Mnemonic.ROUNDPD, Shape.PACKED_UNARY, Helper.ROUNDSD);
    row(Mnemonic.ROUNDPS, Shape.PACKED_UNARY, Helper.ROUNDPS);
    row(Mnemonic.CVTDQ2PS, Shape.PACKED_UNARY, Helper.CVTDQ2PS);
    row(Mnemonic.CVTPS2DQ, Shape.PACKED_UNARY, Helper.CVTPS2DQ);
    row(Mnemonic.CVTTPS2DQ, Shape.PACKED_UNARY, Helper.CVTTPS2DQ);
    row(Mnemonic.HADDPD, Shape.HORIZONTAL, Helper.ADDSD);
    row(Mnemonic.HSUBPD, Shape.HORIZONTAL, Helper.SUBSD);
    row(Mnemonic.HADDPS, Shape.HORIZONTAL, Helper.HADDPS);
    row(Mnemonic.HSUBPS, Shape.HORIZONTAL, Helper.HSUBPS);
  }

  private final Operands ops;
  private final Vectors v;

  SseFloatLifter(Vectors v) {
    this.v = v;
    this.ops = v.ops;
  }

  /** Lifts {@code i} if it is of this family. */
  boolean lift(Insn i) {
    Row row = ROWS.get(i.mnemonic);
    if (row != null) {
      switch (row.shape) {
        case SCALAR -> scalar(i, row.helper);
        case SCALAR_UNARY -> scalarUnary(i, row.helper);
        case PACKED -> packed(i, row.helper);
        case PACKED_UNARY -> packedUnary(i, row.helper);
        case HORIZONTAL -> horizontal(i, row.helper);
      }
      return true;
    }
    switch (i.mnemonic) {
      case COMISD -> compare(i, Helper.COMISD);
      case COMISS -> compare(i, Helper.COMISS);
      case UCOMISD -> compare(i, Helper.UCOMISD);
      case UCOMISS -> compare(i, Helper.UCOMISS);
      case CVTSI2SD -> fromInteger(i, Helper.CVTSI2SD);
      case CVTSI2SS -> fromInteger(i, Helper.CVTSI2SS);
      case CVTSD2SI -> toInteger(i, Helper.CVTSD2SI32, Helper.CVTSD2SI64);
      case CVTTSD2SI -> toInteger(i, Helper.CVTTSD2SI32, Helper.CVTTSD2SI64);
      case CVTSS2SI -> toInteger(i, Helper.CVTSS2SI32, Helper.CVTSS2SI64);
      case CVTTSS2SI -> toInteger(i, Helper.CVTTSS2SI32, Helper.CVTTSS2SI64);
      case CVTPS2PD -> widen(i, false);
      case CVTDQ2PD -> widen(i, true);
      case CVTPD2PS -> narrow(i, Helper.CVTPD2PS);
      case CVTPD2DQ -> narrow(i, Helper.CVTPD2DQ);
      case CVTTPD2DQ -> narrow(i, Helper.CVTTPD2DQ);
      case CVTPI2PS -> cvtpi2ps(i);
      case CVTPI2PD -> cvtpi2pd(i);
      case CVTPS2PI -> toMmx(i, Helper.CVTPS2DQ);
      case CVTTPS2PI -> toMmx(i, Helper.CVTTPS2DQ);
      case CVTPD2PI -> toMmx(i, Helper.CVTPD2DQ);
      case CVTTPD2PI -> toMmx(i, Helper.CVTTPD2DQ);
      case ADDSUBPD -> addSubtract(i);
      case DPPS -> dotProductSingle(i);
      case DPPD -> dotProductDouble(i);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static int immediate(Insn i) {
    return i.kind[i.operands - 1] == Insn.IMM ? (int) i.imm & (i.vex ? 31 : 15) : 0;
  }

  /** The immediate of CMPxx counts to bit 2, VEX-encoded to bit 4. */
  private static int immediate(Insn i, Helper helper) {
    boolean compares = helper == Helper.CMPSD || helper == Helper.CMPSS || helper == Helper.CMPPS;
    return immediate(i) & (compares && !i.vex ? 7 : 31);
  }

  private void scalar(Insn i, Helper helper) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    v.h2(helper, d, a, b, immediate(i, helper));
    ops.move(d + 1, a + 1);
    finishScalar(i, d);
  }

  private void scalarUnary(Insn i, Helper helper) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    v.h1(helper, d, b, immediate(i));
    ops.move(d + 1, a + 1);
    finishScalar(i, d);
  }

  /** VEX.L is ignored by scalar instructions. */
  private void finishScalar(Insn i, int d) {
    if (i.vex) {
      v.clearUpper(d);
    }
  }

  /** Computes all quadwords before any is written. */
  private void packed(Insn i, Helper helper) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int n = Vectors.quads(i);
    int t = ops.tempQuad();
    v.beginPacked();
    for (int q = 0; q < n; q++) {
      v.h2(helper, t + q, a + q, b + q, immediate(i, helper));
    }
    v.endPacked(t);
    v.move(d, t, n);
    v.finish(i);
  }

  private void packedUnary(Insn i, Helper helper) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    int n = Vectors.quads(i);
    int t = ops.tempQuad();
    v.beginPacked();
    for (int q = 0; q < n; q++) {
      v.h1(helper, t + q, a + q, immediate(i));
    }
    v.endPacked(t);
    v.move(d, t, n);
    v.finish(i);
  }

  private void horizontal(Insn i, Helper helper) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int t = ops.tempQuad();
    v.beginPacked();
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      v.h2(helper, t + lane, a + lane, a + lane + 1);
      v.h2(helper, t + lane + 1, b + lane, b + lane + 1);
    }
    v.endPacked(t);
    v.move(d, t, Vectors.quads(i));
    v.finish(i);
  }

  private void addSubtract(Insn i) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int t = ops.tempQuad();
    v.beginPacked();
    for (int q = 0; q < Vectors.quads(i); q++) {
      v.h2((q & 1) == 0 ? Helper.SUBSD : Helper.ADDSD, t + q, a + q, b + q);
    }
    v.endPacked(t);
    v.move(d, t, Vectors.quads(i));
    v.finish(i);
  }

  private void compare(Insn i, Helper helper) {
    int b = v.source(i, 1);
    int t = ops.temp();
    v.h2(helper, t, Vectors.register(i, 0), b);
    ops.op(Op.PUTF, 0, t);
  }

  // ---------------------------------------------------------------- conversions

  private void fromInteger(Insn i, Helper helper) {
    int value = ops.readSigned(i, Vectors.secondOperand(i));
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    if (helper == Helper.CVTSI2SS) {
      v.h2(helper, d, a, value);
    } else {
      v.h1(helper, d, value);
    }
    ops.move(d + 1, a + 1);
    finishScalar(i, d);
  }

  private void toInteger(Insn i, Helper to32, Helper to64) {
    int a = v.source(i, 1);
    v.h1(i.bits[0] == 64 ? to64 : to32, i.reg[0], a);
  }

  /** Each half of the source's quadwords becomes a double. */
  private void widen(Insn i, boolean integers) {
    int n = Vectors.quads(i);
    int a = v.source(i, 1, false);
    int d = Vectors.register(i, 0);
    int t = ops.tempQuad();
    int half = ops.temp();
    v.beginPacked();
    for (int q = 0; q < n; q++) {
      int from = a + (q >> 1);
      if (integers) {
        if ((q & 1) == 0) {
          ops.op(Op.SX32, half, from);
        } else {
          ops.opImm(Op.SARI64, half, from, 32);
        }
        v.h1(Helper.CVTSI2SD, t + q, half);
      } else {
        if ((q & 1) == 1) {
          ops.opImm(Op.SHRI64, half, from, 32);
          from = half;
        }
        v.h1(Helper.CVTSS2SD, t + q, from);
      }
    }
    v.endPacked(t);
    v.move(d, t, n);
    v.finish(i);
  }

  /** Each pair of doubles becomes a quadword; the destination is half as wide as the source. */
  private void narrow(Insn i, Helper helper) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    int t = ops.tempQuad();
    v.beginPacked();
    v.h2(helper, t, a, a + 1);
    if (i.vexL) {
      v.h2(helper, t + 1, a + 2, a + 3);
    }
    v.endPacked(t);
    ops.op(Op.MOV, d, t);
    ops.op(Op.MOV, d + 1, i.vexL ? t + 1 : Reg.ZERO);
    if (i.vex) {
      v.clearUpper(d);
    }
  }

  private void cvtpi2ps(Insn i) {
    v.checkPending(i);
    int a = v.source(i, 1);
    int t = ops.temp();
    v.beginPacked();
    v.h1(Helper.CVTDQ2PS, t, a);
    v.endPacked(t);
    v.begin(i);
    ops.op(Op.MOV, Vectors.register(i, 0), t);
  }

  /** The memory form does not touch the MMX state, and cannot raise exceptions either. */
  private void cvtpi2pd(Insn i) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    int half = ops.temp();
    v.begin(i);
    ops.op(Op.SX32, half, a);
    v.h1(Helper.CVTSI2SD, d, half);
    ops.opImm(Op.SARI64, half, a, 32);
    v.h1(Helper.CVTSI2SD, d + 1, half);
  }

  private void toMmx(Insn i, Helper helper) {
    v.checkPending(i);
    int a = v.source(i, 1);
    int t = ops.temp();
    v.beginPacked();
    if (i.mnemonic == Mnemonic.CVTPD2PI || i.mnemonic == Mnemonic.CVTTPD2PI) {
      v.h2(helper, t, a, a + 1);
    } else {
      v.h1(helper, t, a);
    }
    v.endPacked(t);
    v.begin(i);
    ops.op(Op.MOV, Vectors.register(i, 0), t);
  }

  // ---------------------------------------------------------------- dot products

  private void dotProductSingle(Insn i) {
    int imm = (int) i.imm;
    int second = v.second(i);
    int first = v.first(i);
    int d = Vectors.register(i, 0);
    int result = ops.tempQuad();
    int swapped = ops.tempQuad();
    int n = Vectors.quads(i);
    v.beginPacked();
    for (int q = 0; q < n; q++) {
      // Products that the mask leaves out are 0 × 0: no exceptions.
      int mask = ops.constant(halves(imm >> 4 + 2 * (q & 1)));
      ops.op(Op.AND64, swapped, first + q, mask);
      ops.op(Op.AND64, swapped + 1, second + q, mask);
      v.h2(Helper.MULPS, result + q, swapped, swapped + 1);
    }
    v.endPacked(result);
    // Each element has its own order of addends, which shows when several are NaNs.
    v.beginPacked();
    for (int q = 0; q < n; q++) {
      ops.opImm(Op.ROLI64, swapped + q, result + q, 32);
      v.h2(Helper.ADDPS, swapped + q, swapped + q, result + q);
    }
    v.endPacked(swapped);
    v.beginPacked();
    for (int q = 0; q < n; q++) {
      v.h2(Helper.ADDPS, result + q, swapped + q, swapped + (q ^ 1));
    }
    v.endPacked(result);
    for (int q = 0; q < n; q++) {
      ops.op(Op.AND64, result + q, result + q, ops.constant(halves(imm >> 2 * (q & 1))));
    }
    v.move(d, result, Vectors.quads(i));
    v.finish(i);
  }

  private static long halves(int bits) {
    return ((bits & 1) != 0 ? 0xffffffffL : 0) | ((bits & 2) != 0 ? -1L << 32 : 0);
  }

  private void dotProductDouble(Insn i) {
    int imm = (int) i.imm;
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int product = ops.tempQuad();
    v.beginPacked();
    for (int q = 0; q < 2; q++) {
      if ((imm >> 4 + q & 1) != 0) {
        v.h2(Helper.MULSD, product + q, a + q, b + q);
      } else {
        ops.op(Op.MOV, product + q, Reg.ZERO);
      }
    }
    v.endPacked(product);
    // Each element has its own order of addends, which shows when both are NaNs.
    int sum = ops.temp();
    v.beginPacked();
    v.h2(Helper.ADDSD, sum, product + 1, product);
    v.h2(Helper.ADDSD, product, product, product + 1);
    v.endPacked(product);
    ops.op(Op.MOV, d, (imm & 1) != 0 ? product : Reg.ZERO);
    ops.op(Op.MOV, d + 1, (imm & 2) != 0 ? sum : Reg.ZERO);
    v.finish(i);
  }
}
