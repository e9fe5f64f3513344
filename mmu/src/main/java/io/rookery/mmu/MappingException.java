package io.rookery.mmu;

/** A mapping request that the state of the address space does not allow. */
public final class MappingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Why the request was refused. */
  public enum Reason {
    /** Part of the range is not mapped (ENOMEM for mprotect and madvise, EFAULT for mremap). */
    NOT_MAPPED,
    /** No free range of that length (ENOMEM). */
    NO_SPACE,
    /** The address space has too many mappings (ENOMEM). */
    TOO_MANY_MAPPINGS
  }

  private final Reason reason;

  MappingException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  static MappingException notMapped(long address, long length) {
    return new MappingException(
        Reason.NOT_MAPPED,
        "not all mapped: 0x" + Long.toHexString(address) + " of 0x" + Long.toHexString(length));
  }

  /** Why the request was refused. */
  public Reason reason() {
    return reason;
  }
}
