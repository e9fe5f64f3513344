package io.rookery.cpu.jit;

/** How a unit finds out whether it may access memory. */
public enum Memory {
  /**
   * One look ({@link io.rookery.mmu.DirectAccess#reaches}, {@link TestedMemory}). What is refused
   * is the interpreter's.
   */
  GRANULES,
  /** Two looks ({@link io.rookery.mmu.DirectAccess#granted}), for the ends of mappings. */
  PAGES,
  /** Calls that know every case ({@link CallingMemory}). */
  CALLS;

  /**
   * What does better where accesses are refused again and again.
   *
   * @param granted whether the page of such an access may be read: then only what lies beyond it
   *     may have been in the way
   */
  Memory otherThan(boolean granted) {
    return this == GRANULES && granted ? PAGES : CALLS;
  }
}
