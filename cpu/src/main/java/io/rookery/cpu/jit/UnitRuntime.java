package io.rookery.cpu.jit;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import io.rookery.cpu.engine.BlockTable;
import io.rookery.cpu.ir.Reg;
import org.jspecify.annotations.Nullable;

/** What emitted code calls for work that is rare or must not be a branch of its own. */
public final class UnitRuntime {
  private UnitRuntime() {}

  /** Zero if exceptions are masked, rounding is to nearest, and PE is set. */
  public static int unusualRounding(CpuState cpu) {
    return cpu.mxcsr & 0x7fa0 ^ 0x1fa0;
  }

  /** Zero if exceptions are masked and rounding is to nearest. */
  public static int unusualControl(CpuState cpu) {
    return cpu.mxcsr & 0x7f80 ^ 0x1f80;
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

  // ---------------------------------------------------------------- guest calls are Java calls

  /** Deeper calls leave all units, so that Java's stack does not end before the guest's. */
  private static final int MAX_DEPTH = 200;

  /** What {@link #returned} answers when the callee has come back to where it was called from. */
  static final int RETURNED = -1;

  /** Stands for code that is not compiled: leaves at once. */
  private static final Unit NOWHERE =
      new Unit() {
        @Override
        int run(@Nullable CpuState cpu, int entry, int depth) {
          return GO_ON;
        }
      };

  /** The unit to call for the function at {@code callee}. */
  static Unit callee(Block callee, Unit caller, int depth) {
    Unit unit = callee.unit;
    return unit != null && depth < MAX_DEPTH ? unit : replaced(callee, caller, depth);
  }

  /** The guest code at the callee may have been translated again. */
  private static Unit replaced(Block callee, Unit caller, int depth) {
    return callee.valid ? NOWHERE : callee(callee.rip, caller, depth);
  }

  /** The unit to call for the function at {@code rip}. */
  static Unit callee(long rip, Unit caller, int depth) {
    BlockTable table = caller.table;
    Block block = table == null ? null : table.find(rip);
    Unit unit = block == null ? null : block.unit;
    return unit != null && depth < MAX_DEPTH ? unit : NOWHERE;
  }

  /**
   * Looks where a callee came out, which answered {@code status}.
   *
   * @param rip return address
   * @param rsp the stack pointer behind it
   * @return {@link #RETURNED}, or what the caller shall answer, the state being stored
   */
  static int returned(CpuState cpu, int status, long rip, long rsp, Unit caller, int depth) {
    return (cpu.rip ^ rip | cpu.r[Reg.RSP] ^ rsp | status | cpu.attention) == 0
        ? RETURNED
        : elsewhere(cpu, status, rip, rsp, caller, depth);
  }

  /** While the callee has not returned but jumped out of its unit, runs what it jumped to. */
  private static int elsewhere(
      CpuState cpu, int first, long rip, long rsp, Unit caller, int depth) {
    int status = first;
    while (status == Unit.GO_ON && cpu.attention == 0) {
      long at = cpu.r[Reg.RSP];
      if (cpu.rip == rip && at == rsp) {
        return RETURNED;
      }
      if (Long.compareUnsigned(at, rsp) >= 0) {
        return status;
      }
      Unit unit = callee(cpu.rip, caller, depth);
      if (unit == NOWHERE) {
        return status;
      }
      status = unit.run(cpu, (int) cpu.rip, depth + 1);
    }
    return status;
  }
}
