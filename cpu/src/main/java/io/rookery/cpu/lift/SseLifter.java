package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;

/** x87, MMX, SSE and AVX instructions: asks the lifters of the families in turn. */
final class SseLifter {
  private final SseMoveLifter moves;
  private final PackedLifter packed;
  private final SseFloatLifter floats;
  private final CryptoLifter crypto;
  private final AvxLifter avx;
  private final FmaLifter fma;
  private final X87Lifter x87;

  SseLifter(Operands ops) {
    Vectors v = new Vectors(ops);
    moves = new SseMoveLifter(v);
    packed = new PackedLifter(v);
    floats = new SseFloatLifter(v);
    crypto = new CryptoLifter(v);
    avx = new AvxLifter(v);
    fma = new FmaLifter(v);
    x87 = new X87Lifter(v);
  }

  /** Lifts {@code i} if it is such an instruction that is implemented. */
  boolean lift(Insn i) {
    return moves.lift(i)
        || packed.lift(i)
        || floats.lift(i)
        || x87.lift(i)
        || crypto.lift(i)
        || avx.lift(i)
        || fma.lift(i);
  }
}
