package io.rookery.linux.abi;

/** The system calls of x86-64 (arch/x86/entry/syscalls/syscall_64.tbl in Linux's numbering). */
public final class X8664Table {
  private static final SyscallTable TABLE = make();

  private X8664Table() {}

  /** The table. */
  public static SyscallTable get() {
    return TABLE;
  }

  private static SyscallTable make() {
    SyscallTable.Builder t = SyscallTable.builder();
    return t.build();
  }
}
