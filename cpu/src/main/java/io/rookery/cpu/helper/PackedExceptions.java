package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;

/**
 * Gathers what the elements of a packed operation raise, where exceptions are unmasked: those found
 * before the computation (#I, #D, #Z) of any element come before those found behind it (#O, #U,
 * #P), and flags of all elements are set (SDM vol. 1, E.4.1).
 */
public final class PackedExceptions {
  private static final int ALL = 0x3f;
  private static final int BEFORE = SoftFloat.INVALID | SoftFloat.DENORMAL | SoftFloat.ZERO_DIVIDE;

  private PackedExceptions() {}

  /** The elements follow; returns its argument. */
  public static long beginPacked(long a, CpuState s) {
    int masks = s.mxcsr >> SoftFloat.MASKS & ALL;
    s.packedExceptions = masks == ALL ? CpuState.NOT_PACKED : 0;
    return a;
  }

  /** All elements are computed; returns its argument, or faults. */
  public static long endPacked(long a, CpuState s) {
    int found = s.packedExceptions;
    s.packedExceptions = CpuState.NOT_PACKED;
    if (found > 0) {
      int unmasked = found & ~(s.mxcsr >> SoftFloat.MASKS);
      s.mxcsr |= (unmasked & BEFORE) != 0 ? found & BEFORE : found;
      if (unmasked != 0) {
        throw new CpuFault(CpuFault.SIMD_ERROR);
      }
    }
    return a;
  }
}
