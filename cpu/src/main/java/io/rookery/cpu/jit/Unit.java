package io.rookery.cpu.jit;

import io.rookery.cpu.CpuState;

/** Compiled code of one region of guest code. Thread-safe: any number of guest threads may be in it. */
public abstract class Unit {
  /** Continue at {@code cpu.rip} by dispatch. */
  public static final int GO_ON = 0;

  /** A poll saw {@code cpu.attention}. */
  public static final int ATTENTION = 1;

  /** The system-call port answered that the state was replaced. */
  public static final int UNWOUND = 2;

  /**
   * Runs from the entry with that index; a negative one returns at once. The whole state is in {@code cpu} when it returns, and
   * when it throws a {@link io.rookery.mmu.GuestFault}.
   */
  public abstract int run(CpuState cpu, int entry);
}
