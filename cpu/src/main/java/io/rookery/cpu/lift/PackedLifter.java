package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Packed integer instructions on MMX, XMM and YMM registers, and logic and shuffles of packed
 * floating point values.
 */
final class PackedLifter {
  /** Instructions that do the same to each quadword of two sources. */
  private static final Map<Mnemonic, Helper> LANES = new EnumMap<>(Mnemonic.class);

  static {
    for (Mnemonic m :
        new Mnemonic[] {
          Mnemonic.PADDB, Mnemonic.PADDW, Mnemonic.PADDD, Mnemonic.PSUBB, Mnemonic.PSUBW,
          Mnemonic.PSUBD, Mnemonic.PADDSB, Mnemonic.PADDSW, Mnemonic.PADDUSB, Mnemonic.PADDUSW,
          Mnemonic.PSUBSB, Mnemonic.PSUBSW, Mnemonic.PSUBUSB, Mnemonic.PSUBUSW, Mnemonic.PCMPEQB,
          Mnemonic.PCMPEQW, Mnemonic.PCMPEQD, Mnemonic.PCMPEQQ, Mnemonic.PCMPGTB, Mnemonic.PCMPGTW,
          Mnemonic.PCMPGTD, Mnemonic.PCMPGTQ, Mnemonic.PMINUB, Mnemonic.PMINUW, Mnemonic.PMINUD,
          Mnemonic.PMINSB, Mnemonic.PMINSW, Mnemonic.PMINSD, Mnemonic.PMAXUB, Mnemonic.PMAXUW,
          Mnemonic.PMAXUD, Mnemonic.PMAXSB, Mnemonic.PMAXSW, Mnemonic.PMAXSD, Mnemonic.PAVGB,
          Mnemonic.PAVGW, Mnemonic.PSIGNB, Mnemonic.PSIGNW, Mnemonic.PSIGND, Mnemonic.PSADBW,
          Mnemonic.PMULLW, Mnemonic.PMULHW, Mnemonic.PMULHUW, Mnemonic.PMULHRSW, Mnemonic.PMADDWD,
          Mnemonic.PMADDUBSW, Mnemonic.PMULUDQ, Mnemonic.PMULDQ, Mnemonic.PMULLD
        }) {
      LANES.put(m, Helper.valueOf(m.name()));
    }
  }

  private final Operands ops;
  private final Vectors v;

  PackedLifter(Vectors v) {
    this.v = v;
    this.ops = v.ops;
  }

