package io.rookery.linux.call;

import io.rookery.linux.abi.Handler;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;

/** File calls that always fail, each with the reason that the compatibility page gives. */
final class UnsupportedFileCalls {
  private static final String PROBED = "programs probe for it and do without";
  private static final String PRIVILEGED = "there is nothing in a VM that it could act on";

  private UnsupportedFileCalls() {}

  static void register(SyscallTable.Builder t) {
    Handler missing = refusal(Errno.ENOSYS);
    row(t, 425, "io_uring_setup", missing, PROBED);
    row(t, 426, "io_uring_enter", missing, PROBED);
    row(t, 427, "io_uring_register", missing, PROBED);
    row(t, 206, "io_setup", missing, PROBED);
    row(t, 207, "io_destroy", missing, PROBED);
    row(t, 208, "io_getevents", missing, PROBED);
    row(t, 209, "io_submit", missing, PROBED);
    row(t, 210, "io_cancel", missing, PROBED);
    row(t, 300, "fanotify_init", missing, PROBED);
    row(t, 301, "fanotify_mark", missing, PROBED);
    row(t, 303, "name_to_handle_at", refusal(Errno.EOPNOTSUPP), "files have no handles");
    row(t, 304, "open_by_handle_at", refusal(Errno.EOPNOTSUPP), "files have no handles");
    row(t, 428, "open_tree", missing, PROBED);
    row(t, 429, "move_mount", missing, PROBED);
    row(t, 430, "fsopen", missing, PROBED);
    row(t, 431, "fsconfig", missing, PROBED);
    row(t, 432, "fsmount", missing, PROBED);
    row(t, 433, "fspick", missing, PROBED);
    row(t, 442, "mount_setattr", missing, PROBED);
    row(t, 167, "swapon", refusal(Errno.EPERM), PRIVILEGED);
    row(t, 168, "swapoff", refusal(Errno.EPERM), PRIVILEGED);
    row(t, 179, "quotactl", missing, PRIVILEGED);
  }

  private static void row(
      SyscallTable.Builder t, int number, String name, Handler handler, String reason) {
    t.row(number, name, handler, "", Support.REFUSED, reason);
  }

  private static Handler refusal(Errno errno) {
    return (task, a, b, c, d, e, f) -> {
      throw errno.exception();
    };
  }
}
