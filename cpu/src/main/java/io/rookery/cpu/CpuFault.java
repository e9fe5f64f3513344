package io.rookery.cpu;

import io.rookery.mmu.GuestFault;

/**
 * A processor exception that is no memory fault (SDM vol. 3, 6.15). Stackless; the faulting RIP is
 * in the {@link CpuState} when it leaves the engine.
 */
public final class CpuFault extends GuestFault {
  private static final long serialVersionUID = 1;

  public static final int DIVIDE_ERROR = 0;
  public static final int DEBUG = 1;
  public static final int BREAKPOINT = 3;
  public static final int OVERFLOW = 4;
  public static final int BOUND_RANGE = 5;
  public static final int INVALID_OPCODE = 6;
  public static final int SEGMENT_NOT_PRESENT = 11;
  public static final int STACK_FAULT = 12;
  public static final int GENERAL_PROTECTION = 13;
  public static final int X87_ERROR = 16;
  public static final int ALIGNMENT_CHECK = 17;
  public static final int SIMD_ERROR = 19;

  /** DR6.BS, in {@link #error} of a {@link #DEBUG} that EFLAGS.TF made. */
  public static final int SINGLE_STEP = 1 << 14;

  private final int vector;
  private final int error;
  private final boolean trap;

  public CpuFault(int vector) {
    this(vector, 0);
  }

  /** With the error code that the exception pushes: a selector for #GP, #NP and #SS. */
  public CpuFault(int vector, int error) {
    this(vector, error, false);
  }

  private CpuFault(int vector, int error, boolean trap) {
    super("processor exception " + vector);
    this.vector = vector;
    this.error = error;
    this.trap = trap;
  }

  /** One that is thrown at an instruction, but reported behind it. */
  public static CpuFault trap(int vector) {
    return new CpuFault(vector, 0, true);
  }

  /** Whether the engine, which is not done with it, reports it behind the instruction. */
  public boolean isTrap() {
    return trap;
  }

  /** The exception's error code, 0 where it has none; of #DB, what it leaves in DR6. */
  public int error() {
    return error;
  }

  /** Exception vector, one of the constants of this class. */
  public int vector() {
    return vector;
  }
}
