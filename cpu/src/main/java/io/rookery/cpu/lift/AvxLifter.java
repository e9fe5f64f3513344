package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.helper.VectorMemory;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/**
 * The instructions that AVX, AVX2 and F16C add: broadcasts, permutations, shifts by lane, masked
 * and gathering accesses.
 */
final class AvxLifter {
  private final Operands ops;
  private final Vectors v;

  AvxLifter(Vectors v) {
    this.v = v;
    this.ops = v.ops;
  }

  /** Lifts {@code i} if it is of this family. */
  boolean lift(Insn i) {
    switch (i.mnemonic) {
      case VPBROADCASTB -> broadcast(i, Op.ZX8, 0x0101010101010101L);
      case VPBROADCASTW -> broadcast(i, Op.ZX16, 0x0001000100010001L);
      case VPBROADCASTD, VBROADCASTSS -> broadcast(i, Op.ZX32, 0x0000000100000001L);
      case VPBROADCASTQ, VBROADCASTSD -> broadcast(i, Op.MOV, 1);
      case VBROADCASTF128, VBROADCASTI128 -> broadcast128(i);
      case VEXTRACTF128, VEXTRACTI128 -> extract128(i);
      case VINSERTF128, VINSERTI128 -> insert128(i);
      case VPERM2F128, VPERM2I128 -> permute128(i);
      case VPERMQ, VPERMPD -> permuteQuads(i);
      case VPERMD, VPERMPS -> permuteDoublewords(i);
      case VPERMILPS -> permuteInLaneSingle(i);
      case VPERMILPD -> permuteInLaneDouble(i);
      case VPSLLVD -> shift(i, Helper.PSLLVD);
      case VPSRLVD -> shift(i, Helper.PSRLVD);
      case VPSRAVD -> shift(i, Helper.PSRAVD);
      case VPSLLVQ -> shift(i, Helper.PSLLQ);
      case VPSRLVQ -> shift(i, Helper.PSRLQ);
      case VMASKMOVPS, VPMASKMOVD -> maskedMove(i, 32);
      case VMASKMOVPD, VPMASKMOVQ -> maskedMove(i, 64);
      case VGATHERDPS, VPGATHERDD -> gather(i, false, false);
      case VGATHERDPD, VPGATHERDQ -> gather(i, false, true);
      case VGATHERQPS, VPGATHERQD -> gather(i, true, false);
      case VGATHERQPD, VPGATHERQQ -> gather(i, true, true);
      case VCVTPH2PS -> fromHalf(i);
      case VCVTPS2PH -> toHalf(i);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static int immediate(Insn i) {
    return (int) i.imm & 0xff;
  }

  private void broadcast(Insn i, int extension, long factor) {
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    if (Vectors.isMemory(i, 1)) {
      ops.memory(i, Operands.loadOp(i.bits[1]), t);
    } else {
      ops.op(extension, t, Vectors.register(i, 1));
    }
    if (factor != 1) {
      ops.op(Op.MUL64, t, t, ops.constant(factor));
    }
    for (int q = 0; q < Vectors.quads(i); q++) {
      ops.op(Op.MOV, d + q, t);
    }
    v.finish(i);
  }

  private void broadcast128(Insn i) {
    int a = v.source(i, 1, false);
    int d = Vectors.register(i, 0);
    v.move(d, a, 2);
    v.move(d + 2, a, 2);
  }

  private void extract128(Insn i) {
    int a = Vectors.register(i, 1) + 2 * (immediate(i) & 1);
    if (Vectors.isMemory(i, 0)) {
      ops.memory(i, Op.STORE128, a);
    } else {
      int d = Vectors.register(i, 0);
      v.move(d, a, 2);
      v.clearUpper(d);
    }
  }

  private void insert128(Insn i) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int t = ops.tempQuad();
    boolean upper = (immediate(i) & 1) != 0;
    v.move(t, upper ? a : b, 2);
    v.move(t + 2, upper ? b : a + 2, 2);
    v.move(d, t, 4);
  }

  private void permute128(Insn i) {
    int imm = immediate(i);
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int t = ops.tempQuad();
    for (int half = 0; half < 2; half++) {
      int control = imm >> 4 * half;
      int from = ((control & 2) == 0 ? a : b) + 2 * (control & 1);
      for (int q = 0; q < 2; q++) {
        ops.op(Op.MOV, t + 2 * half + q, (control & 8) != 0 ? Reg.ZERO : from + q);
      }
    }
    v.move(d, t, 4);
  }

  private void permuteQuads(Insn i) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    int t = ops.tempQuad();
    for (int q = 0; q < 4; q++) {
      ops.op(Op.MOV, t + q, a + (immediate(i) >> 2 * q & 3));
    }
    v.move(d, t, 4);
  }

  /** The first source holds the indices. */
  private void permuteDoublewords(Insn i) {
    int b = v.second(i);
    int indices = v.first(i);
    int d = Vectors.register(i, 0);
    int t = ops.tempQuad();
    int low = ops.temp();
    int high = ops.temp();
    for (int q = 0; q < 4; q++) {
      v.h3(Helper.PERMUTE32, low, b, b + 1, indices + q);
      v.h3(Helper.PERMUTE32, high, b + 2, b + 3, indices + q);
      v.h3(Helper.PERMUTE32_HALF, t + q, low, high, indices + q);
    }
    v.move(d, t, 4);
  }

