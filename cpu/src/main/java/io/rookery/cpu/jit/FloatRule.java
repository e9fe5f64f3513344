package io.rookery.cpu.jit;

import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.helper.SseConvert;
import io.rookery.cpu.helper.SseDouble;
import io.rookery.cpu.helper.SseSingle;
import io.rookery.cpu.ir.Op;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a unit makes the usual case of a floating-point helper itself: a method for the result, and
 * tests without which an exception flag but PE, a NaN or another rounding may be involved. All this
 * holds while exceptions are masked and rounding is to nearest.
 *
 * @param method gives the result
 * @param tested whether the result has to be tested, by a method with the suffix {@code IsUsual},
 *     which takes the result and the operands
 * @param operand a test of each operand; null if none is needed
 * @param rounds whether PE may come of it; a method with the suffix {@code IsExact}, which takes
 *     the result and the operands, tells if it does not
 * @param takes what an operand must be known as to need no test
 * @param gives what the result is known as
 */
record FloatRule(
    String owner,
    String method,
    boolean tested,
    @Nullable String operand,
    boolean rounds,
    Known takes,
    Known gives) {
  /** What is known of a quadword. */
  enum Known {
    NOTHING,
    /** A double, zero or normal. */
    DOUBLE,
    /** A single, zero or normal, in the low half. */
    SINGLE,
    /** Two singles, zero or normal. */
    SINGLES
  }

  private static final Map<Helper, FloatRule> RULES = new EnumMap<>(Helper.class);

  /** Conversions that round but have no test of the result. */
  private static final Set<Helper> INTEGER_CONVERSIONS =
      EnumSet.of(Helper.CVTSI2SD, Helper.CVTTSD2SI32, Helper.CVTTSD2SI64);

  static {
    doubles(Helper.ADDSD, "sum");
    doubles(Helper.SUBSD, "difference");
    doubles(Helper.MULSD, "product");
    doubles(Helper.DIVSD, "quotient");
    doubles(Helper.SQRTSD, "root");
    singles(Helper.ADDSS, "sumLow");
    singles(Helper.SUBSS, "differenceLow");
    singles(Helper.MULSS, "productLow");
    singles(Helper.DIVSS, "quotientLow");
    packed(Helper.ADDPS, "sums");
    packed(Helper.SUBPS, "differences");
    packed(Helper.MULPS, "products");
    packed(Helper.DIVPS, "quotients");
    Known d = Known.DOUBLE;
    rule(Helper.MINSD, SseDouble.class, "lesser", false, "isComparable", d, d);
    rule(Helper.MAXSD, SseDouble.class, "greater", false, "isComparable", d, d);
    rule(Helper.COMISD, SseDouble.class, "ordered", false, "isComparable", d, Known.NOTHING);
    rule(Helper.UCOMISD, SseDouble.class, "ordered", false, "isComparable", d, Known.NOTHING);
    Known s = Known.SINGLE;
    rule(Helper.COMISS, SseSingle.class, "ordered", false, "isComparableLow", s, Known.NOTHING);
    rule(Helper.UCOMISS, SseSingle.class, "ordered", false, "isComparableLow", s, Known.NOTHING);
    Known nothing = Known.NOTHING;
    rule(Helper.CVTSI2SD, SseConvert.class, "toDouble", false, null, nothing, d);
    rule(Helper.CVTSS2SD, SseConvert.class, "widened", false, "isComparableLow", s, d);
    rule(Helper.CVTSD2SS, SseConvert.class, "narrowedLow", true, null, nothing, s);
    rule(Helper.CVTTSD2SI32, SseConvert.class, "truncatedLow", false, "isInt", nothing, nothing);
    rule(Helper.CVTTSD2SI64, SseConvert.class, "truncated", false, "isLong", nothing, nothing);
  }

  private static void rule(
      Helper helper,
      Class<?> owner,
      String method,
      boolean tested,
      @Nullable String operand,
      Known takes,
      Known gives) {
    String name = owner.getName().replace('.', '/');
    boolean rounds = tested || INTEGER_CONVERSIONS.contains(helper);
    RULES.put(helper, new FloatRule(name, method, tested, operand, rounds, takes, gives));
  }

  private static void doubles(Helper helper, String method) {
    rule(helper, SseDouble.class, method, true, "isUsual", Known.DOUBLE, Known.DOUBLE);
  }

  private static void singles(Helper helper, String method) {
    rule(helper, SseSingle.class, method, true, "isUsualLow", Known.SINGLE, Known.SINGLE);
  }

  private static void packed(Helper helper, String method) {
    rule(helper, SseSingle.class, method, true, "areUsual", Known.SINGLES, Known.SINGLES);
  }

  /** The rule for {@code word}; null if it is no helper call, or one without a rule. */
  static @Nullable FloatRule of(long word) {
    if (Op.op(word) < Op.H1 || Op.op(word) > Op.H4) {
      return null;
    }
    return RULES.get(Helper.of(OpInfo.helper(word)));
  }
}
