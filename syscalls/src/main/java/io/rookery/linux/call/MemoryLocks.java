package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Resource;
import io.rookery.linux.kernel.ResourceLimits;
import io.rookery.linux.kernel.Task;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.MappingException;

/**
 * mlock(2) and its relatives. Nothing is ever swapped out, so that a lock only brings pages in,
 * counts against RLIMIT_MEMLOCK, and keeps madvise(2) from dropping them.
 */
final class MemoryLocks {
  private static final long PAGE = 4096;
  private static final int MLOCK_ONFAULT = 1;
  private static final int MCL_CURRENT = 1;
  private static final int MCL_FUTURE = 2;
  private static final int MCL_ONFAULT = 4;

  private MemoryLocks() {}

  static void register(SyscallTable.Builder t) {
    String note = "nothing is ever swapped out, so locking only brings pages in and counts";
    t.row(
        149,
        "mlock",
        (task, address, length, c, d, e, f) -> lock(task, address, length, 0),
        "ptr, size",
        Support.PARTIAL,
        note);
    t.row(150, "munlock", MemoryLocks::unlock, "ptr, size", Support.PARTIAL, note);
    t.row(151, "mlockall", MemoryLocks::lockAll, "flags", Support.PARTIAL, note);
    t.row(152, "munlockall", MemoryLocks::unlockAll, "", Support.PARTIAL, note);
    t.row(
        325,
        "mlock2",
        (task, address, length, flags, d, e, f) -> lock(task, address, length, (int) flags),
        "ptr, size, flags",
        Support.PARTIAL,
        note);
  }

  private static long lock(Task task, long address, long length, int flags) {
    if ((flags & ~MLOCK_ONFAULT) != 0) {
      throw Errno.EINVAL.exception();
    }
    checkRight(task);
    long from = address & -PAGE;
    long bytes = length + (address - from) + PAGE - 1 & -PAGE;
    AddressSpace space = task.memory().space();
    if (exceeds(task, bytes) && exceeds(task, bytes - locked(space, from, from + bytes))) {
      throw Errno.ENOMEM.exception();
    }
    set(space, from, bytes, true);
    if ((flags & MLOCK_ONFAULT) == 0) {
      try {
        MemoryAdvice.touch(task, from, bytes);
      } catch (ErrnoException e) {
        throw e.errno() == Errno.EFAULT ? Errno.ENOMEM.exception() : e;
      }
    }
    return 0;
  }

  private static long unlock(Task task, long address, long length, long c, long d, long e, long f) {
    long from = address & -PAGE;
    set(task.memory().space(), from, length + (address - from) + PAGE - 1 & -PAGE, false);
    return 0;
  }

  private static void set(AddressSpace space, long from, long bytes, boolean on) {
    if (bytes == 0) {
      return;
    }
    if (Long.compareUnsigned(from + bytes, from) < 0) {
      throw Errno.EINVAL.exception();
    }
    if (from < 0 || bytes < 0 || from > space.addressLimit() - bytes) {
      throw Errno.ENOMEM.exception();
    }
    try {
      space.setFlag(from, bytes, MapFlags.LOCKED, on);
    } catch (MappingException e) {
      throw Errno.ENOMEM.exception();
    }
  }

  private static long lockAll(Task task, long flagBits, long b, long c, long d, long e, long f) {
    int flags = (int) flagBits;
    if (flags == 0
        || flags == MCL_ONFAULT
        || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0) {
      throw Errno.EINVAL.exception();
    }
    checkRight(task);
    AddressSpace space = task.memory().space();
    boolean current = (flags & MCL_CURRENT) != 0;
    if (current && isLimited(task) && space.mappedBytes() > limit(task)) {
      throw Errno.ENOMEM.exception();
    }
    task.mm().setLockFuture((flags & MCL_FUTURE) != 0);
    if (current) {
      setAll(space, true);
      if ((flags & MCL_ONFAULT) == 0) {
        space.forEachMapping(m -> MemoryAdvice.populate(task, m.start(), m.length()));
      }
    }
    return 0;
  }

  private static long unlockAll(Task task, long a, long b, long c, long d, long e, long f) {
    task.mm().setLockFuture(false);
    setAll(task.memory().space(), false);
    return 0;
  }

  private static void setAll(AddressSpace space, boolean on) {
    space.forEachMapping(
        m -> {
          try {
            space.setFlag(m.start(), m.length(), MapFlags.LOCKED, on);
          } catch (MappingException e) {
            // Another thread has unmapped it meanwhile.
          }
        });
  }

  /** The flag of a new mapping if its pages are to be locked; EPERM, EAGAIN as of mmap(2). */
  static int flagOfNew(Task task, boolean asked, long bytes) {
    if (asked) {
      checkRight(task);
    } else if (!task.mm().lockFuture()) {
      return 0;
    }
    checkMore(task, bytes);
    return MapFlags.LOCKED;
  }

  /** EAGAIN if so much more may not be locked. */
  static void checkMore(Task task, long bytes) {
    if (exceeds(task, bytes)) {
      throw Errno.EAGAIN.exception();
    }
  }

  /** Whether something of a range is locked. */
  static boolean isLocked(AddressSpace space, long from, long to) {
    return locked(space, from, to) > 0;
  }

  /** How much of a range is locked, in bytes. */
  private static long locked(AddressSpace space, long from, long to) {
    long[] sum = {0};
    space.forEachMapping(m -> sum[0] += isLocked(m) ? overlap(m, from, to) : 0);
    return sum[0];
  }

  static boolean isLocked(Mapping m) {
    return (m.flags() & MapFlags.LOCKED) != 0;
  }

  private static long overlap(Mapping m, long from, long to) {
    return Math.max(0, Math.min(m.end(), to) - Math.max(m.start(), from));
  }

  private static boolean exceeds(Task task, long more) {
    return isLimited(task) && locked(task.memory().space(), 0, Long.MAX_VALUE) + more > limit(task);
  }

  /** EPERM for whom may lock nothing at all. */
  private static void checkRight(Task task) {
    if (isLimited(task) && limit(task) < PAGE) {
      throw Errno.EPERM.exception();
    }
  }

  private static boolean isLimited(Task task) {
    return task.process().limits().soft(Resource.MEMLOCK) != ResourceLimits.INFINITY
        && !task.credentials().capable(Capability.IPC_LOCK);
  }

  private static long limit(Task task) {
    return task.process().limits().softAtMost(Resource.MEMLOCK, Long.MAX_VALUE) & -PAGE;
  }
}
