package io.rookery.cpu.diff;

/** How processor exceptions are written down. */
final class Faults {
  /** #SS counts as #GP: only the segment register that was used differs. */
  private static final String[] NAMES = {
    "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9", "#TS", "#NP", "#GP", "#GP",
    "#PF", "15", "#MF", "#AC", "#MC", "#XM"
  };

  private Faults() {}

  /** The mnemonic of an exception. */
  static String name(int vector) {
    return vector < NAMES.length ? NAMES[vector] : Integer.toString(vector);
  }

  /** A page fault. */
  static String page(long address, boolean write) {
    return "#PF " + (write ? "write " : "read ") + Long.toHexString(address);
  }
}
