package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;

/** Calls that always fail, as they do on some Linux systems, and why. */
public final class RefusedCalls {
  private static final String MODULE = "no kernel modules: EPERM";
  private static final String SYSTEM = "the host's affair: EPERM";
  private static final String NUMA = "no NUMA memory, as in a kernel without CONFIG_NUMA: ENOSYS";
  private static final String AIO =
      "use threads instead, as programs do without CONFIG_AIO: ENOSYS";
  private static final String KEYS = "no key rings, as in a kernel without CONFIG_KEYS: ENOSYS";
  private static final String PKEYS = "no protection keys, as on processors without: ENOSPC";
  private static final String LANDLOCK = "no such security module: EOPNOTSUPP";
  private static final String REMOVED = "removed from Linux: ENOSYS";

  private RefusedCalls() {}

  public static void register(SyscallTable.Builder t) {
    row(t, 101, "ptrace", Errno.EPERM, "guests cannot trace each other yet: EPERM");
    row(t, 136, "ustat", Errno.ENOSYS, "obsolete: ENOSYS");
    row(t, 312, "kcmp", Errno.ENOSYS, "as in a kernel without CONFIG_KCMP: ENOSYS");
    row(t, 440, "process_madvise", Errno.ENOSYS, "guests do not reclaim memory: ENOSYS");
    row(t, 134, "uselib", Errno.ENOSYS, REMOVED);
    row(t, 139, "sysfs", Errno.ENOSYS, "obsolete: ENOSYS");
    row(t, 153, "vhangup", Errno.EPERM, SYSTEM);
    row(t, 154, "modify_ldt", Errno.ENOSYS, "no local descriptor table: ENOSYS");
    row(t, 156, "_sysctl", Errno.ENOSYS, REMOVED);
    row(t, 163, "acct", Errno.EPERM, SYSTEM);
    row(t, 169, "reboot", Errno.EPERM, SYSTEM);
    row(t, 172, "iopl", Errno.EPERM, SYSTEM);
    row(t, 173, "ioperm", Errno.EPERM, SYSTEM);
    row(t, 174, "create_module", Errno.ENOSYS, REMOVED);
    row(t, 175, "init_module", Errno.EPERM, MODULE);
    row(t, 176, "delete_module", Errno.EPERM, MODULE);
    row(t, 177, "get_kernel_syms", Errno.ENOSYS, REMOVED);
    row(t, 178, "query_module", Errno.ENOSYS, REMOVED);
    row(t, 180, "nfsservctl", Errno.ENOSYS, REMOVED);
    row(t, 181, "getpmsg", Errno.ENOSYS, REMOVED);
    row(t, 182, "putpmsg", Errno.ENOSYS, REMOVED);
    row(t, 183, "afs_syscall", Errno.ENOSYS, REMOVED);
    row(t, 184, "tuxcall", Errno.ENOSYS, REMOVED);
    row(t, 185, "security", Errno.ENOSYS, REMOVED);
    row(t, 205, "set_thread_area", Errno.ENOSYS, "for 32-bit programs only: ENOSYS");
    row(t, 211, "get_thread_area", Errno.ENOSYS, "for 32-bit programs only: ENOSYS");
    row(t, 212, "lookup_dcookie", Errno.ENOSYS, REMOVED);
    row(t, 214, "epoll_ctl_old", Errno.ENOSYS, REMOVED);
    row(t, 215, "epoll_wait_old", Errno.ENOSYS, REMOVED);
    row(t, 216, "remap_file_pages", Errno.EINVAL, "obsolete, mmap does the same: EINVAL");
    row(t, 236, "vserver", Errno.ENOSYS, REMOVED);
    row(t, 237, "mbind", Errno.ENOSYS, NUMA);
    row(t, 238, "set_mempolicy", Errno.ENOSYS, NUMA);
    row(t, 239, "get_mempolicy", Errno.ENOSYS, NUMA);
    row(t, 246, "kexec_load", Errno.EPERM, SYSTEM);
    row(t, 248, "add_key", Errno.ENOSYS, KEYS);
    row(t, 249, "request_key", Errno.ENOSYS, KEYS);
    row(t, 250, "keyctl", Errno.ENOSYS, KEYS);
    row(t, 256, "migrate_pages", Errno.ENOSYS, NUMA);
    row(t, 279, "move_pages", Errno.ENOSYS, NUMA);
    row(t, 298, "perf_event_open", Errno.ENOENT, "no performance counters: ENOENT");
    row(t, 308, "setns", Errno.EINVAL, "no namespaces: EINVAL");
    row(t, 313, "finit_module", Errno.EPERM, MODULE);
    row(t, 320, "kexec_file_load", Errno.EPERM, SYSTEM);
    row(t, 321, "bpf", Errno.EPERM, "no BPF: EPERM");
    row(t, 323, "userfaultfd", Errno.ENOSYS, "as in a kernel without CONFIG_USERFAULTFD: ENOSYS");
    row(t, 330, "pkey_alloc", Errno.ENOSPC, PKEYS);
    row(t, 331, "pkey_free", Errno.EINVAL, "no protection keys, as on processors without: EINVAL");
    row(t, 333, "io_pgetevents", Errno.ENOSYS, AIO);
    row(t, 443, "quotactl_fd", Errno.ENOSYS, "no quotas: ENOSYS");
    row(t, 444, "landlock_create_ruleset", Errno.EOPNOTSUPP, LANDLOCK);
    row(t, 445, "landlock_add_rule", Errno.EOPNOTSUPP, LANDLOCK);
    row(t, 446, "landlock_restrict_self", Errno.EOPNOTSUPP, LANDLOCK);
    row(t, 447, "memfd_secret", Errno.ENOSYS, "as in a kernel without CONFIG_SECRETMEM: ENOSYS");
    row(t, 448, "process_mrelease", Errno.ENOSYS, "guests do not reclaim memory: ENOSYS");
    row(t, 449, "futex_waitv", Errno.ENOSYS, "not yet; programs fall back to futex: ENOSYS");
    row(t, 450, "set_mempolicy_home_node", Errno.ENOSYS, NUMA);
  }

  private static void row(
      SyscallTable.Builder t, int number, String name, Errno errno, String reason) {
    t.row(
        number,
        name,
        (task, a, b, c, d, e, f) -> {
          throw errno.exception();
        },
        "ptr, ptr, ptr",
        Support.REFUSED,
        reason);
  }
}
