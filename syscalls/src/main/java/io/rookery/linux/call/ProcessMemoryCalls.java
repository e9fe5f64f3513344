package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.mm.MemoryDescriptor;

/** Reading and writing another process's memory. */
public final class ProcessMemoryCalls {
  private static final int IOV_MAX = 1024;
  private static final int STEP = 64 << 10;

  private ProcessMemoryCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(
        310,
        "process_vm_readv",
        (task, pid, local, n, remote, m, flags) ->
            transfer(task, (int) pid, local, n, remote, m, flags, false),
        "int, ptr, size, ptr, size, flags");
    t.row(
        311,
        "process_vm_writev",
        (task, pid, local, n, remote, m, flags) ->
            transfer(task, (int) pid, local, n, remote, m, flags, true),
        "int, ptr, size, ptr, size, flags");
  }

  /** A walk through the ranges of an iovec. */
  private static final class Ranges {
    private final UserMemory memory;
    private final long vector;
    private final long count;
    private long next;
    long address;
    long left;

    Ranges(UserMemory memory, long vector, long count) {
      if (count < 0 || count > IOV_MAX) {
        throw Errno.EINVAL.exception();
      }
      this.memory = memory;
      this.vector = vector;
      this.count = count;
    }

    /** Goes to the next range that is not empty; false at the end. */
    boolean advance() {
      while (left == 0 && next < count) {
        address = memory.getLong(vector + 16 * next);
        left = memory.getLong(vector + 16 * next + 8);
        next++;
        if (left < 0) {
          throw Errno.EINVAL.exception();
        }
      }
      return left != 0;
    }

    void skip(long bytes) {
      address += bytes;
      left -= bytes;
    }
  }

  private static long transfer(
      Task task,
      int pid,
      long localVector,
      long localCount,
      long remoteVector,
      long remoteCount,
      long flags,
      boolean write) {
    if (flags != 0) {
      throw Errno.EINVAL.exception();
    }
    Task of = task.kernel().pids().task(pid);
    if (of == null) {
      throw Errno.ESRCH.exception();
    }
    PidfdCalls.checkTraceable(task, of);
    Ranges local = new Ranges(task.memory(), localVector, localCount);
    Ranges remote = new Ranges(task.memory(), remoteVector, remoteCount);
    MemoryDescriptor other = of.mm().tryRetain();
    if (other == null) {
      throw Errno.ESRCH.exception();
    }
    try {
      return copy(task, other.memory(), local, remote, write);
    } finally {
      other.release();
    }
  }

  private static long copy(
      Task task, UserMemory other, Ranges local, Ranges remote, boolean write) {
    byte[] buffer = new byte[STEP];
    long done = 0;
    try {
      while (local.advance() && remote.advance() && !task.killed()) {
        // One page of the other side at a time, so that what lies before a fault is copied.
        long page = 4096 - (remote.address & 4095);
        int n = (int) Math.min(Math.min(local.left, remote.left), page);
        if (write) {
          task.memory().read(local.address, buffer, 0, n);
          other.write(remote.address, buffer, 0, n);
        } else {
          other.read(remote.address, buffer, 0, n);
          task.memory().write(local.address, buffer, 0, n);
        }
        local.skip(n);
        remote.skip(n);
        done += n;
      }
    } catch (ErrnoException e) {
      if (done == 0) {
        throw e;
      }
    }
    return done;
  }
}
