package io.rookery.cpu.lift;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.helper.SseDouble;

/**
 * FMA3 (SDM vol. 2, VFMADD132PD and kin). The digits of a mnemonic say which operands are
 * multiplied and added.
 */
final class FmaLifter {
  private final Operands ops;
  private final Vectors v;

  FmaLifter(Vectors v) {
    this.v = v;
    this.ops = v.ops;
  }

  /** Lifts {@code i} if it is of this family. */
  boolean lift(Insn i) {
    String name = i.mnemonic.name();
    if (!name.startsWith("VFM") && !name.startsWith("VFNM")) {
      return false;
    }
    int digits = name.length() - 5;
    String operation = name.substring(1, digits);
    String order = name.substring(digits, digits + 3);
    boolean single = name.charAt(digits + 4) == 'S';
    boolean scalar = name.charAt(digits + 3) == 'S';
    // The order of factors decides which of several NaNs is the result.
    int third = v.source(i, 2);
    int first = Vectors.register(i, 0);
    int second = Vectors.register(i, 1);
    int a = order.equals("132") ? first : second;
    int b = order.equals("213") ? first : third;
    int c = order.equals("132") ? second : order.equals("213") ? third : first;
    if (scalar) {
      scalar(i, single, a, b, c, negations(operation, false));
    } else {
      packed(i, single, a, b, c, operation);
    }
    return true;
  }

  private static int negations(String operation, boolean odd) {
    return switch (operation) {
      case "FMADD" -> 0;
      case "FMSUB" -> SseDouble.NEGATE_ADDEND;
      case "FNMADD" -> SseDouble.NEGATE_PRODUCT;
      case "FNMSUB" -> SseDouble.NEGATE_PRODUCT | SseDouble.NEGATE_ADDEND;
      case "FMADDSUB" -> odd ? 0 : SseDouble.NEGATE_ADDEND;
      case "FMSUBADD" -> odd ? SseDouble.NEGATE_ADDEND : 0;
      default -> throw new IllegalArgumentException(operation);
    };
  }

  private void scalar(Insn i, boolean single, int a, int b, int c, int negations) {
    int d = Vectors.register(i, 0);
    if (single) {
      int t = ops.temp();
      v.h3(Helper.FMASS, t, a, b, c, negations);
      v.h2(Helper.PINSRD, d, d, t, 0);
    } else {
      v.h3(Helper.FMASD, d, a, b, c, negations);
    }
    v.clearUpper(d);
  }

  private void packed(Insn i, boolean single, int a, int b, int c, String operation) {
    int d = Vectors.register(i, 0);
    int n = Vectors.quads(i);
    int t = ops.tempQuad();
    v.beginPacked();
    for (int q = 0; q < n; q++) {
      if (single) {
        int both = negations(operation, false) | negations(operation, true) << 2;
        v.h3(Helper.FMAPS, t + q, a + q, b + q, c + q, both);
      } else {
        v.h3(Helper.FMASD, t + q, a + q, b + q, c + q, negations(operation, (q & 1) != 0));
      }
    }
    v.endPacked(t);
    v.move(d, t, n);
    v.finish(i);
  }
}
