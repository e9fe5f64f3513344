package io.rookery.cpu.diff;

/** How processor exceptions are written down. */
final class Faults {
  private static final String[] NAMES = {
    "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9", "#TS", "#NP", "#SS", "#GP",
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