  private void permuteInLaneSingle(Insn i) {
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    if (i.kind[2] == Insn.IMM) {
      int a = v.source(i, 1);
      for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
        v.h2(Helper.SELECT32, t, a + lane, a + lane + 1, immediate(i) & 15);
        v.h2(Helper.SELECT32, d + lane + 1, a + lane, a + lane + 1, immediate(i) >> 4);
        ops.op(Op.MOV, d + lane, t);
      }
    } else {
      int control = v.second(i);
      int a = v.first(i);
      for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
        v.h3(Helper.PERMUTE32, t, a + lane, a + lane + 1, control + lane);
        v.h3(Helper.PERMUTE32, d + lane + 1, a + lane, a + lane + 1, control + lane + 1);
        ops.op(Op.MOV, d + lane, t);
      }
    }
    v.finish(i);
  }

  private void permuteInLaneDouble(Insn i) {
    int d = Vectors.register(i, 0);
    int n = Vectors.quads(i);
    int t = ops.tempQuad();
    if (i.kind[2] == Insn.IMM) {
      int a = v.source(i, 1);
      for (int q = 0; q < n; q++) {
        ops.op(Op.MOV, t + q, a + (q & 2) + (immediate(i) >> q & 1));
      }
    } else {
      int control = v.second(i);
      int a = v.first(i);
      for (int q = 0; q < n; q++) {
        v.h3(Helper.PERMUTE64, t + q, a + (q & 2), a + (q & 2) + 1, control + q);
      }
    }
    v.move(d, t, n);
    v.finish(i);
  }

  private void shift(Insn i, Helper helper) {
    int counts = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    for (int q = 0; q < Vectors.quads(i); q++) {
      v.h2(helper, d + q, a + q, counts + q);
    }
    v.finish(i);
  }

  /** Elements whose mask is clear are neither read nor written, and read as zero. */
  private void maskedMove(Insn i, int bits) {
    int address = ops.linearAddress(i);
    int mask = Vectors.register(i, 1);
    int imm = (bits == 64 ? VectorMemory.WIDE : 0) | Vectors.quads(i) << VectorMemory.COUNT_SHIFT;
    if (Vectors.isMemory(i, 0)) {
      v.exec(Helper.MASKED_STORE, Vectors.register(i, 2), address, mask, imm);
    } else {
      v.exec(Helper.MASKED_LOAD, Vectors.register(i, 0), address, mask, imm);
      v.finish(i);
    }
  }

  private void gather(Insn i, boolean wideIndex, boolean wideElement) {
    int offset = ops.gatherOffset(i);
    int d = Vectors.register(i, 0);
    int mask = Vectors.register(i, 2);
    int quads = Vectors.quads(i);
    int elements = wideIndex || wideElement ? quads : 2 * quads;
    int imm =
        (wideElement ? VectorMemory.WIDE : 0)
            | (wideIndex ? VectorMemory.WIDE_INDEX : 0)
            | i.scale << VectorMemory.SCALE_SHIFT
            | elements << VectorMemory.COUNT_SHIFT
            | i.vsib << VectorMemory.INDEX_SHIFT
            | (i.addressBits == 64 ? 0 : VectorMemory.SHORT_OFFSETS)
            | segment(i);
    v.exec(Helper.GATHER, d, offset, mask, imm);
    int written = wideElement ? elements : (elements + 1) / 2;
    for (int q = written; q < 4; q++) {
      ops.op(Op.MOV, d + q, Reg.ZERO);
    }
    for (int q = 0; q < 4; q++) {
      ops.op(Op.MOV, mask + q, Reg.ZERO);
    }
  }

  private static int segment(Insn i) {
    return switch (Operands.segmentBase(i.segment)) {
      case Reg.FS_BASE -> VectorMemory.IN_FS;
      case Reg.GS_BASE -> VectorMemory.IN_GS;
      default -> 0;
    };
  }

  private void fromHalf(Insn i) {
    int n = Vectors.quads(i);
    int a = v.source(i, 1, false);
    int d = Vectors.register(i, 0);
    int t = ops.tempQuad();
    int half = ops.temp();
    v.beginPacked();
    for (int q = 0; q < n; q++) {
      int from = a + q / 2;
      if (q % 2 == 1) {
        ops.opImm(Op.SHRI64, half, from, 32);
        from = half;
      }
      v.h1(Helper.CVTPH2PS, t + q, from);
    }
    v.endPacked(t);
    v.move(d, t, n);
    v.finish(i);
  }

  private void toHalf(Insn i) {
    int n = Vectors.quads(i);
    int a = Vectors.register(i, 1);
    int t = ops.tempQuad();
    v.beginPacked();
    for (int q = 0; q < n; q += 2) {
      v.h2(Helper.CVTPS2PH, t + q / 2, a + q, a + q + 1, immediate(i));
    }
    v.endPacked(t);
    if (Vectors.isMemory(i, 0)) {
      ops.memory(i, n == 4 ? Op.STORE128 : Op.STORE64, t);
    } else {
      int d = Vectors.register(i, 0);
      ops.op(Op.MOV, d, t);
      ops.op(Op.MOV, d + 1, n == 4 ? t + 1 : Reg.ZERO);
      v.clearUpper(d);
    }
  }
}
