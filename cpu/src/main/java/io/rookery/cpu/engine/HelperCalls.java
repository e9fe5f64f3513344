package io.rookery.cpu.engine;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.helper.HelperDispatch;
import io.rookery.cpu.ir.Op;

/**
 * The interpreter's micro-ops that call a helper. One method for all: else HotSpot would take their
 * words apart in front of every micro-op.
 */
final class HelperCalls {
  private HelperCalls() {}

  /** Executes H1 to H4 or EXEC. */
  static void call(CpuState s, long[] r, long w) {
    int d = Op.d(w);
    int a = Op.a(w);
    int b = Op.b(w);
    int imm = Op.imm(w);
    int helper = imm & 0xfff;
    int imm8 = imm >>> 20 & 0xff;
    switch (Op.op(w)) {
      case Op.H1 -> r[d] = HelperDispatch.call1(helper, r[a], imm8, s);
      case Op.H2 -> r[d] = HelperDispatch.call2(helper, r[a], r[b], imm8, s);
      case Op.H3 -> r[d] = HelperDispatch.call3(helper, r[a], r[b], r[imm >>> 12 & 0xff], imm8, s);
      case Op.H4 ->
          r[d] = HelperDispatch.call4(helper, r[a], r[b], r[imm >>> 12 & 0xff], r[imm8], s);
      default -> HelperDispatch.exec(helper, s, d, a, b, imm >> 12);
    }
  }
}
