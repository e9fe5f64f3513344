package io.rookery.cpu.jit;

/** How units do floating-point arithmetic. */
public enum Floats {
  /** In place while PE is set: only results are tested. */
  ROUNDED,

  /** In place, of whatever PE: results must also be exact. */
  EXACT,

  /** By calling helpers, which handle every case. */
  CALLS
}
