package io.rookery.linux.kernel;

/**
 * What a process does with a signal: struct sigaction of the system call (sigaction(2)).
 *
 * @param handler an address, {@link #DEFAULT} or {@link #IGNORE}
 * @param flags SA_ bits
 * @param restorer where the handler returns to
 * @param mask signals blocked while the handler runs
 */
public record SignalAction(long handler, long flags, long restorer, long mask) {
  public static final long DEFAULT = 0;
  public static final long IGNORE = 1;

  public static final long SA_NOCLDSTOP = 1;
  public static final long SA_NOCLDWAIT = 2;
  public static final long SA_SIGINFO = 4;

  /** Not the program's: the action was set by a 32-bit call, so that its handler is 32-bit code. */
  static final long SA_IA32_ABI = 0x02000000;

  public static final long SA_RESTORER = 0x04000000;
  private static final long SA_EXPOSE_TAGBITS = 0x800;
  public static final long SA_ONSTACK = 0x08000000;
  public static final long SA_RESTART = 0x10000000;
  public static final long SA_NODEFER = 0x40000000;
  public static final long SA_RESETHAND = 0x80000000L;

  /** What a program may ask for; Linux clears other flags, so that programs can tell. */
  static final long KNOWN_FLAGS =
      SA_NOCLDSTOP
          | SA_NOCLDWAIT
          | SA_SIGINFO
          | SA_EXPOSE_TAGBITS
          | SA_RESTORER
          | SA_ONSTACK
          | SA_RESTART
          | SA_NODEFER
          | SA_RESETHAND;

  /** SIG_DFL without flags. */
  public static final SignalAction NONE = new SignalAction(DEFAULT, 0, 0, 0);

  boolean has(long flag) {
    return (flags & flag) != 0;
  }

  /** Whether a handler of the program runs. */
  boolean caught() {
    return handler != DEFAULT && handler != IGNORE;
  }

  /** Whether the signal has no effect under this action. */
  boolean ignores(int signal) {
    return handler == IGNORE
        || (handler == DEFAULT && (Signals.IGNORED_BY_DEFAULT & Signals.bit(signal)) != 0);
  }
}
