package io.rookery.linux.fs;

/** What uname(2) and /proc/version call this kernel. */
public final class KernelVersion {
  /** The Linux version whose system call interface is followed. */
  public static final String RELEASE = "6.1.0-rookery";

  /** The release that programs are told of which know no other than 2.6 (UNAME26). */
  public static final String RELEASE_26 = "2.6.61-rookery";

  /** uname's version field. */
  public static final String VERSION = "#1 SMP PREEMPT_DYNAMIC Rookery";

  private KernelVersion() {}
}
