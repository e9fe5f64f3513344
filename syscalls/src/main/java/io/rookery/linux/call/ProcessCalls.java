package io.rookery.linux.call;

import static io.rookery.linux.kernel.CloneRequest.*;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.elf.ProgramLoader;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.CloneRequest;
import io.rookery.linux.kernel.Cloning;
import io.rookery.linux.kernel.Exec;
import io.rookery.linux.kernel.SigInfo;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.kernel.Waiting;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.OpenFlags;
import java.util.ArrayList;
import java.util.List;

/** Birth, death and change of processes. */
public final class ProcessCalls {
  private static final int PATH_MAX = 4096;
  private static final int CSIGNAL = 0xff;
  private static final int CLONE_ARGS_SIZE_VER0 = 64;
  private static final int CLONE_ARGS_SIZE_VER2 = 88;
  private static final int CLONE_ARGS_MAX = 4096;

  private static final int P_ALL = 0;
  private static final int P_PID = 1;
  private static final int P_PGID = 2;
  private static final int P_PIDFD = 3;

  private ProcessCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(39, "getpid", (task, a, b, c, d, e, f) -> task.process().pid(), "");
    t.row(
        56,
        "clone",
        (task, flags, stack, parentTid, childTid, tls, f) ->
            clone(task, flags, stack, parentTid, childTid, tls),
        "flags, ptr, ptr, ptr, ptr",
        Support.PARTIAL,
        "no namespaces: EINVAL");
    t.row(57, "fork", (task, a, b, c, d, e, f) -> clone(task, Signals.SIGCHLD, 0, 0, 0, 0), "");
    t.row(
        58,
        "vfork",
        (task, a, b, c, d, e, f) ->
            clone(task, CLONE_VM | CLONE_VFORK | Signals.SIGCHLD, 0, 0, 0, 0),
        "");
    t.row(
        59,
        "execve",
        (task, path, argv, envp, d, e, f) -> execute(task, OpenFlags.AT_FDCWD, path, argv, envp, 0),
        "path*, ptr, ptr");
    t.row(
        60,
        "exit",
        (task, code, b, c, d, e, f) -> {
          task.exit((int) code);
          return 0;
        },
        "int");
    t.row(61, "wait4", ProcessCalls::wait4, "int, ptr, flags, ptr");
    t.row(110, "getppid", (task, a, b, c, d, e, f) -> task.process().parentPid(), "");
    t.row(186, "gettid", (task, a, b, c, d, e, f) -> task.tid(), "");
    t.row(
        218,
        "set_tid_address",
        (task, address, b, c, d, e, f) -> {
          task.setClearChildTid(address);
          return task.tid();
        },
        "ptr");
    t.row(
        231,
        "exit_group",
        (task, code, b, c, d, e, f) -> {
          task.exitGroup((int) code);
          return 0;
        },
        "int");
    t.row(247, "waitid", ProcessCalls::waitid, "int, int, ptr, flags, ptr");
    t.row(
        272,
        "unshare",
        (task, flags, b, c, d, e, f) -> unshare(task, flags),
        "flags",
        Support.PARTIAL,
        "no namespaces: EINVAL");
    t.row(
        322,
        "execveat",
        (task, dirfd, path, argv, envp, flags, f) ->
            execute(task, (int) dirfd, path, argv, envp, (int) flags),
        "dirfd, path*, ptr, ptr, flags");
    t.row(
        435,
        "clone3",
        ProcessCalls::clone3,
        "ptr, size",
        Support.PARTIAL,
        "no namespaces, no set_tid: EINVAL");
  }

  private static long clone(
      Task task, long flags, long stack, long parentTid, long childTid, long tls) {
    if ((flags & CLONE_PIDFD) != 0 && (flags & CLONE_PARENT_SETTID) != 0) {
      throw Errno.EINVAL.exception(); // both have the same place
    }
    return Cloning.clone(
        task,
        new CloneRequest(
            flags & 0xffffffffL & ~CSIGNAL,
            (int) flags & CSIGNAL,
            stack,
            parentTid,
            childTid,
            tls,
            parentTid)); // clone(2) stores the descriptor where the id would go
  }

  private static long unshare(Task task, long flags) {
    long single = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
    if ((flags & ~(single | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM)) != 0
        || ((flags & single) != 0 && task.process().tasks().size() > 1)) {
      throw Errno.EINVAL.exception();
    }
    if ((flags & CLONE_FS) != 0) {
      task.setFs(task.fs().copy());
    }
    if ((flags & CLONE_SYSVSEM) != 0) {
      task.leaveSemaphoreUndo();
    }
    if ((flags & CLONE_FILES) != 0 && task.files().shared()) {
      FileTable shared = task.files();
      task.setFiles(shared.copy());
      shared.release(task.process());
    }
    return 0;
  }

  /** struct clone_args: flags, pidfd, child_tid, parent_tid, exit_signal, stack, size, tls, … */
  private static long clone3(Task task, long address, long size, long c, long d, long e, long f) {
    if (size < CLONE_ARGS_SIZE_VER0) {
      throw Errno.EINVAL.exception();
    }
    if (size > CLONE_ARGS_MAX) {
      throw Errno.E2BIG.exception();
    }
    byte[] b = task.memory().read(address, (int) size);
    for (int i = b.length - 1; i >= CLONE_ARGS_SIZE_VER0; i--) {
      if (b[i] != 0) { // set_tid and cgroup, or what Linux does not know
        throw (i < CLONE_ARGS_SIZE_VER2 ? Errno.EINVAL : Errno.E2BIG).exception();
      }
    }
    long stack = Bytes.getLong(b, 40);
    long stackSize = Bytes.getLong(b, 48);
    long exitSignal = Bytes.getLong(b, 32);
    long flags = Bytes.getLong(b, 0);
    if ((flags & CLONE_PIDFD) != 0
        && (flags & CLONE_PARENT_SETTID) != 0
        && Bytes.getLong(b, 8) == Bytes.getLong(b, 24)) {
      throw Errno.EINVAL.exception();
    }
    if ((stack == 0) != (stackSize == 0)
        || (exitSignal & ~CSIGNAL) != 0
        || (flags & (CLONE_DETACHED | CSIGNAL)) != 0
        || ((flags & (CLONE_THREAD | CLONE_PARENT)) != 0 && exitSignal != 0)) {
      throw Errno.EINVAL.exception();
    }
    return Cloning.clone(
        task,
        new CloneRequest(
            flags,
            (int) exitSignal,
            stack == 0 ? 0 : stack + stackSize,
            Bytes.getLong(b, 24),
            Bytes.getLong(b, 16),
            Bytes.getLong(b, 56),
            Bytes.getLong(b, 8)));
  }

  private static long execute(Task task, int dirfd, long path, long argv, long envp, int flags) {
    if ((flags & ~(OpenFlags.AT_SYMLINK_NOFOLLOW | OpenFlags.AT_EMPTY_PATH)) != 0) {
      throw Errno.EINVAL.exception();
    }
    UserMemory m = task.memory();
    Budget budget = new Budget();
    Exec.execute(
        task,
        new ProgramLoader.Request(
            dirfd,
            m.cString(path, PATH_MAX),
            flags,
            strings(m, argv, budget),
            strings(m, envp, budget)));
    return 0;
  }

  /** What execve may copy in before the loader checks the exact limit. */
  private static final class Budget {
    long left = 8L << 20;
  }

  private static List<byte[]> strings(UserMemory m, long vector, Budget budget) {
    List<byte[]> list = new ArrayList<>();
    if (vector == 0) {
      return list;
    }
    for (long at = vector; ; at += Long.BYTES) {
      long address = m.getLong(at);
      if (address == 0) {
        return list;
      }
      byte[] s;
      try {
        s = m.cString(address, ProgramLoader.MOST_STRING);
      } catch (io.rookery.linux.errno.ErrnoException e) {
        throw e.errno() == Errno.ENAMETOOLONG ? Errno.E2BIG.exception() : e;
      }
      budget.left -= s.length + 1 + Long.BYTES;
      if (budget.left < 0) {
        throw Errno.E2BIG.exception();
      }
      list.add(s);
    }
  }

  private static long wait4(
      Task task, long pid, long status, long options, long usage, long e, long f) {
    int known =
        Waiting.WNOHANG
            | Waiting.WSTOPPED
            | Waiting.WCONTINUED
            | Waiting.WNOTHREAD
            | Waiting.WCLONE
            | Waiting.WALL;
    if ((options & 0xffffffffL & ~(known & 0xffffffffL)) != 0) {
      throw Errno.EINVAL.exception();
    }
    int id = (int) pid;
    if (id == Integer.MIN_VALUE) {
      throw Errno.ESRCH.exception();
    }
    Waiting.Who who = id == -1 ? Waiting.Who.ANY : id > 0 ? Waiting.Who.PID : Waiting.Who.GROUP;
    int which = id > 0 ? id : id == 0 ? task.process().group().id() : -id;
    Waiting.Event event = Waiting.await(task, who, which, (int) options | Waiting.WEXITED);
    if (event == null) {
      return 0;
    }
    if (status != 0) {
      task.memory().putInt(status, event.waitStatus());
    }
    if (usage != 0) {
      TimeStructs.writeRusage(task.memory(), usage, event.times(), 0);
    }
    return event.pid();
  }

  private static long waitid(
      Task task, long type, long id, long info, long options, long usage, long f) {
    int known =
        Waiting.WNOHANG
            | Waiting.WNOWAIT
            | Waiting.WEXITED
            | Waiting.WSTOPPED
            | Waiting.WCONTINUED
            | Waiting.WNOTHREAD
            | Waiting.WCLONE
            | Waiting.WALL;
    int states = Waiting.WEXITED | Waiting.WSTOPPED | Waiting.WCONTINUED;
    if (((int) options & ~known) != 0 || ((int) options & states) == 0) {
      throw Errno.EINVAL.exception();
    }
    Waiting.Who who =
        switch ((int) type) {
          case P_ALL -> Waiting.Who.ANY;
          case P_PID, P_PIDFD -> Waiting.Who.PID;
          case P_PGID -> Waiting.Who.GROUP;
          default -> throw Errno.EINVAL.exception();
        };
    if ((int) type == P_PIDFD && (int) id < 0) {
      throw Errno.EINVAL.exception();
    }
    int which = (int) type == P_PIDFD ? PidfdCalls.process(task, (int) id).pid() : (int) id;
    if ((who == Waiting.Who.PID && which <= 0) || which < 0) {
      throw Errno.EINVAL.exception();
    }
    if (who == Waiting.Who.GROUP && which == 0) {
      which = task.process().group().id();
    }
    Waiting.Event event = Waiting.await(task, who, which, (int) options);
    if (info != 0) {
      byte[] raw =
          event == null
              ? new byte[SigInfo.SIZE]
              : SigInfo.child(
                      Signals.SIGCHLD, event.code(), event.pid(), event.uid(), event.status(), 0, 0)
                  .toBytes();
      task.memory().write(info, raw, 0, 28); // up to si_status, as Linux
    }
    if (event != null && usage != 0) {
      TimeStructs.writeRusage(task.memory(), usage, event.times(), 0);
    }
    return 0;
  }
}
