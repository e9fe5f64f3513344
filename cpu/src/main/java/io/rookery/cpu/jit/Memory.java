package io.rookery.cpu.jit;

/** How a unit finds out whether it may access memory. */
public enum Memory {
  /**
   * One look at {@link io.rookery.mmu.AddressSpace#reach} ({@link TestedMemory}). What is refused
   * is the interpreter's.
   */
  GRANULES,
  /** Two looks at {@link io.rookery.mmu.AddressSpace#perms}, for the ends of mappings. */
  PAGES,
  /** Calls that know every case ({@link CallingMemory}). */
  CALLS;

  /** What does better where accesses are refused again and again, which {@code granted} says. */
  Memory otherThan(boolean granted) {
    return this == GRANULES && granted ? PAGES : CALLS;
  }
}