  /** Lifts {@code i} if it is of this family. */
  boolean lift(Insn i) {
    Helper lanes = LANES.get(i.mnemonic);
    if (lanes != null) {
      lanes(i, lanes);
      return true;
    }
    switch (i.mnemonic) {
      case PADDQ -> plain(i, Op.ADD64);
      case PSUBQ -> plain(i, Op.SUB64);
      case PAND, ANDPS, ANDPD -> plain(i, Op.AND64);
      case POR, ORPS, ORPD -> plain(i, Op.OR64);
      case PXOR, XORPS, XORPD -> plain(i, Op.XOR64);
      case PANDN, ANDNPS, ANDNPD -> andNot(i);
      case PABSB -> unary(i, Helper.PABSB);
      case PABSW -> unary(i, Helper.PABSW);
      case PABSD -> unary(i, Helper.PABSD);
      case PSLLW -> shift(i, Helper.PSLLW);
      case PSLLD -> shift(i, Helper.PSLLD);
      case PSLLQ -> shift(i, Helper.PSLLQ);
      case PSRLW -> shift(i, Helper.PSRLW);
      case PSRLD -> shift(i, Helper.PSRLD);
      case PSRLQ -> shift(i, Helper.PSRLQ);
      case PSRAW -> shift(i, Helper.PSRAW);
      case PSRAD -> shift(i, Helper.PSRAD);
      case PSLLDQ, PSRLDQ -> byteShift(i);
      case PALIGNR -> alignRight(i);
      case PACKSSWB -> pairwise(i, Helper.PACKSSWB);
      case PACKUSWB -> pairwise(i, Helper.PACKUSWB);
      case PACKSSDW -> pairwise(i, Helper.PACKSSDW);
      case PACKUSDW -> pairwise(i, Helper.PACKUSDW);
      case PHADDW -> pairwise(i, Helper.PHADDW);
      case PHADDD -> pairwise(i, Helper.PHADDD);
      case PHADDSW -> pairwise(i, Helper.PHADDSW);
      case PHSUBW -> pairwise(i, Helper.PHSUBW);
      case PHSUBD -> pairwise(i, Helper.PHSUBD);
      case PHSUBSW -> pairwise(i, Helper.PHSUBSW);
      case PUNPCKLBW -> interleave(i, Helper.INTERLEAVE8, Helper.INTERLEAVE8_HIGH, false);
      case PUNPCKHBW -> interleave(i, Helper.INTERLEAVE8, Helper.INTERLEAVE8_HIGH, true);
      case PUNPCKLWD -> interleave(i, Helper.INTERLEAVE16, Helper.INTERLEAVE16_HIGH, false);
      case PUNPCKHWD -> interleave(i, Helper.INTERLEAVE16, Helper.INTERLEAVE16_HIGH, true);
      case PUNPCKLDQ, UNPCKLPS ->
          interleave(i, Helper.INTERLEAVE32, Helper.INTERLEAVE32_HIGH, false);
      case PUNPCKHDQ, UNPCKHPS ->
          interleave(i, Helper.INTERLEAVE32, Helper.INTERLEAVE32_HIGH, true);
      case PUNPCKLQDQ, UNPCKLPD -> interleaveQuads(i, 0);
      case PUNPCKHQDQ, UNPCKHPD -> interleaveQuads(i, 1);
      case PSHUFD -> shuffleDoublewords(i);
      case PSHUFW -> shuffleWords(i, 0, 1);
      case PSHUFLW -> shuffleWords(i, 0, 2);
      case PSHUFHW -> shuffleWords(i, 1, 2);
      case SHUFPS -> shufps(i);
      case SHUFPD -> shufpd(i);
      case PSHUFB -> pshufb(i);
      case PINSRB -> insert(i, Helper.PINSRB, 8);
      case PINSRW -> insert(i, Helper.PINSRW, 16);
      case PINSRD -> insert(i, Helper.PINSRD, 32);
      case PINSRQ -> insert(i, null, 64);
      case PEXTRB -> extract(i, 8);
      case PEXTRW -> extract(i, 16);
      case PEXTRD, EXTRACTPS -> extract(i, 32);
      case PEXTRQ -> extract(i, 64);
      case INSERTPS -> insertps(i);
      case PMOVMSKB -> pmovmskb(i);
      case MOVMSKPS -> signMask(i, Helper.MOVMSKPS, 4);
      case MOVMSKPD -> signMask(i, Helper.MOVMSKPD, 2);
      case PBLENDW -> blendImmediate(i, 16);
      case BLENDPS, VPBLENDD -> blendImmediate(i, 32);
      case BLENDPD -> blendImmediate(i, 64);
      case PBLENDVB -> blendVariable(i, Helper.PBLENDVB);
      case BLENDVPS -> blendVariable(i, Helper.BLENDVPS);
      case BLENDVPD -> blendVariable(i, Helper.BLENDVPD);
      case PTEST -> ptest(i, -1L);
      case VTESTPS -> ptest(i, 0x8000000080000000L);
      case VTESTPD -> ptest(i, Long.MIN_VALUE);
      case PMOVSXBW -> extend(i, Helper.PMOVSXBW, 32);
      case PMOVSXWD -> extend(i, Helper.PMOVSXWD, 32);
      case PMOVSXBD -> extend(i, Helper.PMOVSXBD, 16);
      case PMOVZXBW -> extend(i, Helper.PMOVZXBW, 32);
      case PMOVZXWD -> extend(i, Helper.PMOVZXWD, 32);
      case PMOVZXBD -> extend(i, Helper.PMOVZXBD, 16);
      case PMOVSXBQ -> extendToQuad(i, Op.SX8, 8);
      case PMOVSXWQ -> extendToQuad(i, Op.SX16, 16);
      case PMOVSXDQ -> extendToQuad(i, Op.SX32, 32);
      case PMOVZXBQ -> extendToQuad(i, Op.ZX8, 8);
      case PMOVZXWQ -> extendToQuad(i, Op.ZX16, 16);
      case PMOVZXDQ -> extendToQuad(i, Op.ZX32, 32);
      case PHMINPOSUW -> phminposuw(i);
      case MPSADBW -> mpsadbw(i);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static int immediate(Insn i) {
    return (int) i.imm & 0xff;
  }

  private void lanes(Insn i, Helper helper) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    v.begin(i);
    for (int q = 0; q < Vectors.quads(i); q++) {
      v.h2(helper, d + q, a + q, b + q);
    }
    v.finish(i);
  }

  private void plain(Insn i, int op) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    v.begin(i);
    for (int q = 0; q < Vectors.quads(i); q++) {
      if (op == Op.XOR64 && a == b) {
        ops.op(Op.MOV, d + q, Reg.ZERO);
      } else {
        ops.op(op, d + q, a + q, b + q);
      }
    }
    v.finish(i);
  }

