package io.rookery.linux.call;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.Protection;

/** madvise(2), and reading pages in ahead of their use. */
final class MemoryAdvice {
  private static final long PAGE = 4096;
  private static final long POPULATE_LIMIT = 64L << 20;

  private static final int MADV_DONTNEED = 4;
  private static final int MADV_FREE = 8;
  private static final int MADV_DONTFORK = 10;
  private static final int MADV_DOFORK = 11;
  private static final int MADV_WIPEONFORK = 18;
  private static final int MADV_KEEPONFORK = 19;
  private static final int MADV_POPULATE_READ = 22;
  private static final int MADV_POPULATE_WRITE = 23;
  private static final int MADV_DONTNEED_LOCKED = 24;

  private MemoryAdvice() {}

  static long advise(Task task, long address, long length, long advice, long d, long e, long f) {
    long bytes = length + PAGE - 1 & -PAGE;
    AddressSpace space = task.memory().space();
    if ((address & PAGE - 1) != 0 || bytes < 0 || (length != 0 && bytes == 0)) {
      throw Errno.EINVAL.exception();
    }
    boolean known =
        switch ((int) advice) {
          case 0,
              1,
              2,
              3,
              MADV_DONTNEED,
              MADV_FREE,
              MADV_DONTFORK,
              MADV_DOFORK,
              12,
              13,
              14,
              15,
              16,
              17,
              MADV_WIPEONFORK,
              MADV_KEEPONFORK,
              20,
              21,
              MADV_POPULATE_READ,
              MADV_POPULATE_WRITE,
              MADV_DONTNEED_LOCKED,
              25 ->
              true;
          default -> false;
        };
    if (!known) {
      throw Errno.EINVAL.exception();
    }
    if (bytes == 0) {
      return 0;
    }
    if (address < 0 || bytes > space.addressLimit() || address > space.addressLimit() - bytes) {
      throw Errno.ENOMEM.exception();
    }
    switch ((int) advice) {
      case MADV_DONTNEED -> {
        checkUnlocked(space, address, bytes);
        space.discard(address, bytes);
      }
      case MADV_DONTNEED_LOCKED -> space.discard(address, bytes);
      case MADV_FREE -> { // a promise that nobody needs the contents, which are kept
        checkUnlocked(space, address, bytes);
        checkPrivateAnonymous(space, address, bytes);
        checkMapped(space, address, bytes);
      }
      case MADV_DONTFORK, MADV_DOFORK ->
          space.setFlag(address, bytes, MapFlags.DONT_FORK, (int) advice == MADV_DONTFORK);
      case MADV_WIPEONFORK -> {
        checkPrivateAnonymous(space, address, bytes);
        space.setFlag(address, bytes, MapFlags.WIPE_ON_FORK, true);
      }
      case MADV_KEEPONFORK -> space.setFlag(address, bytes, MapFlags.WIPE_ON_FORK, false);
      case MADV_POPULATE_READ -> bringIn(task, address, bytes, false);
      case MADV_POPULATE_WRITE -> bringIn(task, address, bytes, true);
      default -> checkMapped(space, address, bytes);
    }
    return 0;
  }

  private static void checkMapped(AddressSpace space, long address, long bytes) {
    if (!space.isMapped(address, bytes)) {
      throw Errno.ENOMEM.exception();
    }
  }

  private static void checkUnlocked(AddressSpace space, long address, long bytes) {
    if (MemoryLocks.isLocked(space, address, address + bytes)) {
      throw Errno.EINVAL.exception();
    }
  }

  private static void checkPrivateAnonymous(AddressSpace space, long address, long bytes) {
    for (long at = address; at < address + bytes; ) {
      Mapping m = space.mappingAt(at);
      if (m == null) {
        return;
      }
      if (m.shared() || m.source() != null) {
        throw Errno.EINVAL.exception();
      }
      at = m.end();
    }
  }

  /** Touches every page; EINVAL without the right to, ENOMEM at a hole, EFAULT behind the end. */
  private static void bringIn(Task task, long address, long bytes, boolean write) {
    int needed = write ? Protection.WRITE : Protection.READ;
    for (long at = address; at < address + bytes; ) {
      Mapping m = task.memory().space().mappingAt(at);
      if (m == null) {
        throw Errno.ENOMEM.exception();
      }
      if ((m.protection() & needed) == 0) {
        throw Errno.EINVAL.exception();
      }
      for (long end = Math.min(m.end(), address + bytes); at < end; at += PAGE) {
        task.checkInterrupted();
        if (write) {
          task.memory().compareAndExchangeInt(at, 0, 0); // a store that changes nothing
        } else {
          task.memory().getByte(at);
        }
      }
    }
  }

  /** Touches every page; those that cannot be read stay as they are. */
  static void populate(Task task, long address, long bytes) {
    try {
      touch(task, address, Math.min(bytes, POPULATE_LIMIT));
    } catch (ErrnoException e) {
      if (e.errno() == Errno.ENOMEM) {
        throw e;
      }
    }
  }

  /** Reads every page; EFAULT at one that cannot be. */
  static void touch(Task task, long address, long bytes) {
    for (long at = address; at < address + bytes && !task.interrupted(); at += PAGE) {
      task.memory().getByte(at);
    }
  }
}
