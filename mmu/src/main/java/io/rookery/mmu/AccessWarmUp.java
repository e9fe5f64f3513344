package io.rookery.mmu;

/**
 * Runs the accessors through both outcomes, so that HotSpot compiles no call site as if the slow
 * path were never taken: each first slow path would throw away the compiled caller.
 */
public final class AccessWarmUp {
  private static final int ROUNDS = 4000;

  /**
   * Rare enough that HotSpot does not inline the slow paths (MinInlineFrequencyRatio is 0.0085).
   */
  private static final int SLOW_EVERY = 200;

  private static final long FAST = 0x1_0000;
  private static final long SLOW = 0x3_0000;

  private AccessWarmUp() {}

  /** Takes the fast and the slow branch of every method of {@link Access}. */
  public static void run() {
    try (MemoryPool pool = new MemoryPool(1 << 20)) {
      AddressSpace space = pool.newAddressSpace(24, 1L << 24);
      int readWrite = Protection.READ | Protection.WRITE;
      space.map(FAST, 0x1000, readWrite, MapFlags.PRIVATE, null, 0, null);
      space.map(SLOW, 0x1000, readWrite, MapFlags.SHARED, null, 0, null);
      for (int i = 1; i <= ROUNDS; i++) {
        long address = i % SLOW_EVERY == 0 ? SLOW : FAST;
        fenced(address, space);
        atomics(address, space);
      }
      space.release();
    }
  }

  private static long fenced(long a, AddressSpace s) {
    long b = s.base;
    long p = s.perms;
    long n = s.pages;
    Access.store8(a, 1, b, p, n, s);
    Access.store16(a, 1, b, p, n, s);
    Access.store32(a, 1, b, p, n, s);
    Access.store64(a, 1, b, p, n, s);
    Access.store128(a, 1, 1, b, p, n, s);
    Access.store256(a, 1, 1, 1, 1, b, p, n, s);
    return Access.load8(a, b, p, n, s)
        + Access.load16(a, b, p, n, s)
        + Access.load32(a, b, p, n, s)
        + Access.load64(a, b, p, n, s);
  }

  private static long atomics(long a, AddressSpace s) {
    long b = s.base;
    long p = s.perms;
    long n = s.pages;
    long old = Access.getAndAdd(a, 1, 4, b, p, n, s);
    old += Access.getAndSet(a, 1, 4, b, p, n, s);
    old += Access.getAndAnd(a, 1, 4, b, p, n, s);
    old += Access.getAndOr(a, 1, 4, b, p, n, s);
    old += Access.getAndXor(a, 1, 4, b, p, n, s);
    old += Access.compareAndExchange(a, 1, 1, 4, b, p, n, s);
    return old;
  }
}
