package io.rookery.mmu;

/** A request that would exceed a memory limit of the virtual machine (ENOMEM). */
public final class MemoryLimitException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param message which limit, its value and the value asked for
   */
  public MemoryLimitException(String message) {
    super(message);
  }
}
