package io.rookery.cpu.diff;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import io.rookery.cpu.ir.Flags;
import java.util.Arrays;
import java.util.Objects;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Compares what two processors made of the same state. */
final class Comparison {
  /** EFLAGS bits that programs can see and change. */
  static final int FLAGS = Flags.STATUS | 0x400 | 0x200000;

  /** Where masked stores fault at the addresses that Intel's processors report. */
  private static final boolean INTEL = NativeCpu.isIntel();

  /** The SDM's bound on the relative error of RCPPS and RSQRTPS is 1.5 · 2^-12. */
  private static final double APPROXIMATION = 1.5 / 4096;

  private Comparison() {}

  /** The differences, or null. */
  static @Nullable String differences(
      Insn insn, MachineState in, MachineState expected, MachineState actual) {
    if (UndefinedFlags.resultUndefined(insn, in) || leftTheSlot(expected)) {
      return null;
    }
    hideAddresses(insn, in, expected, actual);
    return differences(insn, UndefinedFlags.of(insn, in), expected, actual);
  }

  /**
   * As above for more than one instruction, which leave the flags in {@code undefined} undefined.
   */
  static @Nullable String differences(
      Insn insn, int undefined, MachineState expected, MachineState actual) {
    StringJoiner out = new StringJoiner("; ");
    if (!sameOutcome(insn, expected.outcome, actual.outcome)) {
      out.add(expected.outcome + " not " + actual.outcome);
    }
    for (int i = 0; i < 16; i++) {
      hex(out, "r" + i, expected.gpr[i], actual.gpr[i]);
    }
    hex(out, "fs base", expected.fsBase, actual.fsBase);
    hex(out, "gs base", expected.gsBase, actual.gsBase);
    int mask = FLAGS & ~undefined;
    hex(out, "flags", expected.flags & mask, actual.flags & mask);
    for (int i = 0; i < 64; i++) {
      if (expected.vector[i] != actual.vector[i]
          && !approximatelyEqual(insn, expected, actual, i)) {
        hex(out, "ymm" + i / 4 + "." + i % 4, expected.vector[i], actual.vector[i]);
      }
    }
    hex(out, "mxcsr", expected.mxcsr, actual.mxcsr);
    if (expected.outcome == null || !usesMmx(insn)) {
      x87(insn, expected, actual, out);
    }
    boolean storedEarly = isPending(expected.outcome) && usesMmx(insn);
    if (expected.outcome == null || (!accessedInParts(insn) && !storedEarly)) {
      memory(out, "data", MachineState.DATA_BEFORE, expected.data, actual.data);
    }
    memory(out, "stack", MachineState.STACK_BEFORE, expected.stack, actual.stack);
    if (expected.branched != actual.branched) {
      out.add("branched " + expected.branched + " not " + actual.branched);
    }
    return out.length() == 0 ? null : out.toString();
  }

  /** Of operands that are accessed in parts processors differ in which part comes first. */
  private static boolean sameOutcome(
      Insn insn, @Nullable String expected, @Nullable String actual) {
    return Objects.equals(expected, actual)
        || (isPending(expected) && actual != null)
        || (accessedInParts(insn) && Faults.samePageFault(expected, actual));
  }

  /** MMX instructions that fault have left the x87 state already, or not. */
  private static boolean usesMmx(Insn insn) {
    for (int n = 0; n < insn.operands; n++) {
      if (insn.kind[n] == Insn.MMX) {
        return true;
      }
    }
    return false;
  }

  /** Whether a jump went elsewhere, which stepping shows as a trap at its target. */
  private static boolean leftTheSlot(MachineState expected) {
    return expected.outcome != null && expected.outcome.startsWith("#DB");
  }

  /**
   * A pending x87 exception comes before all faults of the instruction that meets it; the engine
   * may find those first.
   */
  private static boolean isPending(@Nullable String outcome) {
    return outcome != null && outcome.startsWith("#MF");
  }

  /** Makes the x87 instruction and operand pointers in what was stored the same. */
  private static void hideAddresses(
      Insn insn, MachineState in, MachineState expected, MachineState actual) {
    long at = InputGenerator.effective(insn, in) - in.dataStart;
    switch (insn.mnemonic) {
      case FXSAVE, XSAVE, XSAVEC, XSAVEOPT -> {
        hide(at + 6, at + 24, expected, actual);
        hide(at + 28, at + 32, expected, actual); // MXCSR_MASK
      }
      case FNSTENV, FNSAVE ->
          hide(
              at + (insn.operandBits == 16 ? 6 : 12),
              at + (insn.operandBits == 16 ? 14 : 28),
              expected,
              actual);
      default -> {}
    }
  }

