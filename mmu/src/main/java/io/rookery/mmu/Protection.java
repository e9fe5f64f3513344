package io.rookery.mmu;

/**
 * Rights of a mapping; the values are Linux's {@code PROT_*}. As on x86 hardware without protection
 * keys, WRITE or EXEC include the right to read.
 */
public final class Protection {
  /** No access. */
  public static final int NONE = 0;

  /** Loads. */
  public static final int READ = 1;

  /** Stores. */
  public static final int WRITE = 2;

  /** Instruction fetches. */
  public static final int EXEC = 4;

  private Protection() {}
}
