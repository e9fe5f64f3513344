package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.kernel.JobControl;

/** Process groups and sessions. */
public final class GroupCalls {
  private GroupCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(
        109,
        "setpgid",
        (task, pid, group, c, d, e, f) -> {
          JobControl.setGroup(task, (int) pid, (int) group);
          return 0;
        },
        "int, int");
    t.row(111, "getpgrp", (task, a, b, c, d, e, f) -> task.process().group().id(), "");
    t.row(112, "setsid", (task, a, b, c, d, e, f) -> JobControl.newSession(task), "");
    t.row(121, "getpgid", (task, pid, b, c, d, e, f) -> JobControl.group(task, (int) pid), "int");
    t.row(124, "getsid", (task, pid, b, c, d, e, f) -> JobControl.session(task, (int) pid), "int");
  }
}
