package io.rookery.linux.kernel;

/**
 * Signal numbers of x86 (signal(7)) and sets of them: bit {@code number - 1} stands for a signal.
 */
public final class Signals {
  public static final int SIGHUP = 1;
  public static final int SIGINT = 2;
  public static final int SIGQUIT = 3;
  public static final int SIGILL = 4;
  public static final int SIGTRAP = 5;
  public static final int SIGABRT = 6;
  public static final int SIGBUS = 7;
  public static final int SIGFPE = 8;
  public static final int SIGKILL = 9;
  public static final int SIGUSR1 = 10;
  public static final int SIGSEGV = 11;
  public static final int SIGUSR2 = 12;
  public static final int SIGPIPE = 13;
  public static final int SIGALRM = 14;
  public static final int SIGTERM = 15;
  public static final int SIGSTKFLT = 16;
  public static final int SIGCHLD = 17;
  public static final int SIGCONT = 18;
  public static final int SIGSTOP = 19;
  public static final int SIGTSTP = 20;
  public static final int SIGTTIN = 21;
  public static final int SIGTTOU = 22;
  public static final int SIGURG = 23;
  public static final int SIGXCPU = 24;
  public static final int SIGXFSZ = 25;
  public static final int SIGVTALRM = 26;
  public static final int SIGPROF = 27;
  public static final int SIGWINCH = 28;
  public static final int SIGIO = 29;
  public static final int SIGPWR = 30;
  public static final int SIGSYS = 31;

  /** First real-time signal. */
  public static final int SIGRTMIN = 32;

  /** Highest signal. */
  public static final int MAX = 64;

  /** Cannot be caught, blocked or ignored. */
  static final long UNMASKABLE = bit(SIGKILL) | bit(SIGSTOP);

  /** Stop the process by default. */
  static final long STOP = bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU);

  /** Are ignored by default. */
  static final long IGNORED_BY_DEFAULT = bit(SIGCONT) | bit(SIGCHLD) | bit(SIGWINCH) | bit(SIGURG);

  /** Come from the instruction stream and are delivered before others. */
  static final long SYNCHRONOUS =
      bit(SIGSEGV) | bit(SIGBUS) | bit(SIGILL) | bit(SIGTRAP) | bit(SIGFPE) | bit(SIGSYS);

  private static final String[] NAMES = {
    "0", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
    "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU",
    "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"
  };

  private Signals() {}

  /** The set that holds one signal. */
  public static long bit(int signal) {
    return 1L << (signal - 1);
  }

  /** Whether a number is a signal, 0 not being one. */
  public static boolean isValid(int signal) {
    return signal >= 1 && signal <= MAX;
  }

  /** The name with its SIG prefix. */
  public static String name(int signal) {
    return signal > 0 && signal < NAMES.length
        ? "SIG" + NAMES[signal]
        : "SIGRT_" + (signal - SIGRTMIN);
  }
}
