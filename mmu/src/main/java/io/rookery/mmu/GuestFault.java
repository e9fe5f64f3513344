package io.rookery.mmu;

/**
 * Root of everything that interrupts a guest instruction. Stackless: it has neither a stack trace
 * nor suppressed exceptions, so throwing one costs little and an instance may be shared.
 */
public class GuestFault extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes a fault.
   *
   * @param message what happened, for logs
   */
  protected GuestFault(String message) {
    super(message, null, false, false);
  }
}