  private void andNot(Insn i) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    v.begin(i);
    for (int q = 0; q < Vectors.quads(i); q++) {
      ops.op(Op.NOT64, t, a + q);
      ops.op(Op.AND64, d + q, t, b + q);
    }
    v.finish(i);
  }

  private void unary(Insn i, Helper helper) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    v.begin(i);
    for (int q = 0; q < Vectors.quads(i); q++) {
      v.h1(helper, d + q, a + q);
    }
    v.finish(i);
  }

  // ---------------------------------------------------------------- shifts

  private void shift(Insn i, Helper helper) {
    boolean immediate = i.kind[i.operands - 1] == Insn.IMM;
    int count = immediate ? ops.constant(immediate(i)) : v.source(i, Vectors.secondOperand(i));
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int n = Vectors.quads(i);
    if (!immediate && count == d) {
      count = copy(count, 1);
    }
    v.begin(i);
    for (int q = 0; q < n; q++) {
      v.h2(helper, d + q, a + q, count);
    }
    v.finish(i);
  }

  /** A copy of a run of quadwords in temporaries. */
  private int copy(int a, int count) {
    int t = ops.tempQuad();
    v.move(t, a, count);
    return t;
  }

  /**
   * d = the quadword that begins {@code bytes} bytes up in the run of quadwords {@code run} (ZERO
   * behind its end).
   */
  private void funnel(int d, int[] run, int bytes) {
    int index = bytes >> 3;
    int bits = (bytes & 7) * 8;
    int low = index < run.length ? run[index] : Reg.ZERO;
    int high = index + 1 < run.length ? run[index + 1] : Reg.ZERO;
    if (bits == 0 || (low == Reg.ZERO && high == Reg.ZERO)) {
      ops.op(Op.MOV, d, low);
    } else if (high == Reg.ZERO) {
      ops.opImm(Op.SHRI64, d, low, bits);
    } else if (low == Reg.ZERO) {
      ops.opImm(Op.SHLI64, d, high, 64 - bits);
    } else {
      int t = ops.temp();
      ops.opImm(Op.SHRI64, t, low, bits);
      ops.opImm(Op.SHLI64, d, high, 64 - bits);
      ops.op(Op.OR64, d, d, t);
    }
  }

  private void byteShift(Insn i) {
    int bytes = Math.min(immediate(i), 16);
    int d = Vectors.register(i, 0);
    int source = v.first(i);
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      int a = copy(source + lane, 2);
      if (i.mnemonic == Mnemonic.PSRLDQ) {
        int[] run = {a, a + 1};
        funnel(d + lane, run, bytes);
        funnel(d + lane + 1, run, bytes + 8);
      } else {
        int[] run = {Reg.ZERO, Reg.ZERO, a, a + 1};
        funnel(d + lane, run, 16 - bytes);
        funnel(d + lane + 1, run, 24 - bytes);
      }
    }
    v.finish(i);
  }

  private void alignRight(Insn i) {
    int bytes = immediate(i);
    int low = v.second(i);
    int high = v.first(i);
    int d = Vectors.register(i, 0);
    v.begin(i);
    if (Vectors.isMmx(i)) {
      funnel(d, new int[] {copy(low, 1), copy(high, 1)}, bytes);
      return;
    }
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      int l = copy(low + lane, 2);
      int h = copy(high + lane, 2);
      int[] run = {l, l + 1, h, h + 1};
      funnel(d + lane, run, bytes);
      funnel(d + lane + 1, run, bytes + 8);
    }
    v.finish(i);
  }

  // ---------------------------------------------------------------- packs and shuffles

  /**
   * Result quadwords are made of neighbours: first those of the first source, then those of the
   * second, in each 128-bit lane.
   */
  private void pairwise(Insn i, Helper helper) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    v.begin(i);
    if (Vectors.isMmx(i)) {
      v.h2(helper, d, a, b);
      return;
    }
    int t = ops.temp();
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      v.h2(helper, t, a + lane, a + lane + 1);
      v.h2(helper, d + lane + 1, b + lane, b + lane + 1);
      ops.op(Op.MOV, d + lane, t);
    }
    v.finish(i);
  }

  private void interleave(Insn i, Helper low, Helper high, boolean upper) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    v.begin(i);
    if (Vectors.isMmx(i)) {
      v.h2(upper ? high : low, d, a, b);
      return;
    }
    int t = ops.temp();
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      int q = upper ? lane + 1 : lane;
      v.h2(low, t, a + q, b + q);
      v.h2(high, d + lane + 1, a + q, b + q);
      ops.op(Op.MOV, d + lane, t);
    }
    v.finish(i);
  }

  private void interleaveQuads(Insn i, int half) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      pair(d + lane, a + lane + half, b + lane + half);
    }
    v.finish(i);
  }

  /** d, d+1 = a, b whatever overlaps. */
  private void pair(int d, int a, int b) {
    if (b == d) {
      int t = ops.temp();
      ops.op(Op.MOV, t, b);
      ops.move(d, a);
      ops.op(Op.MOV, d + 1, t);
    } else {
      ops.move(d, a);
      ops.move(d + 1, b);
    }
  }

  private void shuffleDoublewords(Insn i) {
    int imm = immediate(i);
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      v.h2(Helper.SELECT32, t, a + lane, a + lane + 1, imm & 15);
      v.h2(Helper.SELECT32, d + lane + 1, a + lane, a + lane + 1, imm >> 4);
      ops.op(Op.MOV, d + lane, t);
    }
    v.finish(i);
  }

  /**
   * Shuffles the words of quadword {@code half} of every {@code width} quadwords and copies the
   * others.
   */
  private void shuffleWords(Insn i, int half, int width) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    v.begin(i);
    for (int q = 0; q < Vectors.quads(i); q++) {
      if (q % width == half) {
        v.h1(Helper.SELECT16, d + q, a + q, immediate(i));
      } else {
        ops.move(d + q, a + q);
      }
    }
    v.finish(i);
  }

  private void shufps(Insn i) {
    int imm = immediate(i);
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      v.h2(Helper.SELECT32, t, a + lane, a + lane + 1, imm & 15);
      v.h2(Helper.SELECT32, d + lane + 1, b + lane, b + lane + 1, imm >> 4);
      ops.op(Op.MOV, d + lane, t);
    }
    v.finish(i);
  }

  private void shufpd(Insn i) {
    int imm = immediate(i);
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      pair(d + lane, a + lane + (imm >> lane & 1), b + lane + (imm >> lane + 1 & 1));
    }
    v.finish(i);
  }

  private void pshufb(Insn i) {
    int control = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    v.begin(i);
    if (Vectors.isMmx(i)) {
      v.h2(Helper.PSHUFB_MMX, d, a, control);
      return;
    }
    int t = ops.temp();
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      v.h3(Helper.PSHUFB, t, a + lane, a + lane + 1, control + lane);
      v.h3(Helper.PSHUFB, d + lane + 1, a + lane, a + lane + 1, control + lane + 1);
      ops.op(Op.MOV, d + lane, t);
    }
    v.finish(i);
  }

  // ---------------------------------------------------------------- inserts and extracts

  private void insert(Insn i, @Nullable Helper helper, int bits) {
    int value = ops.read(i, Vectors.secondOperand(i));
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int perQuad = 64 / bits;
    int position = immediate(i) & (Vectors.isMmx(i) ? perQuad - 1 : 2 * perQuad - 1);
    int quad = position / perQuad;
    v.begin(i);
    if (i.vex) {
      ops.move(d + (quad ^ 1), a + (quad ^ 1));
    }
    if (helper == null) {
      ops.op(Op.MOV, d + quad, value);
    } else {
      v.h2(helper, d + quad, a + quad, value, position % perQuad);
    }
    v.finish(i);
  }

  private void extract(Insn i, int bits) {
    int a = Vectors.register(i, 1);
    int perQuad = 64 / bits;
    int position = immediate(i) & (i.kind[1] == Insn.MMX ? perQuad - 1 : 2 * perQuad - 1);
    int t = ops.temp();
    v.begin(i);
    ops.opImm(Op.SHRI64, t, a + position / perQuad, position % perQuad * bits);
    if (i.kind[0] == Insn.MEM) {
      ops.memory(i, Operands.storeOp(bits), t);
    } else if (bits == 64) {
      ops.move(i.reg[0], t);
    } else {
      ops.op(bits == 32 ? Op.ZX32 : bits == 16 ? Op.ZX16 : Op.ZX8, i.reg[0], t);
    }
  }

  private void insertps(Insn i) {
    int n = Vectors.secondOperand(i);
    int imm = immediate(i);
    int value = ops.temp();
    if (Vectors.isMemory(i, n)) {
      ops.memory(i, Op.LOAD32, value);
    } else {
      int from = imm >> 6;
      ops.opImm(Op.SHRI64, value, Vectors.register(i, n) + (from >> 1), (from & 1) * 32);
    }
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int to = imm >> 4 & 3;
    for (int q = 0; q < 2; q++) {
      if (to >> 1 == q) {
        v.h2(Helper.PINSRD, d + q, a + q, value, to & 1);
      } else {
        ops.move(d + q, a + q);
      }
      int zero = imm >> 2 * q & 3;
      if (zero != 0) {
        long keep = ((zero & 1) == 0 ? 0xffffffffL : 0) | ((zero & 2) == 0 ? -1L << 32 : 0);
        ops.op(Op.AND64, d + q, d + q, ops.constant(keep));
      }
    }
    v.finish(i);
  }

  private void pmovmskb(Insn i) {
    int a = Vectors.register(i, 1);
    v.begin(i);
    if (Vectors.isMmx(i)) {
      v.h1(Helper.MOVMSK8, i.reg[0], a);
    } else {
      signMask(i, Helper.PMOVMSKB, 16);
    }
  }

  private void signMask(Insn i, Helper helper, int bitsPerLane) {
    int a = Vectors.register(i, 1);
    v.h2(helper, i.reg[0], a, a + 1);
    if (i.vexL) {
      int t = ops.temp();
      v.h2(helper, t, a + 2, a + 3);
      ops.opImm(Op.SHLI64, t, t, bitsPerLane);
      ops.op(Op.OR64, i.reg[0], i.reg[0], t);
    }
  }

  // ---------------------------------------------------------------- blends, tests, extensions

  /** All ones in the lanes of {@code bits} whose bit of {@code imm} is set. */
  private static long laneMask(int imm, int bits) {
    long mask = 0;
    for (int lane = 0; lane < 64 / bits; lane++) {
      if ((imm >> lane & 1) != 0) {
        mask |= -1L >>> 64 - bits << lane * bits;
      }
    }
    return mask;
  }

  private void blendImmediate(Insn i, int bits) {
    int b = v.second(i);
    int a = v.first(i);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    for (int q = 0; q < Vectors.quads(i); q++) {
      int at = bits == 16 ? q % 2 : q; // PBLENDW uses the same bits in both 128-bit lanes
      long mask = laneMask(immediate(i) >> at * 64 / bits, bits);
      if (mask == 0) {
        ops.move(d + q, a + q);
      } else if (mask == -1) {
        ops.move(d + q, b + q);
      } else {
        ops.op(Op.XOR64, t, a + q, b + q);
        ops.op(Op.AND64, t, t, ops.constant(mask));
        ops.op(Op.XOR64, d + q, a + q, t);
      }
    }
    v.finish(i);
  }

  /** The mask is XMM0, or in the VEX form the fourth operand. */
  private void blendVariable(Insn i, Helper helper) {
    int b = v.second(i);
    int a = v.first(i);
    int mask = i.vex ? Vectors.register(i, 3) : Reg.vector(0, 0);
    int d = Vectors.register(i, 0);
    for (int q = 0; q < Vectors.quads(i); q++) {
      v.h3(helper, d + q, a + q, b + q, mask + q);
    }
    v.finish(i);
  }

  /** ZF: a AND b has none of the bits of {@code counted}; CF: NOT a AND b has none. */
  private void ptest(Insn i, long counted) {
    int b = v.source(i, 1);
    int a = Vectors.register(i, 0);
    int and = ops.temp();
    int andNot = ops.temp();
    int t = ops.temp();
    for (int q = 0; q < Vectors.quads(i); q++) {
      ops.op(Op.AND64, q == 0 ? and : t, a + q, b + q);
      if (q > 0) {
        ops.op(Op.OR64, and, and, t);
      }
      ops.op(Op.NOT64, t, a + q);
      ops.op(Op.AND64, q == 0 ? andNot : t, t, b + q);
      if (q > 0) {
        ops.op(Op.OR64, andNot, andNot, t);
      }
    }
    if (counted != -1) {
      int mask = ops.constant(counted);
      ops.op(Op.AND64, and, and, mask);
      ops.op(Op.AND64, andNot, andNot, mask);
    }
    v.h2(Helper.TEST_FLAGS, t, and, andNot);
    ops.op(Op.PUTF, 0, t);
  }

  /** Each destination quadword is made of the next {@code bits} bits of the source. */
  private void extend(Insn i, Helper helper, int bits) {
    int n = Vectors.quads(i);
    int a = extensionSource(i, n * bits);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    for (int q = n - 1; q >= 0; q--) {
      int shift = q * bits % 64;
      int from = a + q * bits / 64;
      if (shift != 0) {
        ops.opImm(Op.SHRI64, t, from, shift);
        from = t;
      }
      v.h1(helper, d + q, from);
    }
    v.finish(i);
  }

  private void extendToQuad(Insn i, int op, int bits) {
    int n = Vectors.quads(i);
    int a = extensionSource(i, n * bits);
    int d = Vectors.register(i, 0);
    int t = ops.temp();
    for (int q = n - 1; q >= 0; q--) {
      int shift = q * bits % 64;
      int from = a + q * bits / 64;
      if (shift != 0) {
        ops.opImm(Op.SHRI64, t, from, shift);
        from = t;
      }
      ops.op(op, d + q, from);
    }
    v.finish(i);
  }

  /** The source's low {@code bits} bits, in no register that the destination overlaps harmfully. */
  private int extensionSource(Insn i, int bits) {
    if (Vectors.isMemory(i, 1)) {
      int t = ops.tempQuad();
      ops.memory(i, bits == 128 ? Op.LOAD128 : Operands.loadOp(bits), t);
      return t;
    }
    return copy(Vectors.register(i, 1), (bits + 63) / 64);
  }

  private void phminposuw(Insn i) {
    int a = v.source(i, 1);
    int d = Vectors.register(i, 0);
    v.h2(Helper.PHMINPOSUW, d, a, a + 1);
    ops.op(Op.MOV, d + 1, Reg.ZERO);
    v.finish(i);
  }

  private void mpsadbw(Insn i) {
    int second = v.second(i);
    int first = v.first(i);
    int d = Vectors.register(i, 0);
    for (int lane = 0; lane < Vectors.quads(i); lane += 2) {
      int imm = immediate(i) >> 3 * (lane / 2);
      int a = copy(first + lane, 2);
      int b = copy(second + lane, 2);
      int block = ops.temp();
      int window = ops.temp();
      funnel(block, new int[] {b, b + 1}, (imm & 3) * 4);
      for (int q = 0; q < 2; q++) {
        funnel(window, new int[] {a, a + 1}, (imm & 4) + 4 * q);
        v.h2(Helper.MPSADBW, d + lane + q, window, block);
      }
    }
    v.finish(i);
  }
}
