package io.rookery.cpu.diff;

import org.jspecify.annotations.Nullable;

/** How processor exceptions are written down. */
final class Faults {
  private static final String[] NAMES = {
    "#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD", "#NM", "#DF", "9", "#TS", "#NP", "#SS", "#GP",
    "#PF", "15", "#MF", "#AC", "#MC", "#XM"
  };

  private static final String PAGE = "#PF error ";
  private static final int WRITE = 2;

  private Faults() {}

  /** The mnemonic of an exception. */
  static String name(int vector) {
    return vector < NAMES.length ? NAMES[vector] : Integer.toString(vector);
  }

  /** A page fault. */
  static String page(long address, long error) {
    return PAGE + Long.toHexString(error) + " of " + Long.toHexString(address);
  }

  /** Whether both are page faults of the same kind of access, wherever. */
  static boolean samePageFault(@Nullable String one, @Nullable String other) {
    return isPage(one) && isPage(other) && isWrite(one) == isWrite(other);
  }

  private static boolean isPage(@Nullable String outcome) {
    return outcome != null && outcome.startsWith(PAGE);
  }

  private static boolean isWrite(String outcome) {
    return (Character.digit(outcome.charAt(PAGE.length()), 16) & WRITE) != 0;
  }
}
