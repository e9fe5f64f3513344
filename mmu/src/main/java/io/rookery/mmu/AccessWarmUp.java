package io.rookery.mmu;

/**
 * Runs the accessors through both outcomes, so that HotSpot compiles no call site as if the slow path
 * were never taken: each first slow path would throw away the compiled caller.
 */
public final class AccessWarmUp {
  private AccessWarmUp() {}

  /** Takes the fast and the slow branch of every method of {@link Access} and {@link PlainAccess}. */
  public static void run() {
    throw new UnsupportedOperationException("not written yet");
  }
}
