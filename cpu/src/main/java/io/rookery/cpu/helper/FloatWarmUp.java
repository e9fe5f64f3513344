package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;

/**
 * Runs the floating-point helpers through both outcomes of their fast paths, so that HotSpot
 * compiles no unit as if one were never taken: the first zero or denormal number would throw the
 * unit away.
 */
public final class FloatWarmUp {
  private static final int ROUNDS = 4000;
  private static final int SLOW_EVERY = 100;
  private static final long ONE = Double.doubleToRawLongBits(1.5);
  private static final long SINGLES = Float.floatToRawIntBits(1.5f) * 0x1_0000_0001L;

  private FloatWarmUp() {}

  /** Computes with {@code scratch}, whose MXCSR is changed. */
  public static void run(CpuState scratch) {
    for (int i = 1; i <= ROUNDS; i++) {
      scratch.mxcsr = SseDouble.DEFAULT | SoftFloat.PRECISION;
      boolean slow = i % SLOW_EVERY == 0;
      doubles(slow ? 0 : ONE, ONE, scratch);
      doubles(slow ? 1 : ONE, ONE, scratch);
      doubles(ONE, slow ? 1 : ONE, scratch);
      singles(slow ? 0 : SINGLES, SINGLES, scratch);
      singles(slow ? 1 : SINGLES, SINGLES, scratch);
      singles(SINGLES, slow ? 1 : SINGLES, scratch);
      if (slow) {
        scratch.mxcsr = SseDouble.DEFAULT;
        doubles(ONE, ONE, scratch);
        singles(SINGLES, SINGLES, scratch);
      }
    }
  }

  private static void doubles(long a, long b, CpuState s) {
    SseDouble.addsd(a, b, s);
    SseDouble.subsd(a, b, s);
    SseDouble.mulsd(a, b, s);
    SseDouble.divsd(a, b, s);
    SseDouble.sqrtsd(a, s);
    SseDouble.minsd(a, b, s);
    SseDouble.maxsd(a, b, s);
    SseDouble.comisd(a, b, s);
    SseDouble.ucomisd(b, a, s);
    SseDouble.fmasd(a, b, a, 0, s);
    SseDouble.roundsd(a, 0, s);
    SseConvert.cvttsd2si32(a, s);
    SseConvert.cvttsd2si64(a, s);
    SseConvert.cvtsi2sd(a >> 9, s);
    SseConvert.cvtsd2ss(a, b, s);
  }

  private static void singles(long a, long b, CpuState s) {
    SseSingle.addss(a, b, s);
    SseSingle.subss(a, b, s);
    SseSingle.mulss(a, b, s);
    SseSingle.divss(a, b, s);
    SseSingle.sqrtss(a, b, s);
    SseSingle.minss(a, b, s);
    SseSingle.maxss(a, b, s);
    SseSingle.comiss(a, b, s);
    SseSingle.ucomiss(b, a, s);
    SseSingle.addps(a, b, s);
    SseSingle.subps(a, b, s);
    SseSingle.mulps(a, b, s);
    SseSingle.divps(a, b, s);
    SseConvert.cvtss2sd(a, s);
    SseConvert.cvtsi2ss(a, b, s);
  }
}
