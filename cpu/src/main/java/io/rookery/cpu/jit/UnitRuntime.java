package io.rookery.cpu.jit;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;

/** What emitted code calls for work that is rare or must not be a branch of its own. */
public final class UnitRuntime {
  private UnitRuntime() {}

  /** Non-zero when the unit shall be left at a poll. */
  public static int poll(CpuState cpu) {
    return cpu.attention;
  }

  /** #GP unless {@code address} has none of the bits of {@code mask}. */
  public static void align(long address, int mask) {
    if ((address & mask) != 0) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
  }

  /** A processor exception to throw. */
  public static CpuFault trap(int vector) {
    return new CpuFault(vector);
  }

  /** The whole state is stored; {@link Unit#GO_ON} or {@link Unit#UNWOUND}. */
  public static int systemCall(CpuState cpu, int kind) {
    return cpu.port.systemCall(cpu, kind) ? Unit.GO_ON : Unit.UNWOUND;
  }

  /** Answer to an entry that the unit does not have. */
  public static int noEntry(int entry) {
    throw new IllegalStateException("no entry 0x" + Integer.toHexString(entry));
  }
}
