package io.rookery.cpu.engine;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.lift.BlockLifter;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.GuestFault;
import org.jspecify.annotations.Nullable;

/** What the engine keeps for one guest thread: its address space's block table, and a lifter. */
final class ThreadContext {
  final AddressSpace space;
  final BlockTable table;

  /** The block that {@link Interpreter#run} stopped in front of. */
  @Nullable Block block;

  /** The micro-op of a block that threw the last fault. */
  int at;

  private final BlockLifter lifter;

  ThreadContext(AddressSpace space, BlockTable table) {
    this.space = space;
    this.table = table;
    lifter = table.lifter();
  }

  BlockLifter lifter() {
    return lifter;
  }

  boolean fits(CpuState cpu) {
    return cpu.space == space && cpu.longMode == table.longMode();
  }

  /** The block at {@code rip}; null, with {@code cpu.fault} set, if it cannot be fetched. */
  @Nullable Block enter(CpuState cpu, long rip) {
    try {
      return table.get(rip, space, lifter);
    } catch (GuestFault fault) {
      cpu.fault = fault;
      cpu.rip = rip;
      return null;
    }
  }

  /**
   * As {@link #enter}; links {@code from}, whose micro-op at {@code at} leads to {@code target}, to
   * what was found.
   */
  @Nullable Block successor(CpuState cpu, Block from, long target, int at) {
    Block next = enter(cpu, target);
    if (next != null && from.valid) {
      switch (Interpreter.link(from, at, target)) {
        case 0 -> from.next0 = next;
        case 1 -> from.next1 = next;
        default -> {
          // Indirect: found through the table each time.
        }
      }
    }
    return next;
  }
}
