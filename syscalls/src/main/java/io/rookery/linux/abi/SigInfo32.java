package io.rookery.linux.abi;

/**
 * struct siginfo of 32-bit programs (compat_siginfo): the union begins at offset 12 and its members
 * are packed more tightly. Which member counts follows from signal and code, as in
 * siginfo_layout().
 */
public final class SigInfo32 {
  /** sizeof(siginfo_t) in either layout. */
  public static final int SIZE = 128;

  private static final int WIDE = 16;
  private static final int NARROW = 12;
  private static final int SI_KERNEL = 0x80;
  private static final int SI_TIMER = -2;
  private static final int SI_SIGIO = -5;
  private static final int SIGILL = 4;
  private static final int SIGTRAP = 5;
  private static final int SIGBUS = 7;
  private static final int SIGFPE = 8;
  private static final int SIGSEGV = 11;
  private static final int SIGCHLD = 17;
  private static final int SIGPOLL = 29;

  private enum Layout {
    /** si_pid and si_uid; also with si_value. */
    SENDER,
    TIMER,
    CHILD,
    FAULT,
    POLL
  }

  private SigInfo32() {}

  private static Layout layout(int signal, int code) {
    if (code > 0 && code < SI_KERNEL) {
      return switch (signal) {
        case SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV -> Layout.FAULT;
        case SIGCHLD -> Layout.CHILD;
        case SIGPOLL -> Layout.POLL;
        default -> Layout.SENDER;
      };
    }
    return code == SI_TIMER ? Layout.TIMER : code == SI_SIGIO ? Layout.POLL : Layout.SENDER;
  }

  /** The structure of 64-bit programs as 32-bit ones see it. */
  public static byte[] narrow(byte[] w) {
    byte[] b = new byte[SIZE];
    System.arraycopy(w, 0, b, 0, NARROW);
    switch (layout(Bytes.getInt(w, 0), Bytes.getInt(w, 8))) {
      case FAULT -> copy(w, WIDE, b, NARROW, 1);
      case POLL -> {
        copy(w, WIDE, b, NARROW, 1);
        copy(w, WIDE + 8, b, NARROW + 4, 1);
      }
      case CHILD -> {
        copy(w, WIDE, b, NARROW, 3);
        copy(w, WIDE + 16, b, NARROW + 12, 1);
        copy(w, WIDE + 24, b, NARROW + 16, 1);
      }
      case SENDER, TIMER -> copy(w, WIDE, b, NARROW, 3);
    }
    return b;
  }

  /** The structure of 32-bit programs as 64-bit ones see it. */
  public static byte[] widen(byte[] b) {
    byte[] w = new byte[SIZE];
    System.arraycopy(b, 0, w, 0, NARROW);
    switch (layout(Bytes.getInt(b, 0), Bytes.getInt(b, 8))) {
      case FAULT -> copy(b, NARROW, w, WIDE, 1);
      case POLL -> {
        Bytes.putLong(w, WIDE, Bytes.getInt(b, NARROW));
        copy(b, NARROW + 4, w, WIDE + 8, 1);
      }
      case CHILD -> {
        copy(b, NARROW, w, WIDE, 3);
        Bytes.putLong(w, WIDE + 16, Bytes.getInt(b, NARROW + 12));
        Bytes.putLong(w, WIDE + 24, Bytes.getInt(b, NARROW + 16));
      }
      case SENDER, TIMER -> copy(b, NARROW, w, WIDE, 3);
    }
    return w;
  }

  private static void copy(byte[] from, int at, byte[] to, int target, int ints) {
    System.arraycopy(from, at, to, target, 4 * ints);
  }
}
