package io.rookery.linux.kernel;

/**
 * What clone(2) and its kin ask for.
 *
 * @param flags CLONE_ bits without the exit signal
 * @param exitSignal what the parent gets at the child's end, or 0
 * @param stack the child's stack pointer, or 0 for the parent's
 * @param pidfd where the descriptor for CLONE_PIDFD is stored
 * @param tls the thread pointer for CLONE_SETTLS
 */
public record CloneRequest(
    long flags, int exitSignal, long stack, long parentTid, long childTid, long tls, long pidfd) {
  public static final long CLONE_VM = 0x100;
  public static final long CLONE_FS = 0x200;
  public static final long CLONE_FILES = 0x400;
  public static final long CLONE_SIGHAND = 0x800;
  public static final long CLONE_PIDFD = 0x1000;
  public static final long CLONE_PTRACE = 0x2000;
  public static final long CLONE_VFORK = 0x4000;
  public static final long CLONE_PARENT = 0x8000;
  public static final long CLONE_THREAD = 0x10000;
  public static final long CLONE_SYSVSEM = 0x40000;
  public static final long CLONE_SETTLS = 0x80000;
  public static final long CLONE_PARENT_SETTID = 0x100000;
  public static final long CLONE_CHILD_CLEARTID = 0x200000;
  public static final long CLONE_DETACHED = 0x400000;
  public static final long CLONE_UNTRACED = 0x800000;
  public static final long CLONE_CHILD_SETTID = 0x1000000;
  public static final long CLONE_IO = 0x80000000L;
  public static final long CLONE_CLEAR_SIGHAND = 0x100000000L;

  /** Mount, cgroup, UTS, IPC, user, pid and network namespaces, and time. */
  public static final long NAMESPACES = 0x7e020080L;

  boolean has(long flag) {
    return (flags & flag) != 0;
  }
}