  private static void hide(long from, long to, MachineState expected, MachineState actual) {
    for (long i = Math.max(0, from); i < Math.min(to, expected.data.length); i++) {
      actual.data[(int) i] = expected.data[(int) i];
    }
  }

  /**
   * Whether the operand is accessed in parts, one of which may be written before another faults.
   */
  private static boolean accessedInParts(Insn insn) {
    return switch (insn.mnemonic) {
      case FSTP, FBSTP -> insn.bits[0] == 80;
      case XSAVE, XSAVEC, XSAVEOPT, XRSTOR -> true;
      case FXSAVE, FXRSTOR, FNSTENV, FLDENV, FNSAVE, FRSTOR -> true;
      case VMASKMOVPS, VMASKMOVPD, VPMASKMOVD, VPMASKMOVQ -> !INTEL;
      default -> false;
    };
  }

  private static void hex(StringJoiner out, String name, long expected, long actual) {
    if (expected != actual) {
      out.add(name + " " + Long.toHexString(expected) + " not " + Long.toHexString(actual));
    }
  }

  private static void x87(Insn insn, MachineState expected, MachineState actual, StringJoiner out) {
    hex(out, "x87 control", expected.x87Control, actual.x87Control);
    int mask = ~UndefinedFlags.x87(insn);
    hex(out, "x87 status", expected.x87Status & mask, actual.x87Status & mask);
    hex(out, "x87 used", expected.x87Used, actual.x87Used);
    int approximate = transcendentalResults(insn);
    for (int i = 0; i < 8; i++) {
      if (i >= approximate || !near(expected, actual, i)) {
        hex(out, "st" + i, expected.significand[i], actual.significand[i]);
        hex(out, "st" + i + " exponent", expected.signExponent[i], actual.signExponent[i]);
      }
    }
  }

  /**
   * How many results on the stack are held to the SDM's bound only, which is 1 unit (vol. 1,
   * 8.3.10).
   */
  static int transcendentalResults(Insn insn) {
    return switch (insn.mnemonic) {
      case F2XM1, FYL2X, FYL2XP1, FPATAN, FSIN, FCOS -> 1;
      case FPTAN, FSINCOS -> 2;
      default -> 0;
    };
  }

  /** Whether ST(i) differs by no more than two units in the last place, as each may err by one. */
  private static boolean near(MachineState expected, MachineState actual, int i) {
    int exponent = expected.signExponent[i];
    if (exponent == actual.signExponent[i]) {
      return Math.abs(expected.significand[i] - actual.significand[i]) <= 2;
    }
    // Above and below a power of two.
    long low = exponent < actual.signExponent[i] ? expected.significand[i] : actual.significand[i];
    long high = exponent < actual.signExponent[i] ? actual.significand[i] : expected.significand[i];
    return Math.abs(exponent - actual.signExponent[i]) == 1
        && -low <= 2
        && -low > 0
        && high - Long.MIN_VALUE <= 1
        && high < 0;
  }

  private static void memory(
      StringJoiner out, String name, int origin, byte[] expected, byte[] actual) {
    int i = Arrays.mismatch(expected, actual);
    if (i >= 0) {
      hex(out, name + "+" + (i - origin), expected[i] & 0xff, actual[i] & 0xff);
    }
  }

  private static boolean approximatelyEqual(
      Insn insn, MachineState expected, MachineState actual, int i) {
    if (insn.mnemonic != Mnemonic.RCPPS
        && insn.mnemonic != Mnemonic.RCPSS
        && insn.mnemonic != Mnemonic.RSQRTPS
        && insn.mnemonic != Mnemonic.RSQRTSS) {
      return false;
    }
    return near((int) expected.vector[i], (int) actual.vector[i])
        && near((int) (expected.vector[i] >>> 32), (int) (actual.vector[i] >>> 32));
  }

  private static boolean near(int expected, int actual) {
    if (expected == actual) {
      return true;
    }
    double e = Float.intBitsToFloat(expected);
    double a = Float.intBitsToFloat(actual);
    // Where the exact result is about the least normal number it may count as tiny, which is zero
    // (SDM, RCPPS).
    boolean zeroForTiny =
        e == 0
            && (expected ^ actual) >= 0
            && Math.abs(a) >= Float.MIN_NORMAL // what is tiny without doubt is zero
            && Math.abs(a) <= (1 + 2 * APPROXIMATION) * Float.MIN_NORMAL;
    // Both may be off by the bound, in different directions.
    return zeroForTiny || Math.abs(e - a) <= 2 * APPROXIMATION * Math.abs(e);
  }
}
