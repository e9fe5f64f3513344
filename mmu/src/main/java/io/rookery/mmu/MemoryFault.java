package io.rookery.mmu;

/** A guest access that the address space refused. The access had no effect. */
public final class MemoryFault extends GuestFault {
  private static final long serialVersionUID = 1L;

  /** What was wrong with the access. */
  public enum Kind {
    /** Nothing is mapped there (SIGSEGV, SEGV_MAPERR). */
    MAPERR,
    /** The mapping forbids this kind of access (SIGSEGV, SEGV_ACCERR). */
    ACCERR,
    /** A page of a file mapping beyond the end of the file, or one that cannot be read (SIGBUS). */
    BUS,
    /** A non-canonical address (#GP: SIGSEGV, SI_KERNEL, address 0). */
    GENERAL_PROTECTION,
    /** The memory limit of the virtual machine is reached. */
    OUT_OF_MEMORY
  }

  private enum Use {
    READ,
    WRITE,
    FETCH
  }

  private final Kind kind;
  private final long address;
  private final Use use;

  private MemoryFault(Kind kind, long address, Use use) {
    super("");
    this.kind = kind;
    this.address = address;
    this.use = use;
  }

  /**
   * A refused load.
   *
   * @param kind what was wrong
   * @param address the first guest address that could not be accessed
   */
  public static MemoryFault onRead(Kind kind, long address) {
    return new MemoryFault(kind, address, Use.READ);
  }

  /**
   * A refused store or atomic operation.
   *
   * @param kind what was wrong
   * @param address the first guest address that could not be accessed
   */
  public static MemoryFault onWrite(Kind kind, long address) {
    return new MemoryFault(kind, address, Use.WRITE);
  }

  /**
   * A refused instruction fetch.
   *
   * @param kind what was wrong
   * @param address the first guest address that could not be fetched
   */
  public static MemoryFault onFetch(Kind kind, long address) {
    return new MemoryFault(kind, address, Use.FETCH);
  }

  /** What was wrong with the access. */
  public Kind kind() {
    return kind;
  }

  /** The first guest address that could not be accessed. */
  public long address() {
    return address;
  }

  /** Whether the access was a store or an atomic operation. */
  public boolean write() {
    return use == Use.WRITE;
  }

  /** Whether the access was an instruction fetch. */
  public boolean fetch() {
    return use == Use.FETCH;
  }

  @Override
  public String getMessage() {
    return kind + " on " + use + " at 0x" + Long.toHexString(address);
  }
}
