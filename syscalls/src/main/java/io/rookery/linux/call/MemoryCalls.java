package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Resource;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.mm.FileMapping;
import io.rookery.linux.mm.MemoryLayout;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.MappingException;
import io.rookery.mmu.Protection;

/** Memory mappings. */
public final class MemoryCalls {
  private static final long PAGE = 4096;
  private static final int PROT_GROWSDOWN = 0x01000000;
  private static final int PROT_GROWSUP = 0x02000000;
  private static final int PROT_SEM = 8;

  private static final int MAP_SHARED_VALIDATE = 3;
  private static final int MAP_TYPE = 15;
  private static final int MAP_FIXED = 0x10;
  private static final int MAP_ANONYMOUS = 0x20;
  private static final int MAP_32BIT = 0x40;
  private static final int MAP_LOCKED = 0x2000;
  private static final int MAP_POPULATE = 0x8000;
  private static final int MAP_HUGETLB = 0x40000;
  private static final int MAP_FIXED_NOREPLACE = 0x100000;

  /** What MAP_SHARED_VALIDATE lets through: all but MAP_SYNC and later flags. */
  private static final int VALID = 0x7c07_f9f3;

  private static final int MS_ASYNC = 1;
  private static final int MS_INVALIDATE = 2;
  private static final int MS_SYNC = 4;

  private MemoryCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(
        9,
        "mmap",
        MemoryCalls::mmap,
        "ptr, size, flags, flags, int, off",
        Support.PARTIAL,
        "no huge pages: ENOMEM");
    t.row(10, "mprotect", MemoryCalls::mprotect, "ptr, size, flags");
    t.row(
        329,
        "pkey_mprotect",
        (task, address, length, prot, key, e, f) -> {
          if ((int) key != -1) {
            throw Errno.EINVAL.exception();
          }
          return mprotect(task, address, length, prot, 0, 0, 0);
        },
        "ptr, size, flags, int",
        Support.PARTIAL,
        "without keys, which pkey_alloc never gives");
    t.row(11, "munmap", MemoryCalls::munmap, "ptr, size");
    t.row(12, "brk", MemoryCalls::brk, "ptr");
    t.row(25, "mremap", MemoryCalls::mremap, "ptr, size, size, flags, ptr");
    t.row(26, "msync", MemoryCalls::msync, "ptr, size, flags");
    t.row(27, "mincore", MemoryCalls::mincore, "ptr, size, ptr");
    t.row(
        28,
        "madvise",
        MemoryAdvice::advise,
        "ptr, size, int",
        Support.PARTIAL,
        "no MADV_REMOVE: EINVAL");
    MemoryLocks.register(t);
  }

  /** Pages of a length, or the given error when it is 0 or too large. */
  static long pages(Task task, long length, Errno zero) {
    long rounded = length + PAGE - 1 & -PAGE;
    if (length == 0) {
      throw zero.exception();
    }
    if (rounded <= 0 || rounded > task.memory().space().addressLimit()) {
      throw Errno.ENOMEM.exception();
    }
    return rounded;
  }

  private static void checkAligned(long address) {
    if ((address & PAGE - 1) != 0) {
      throw Errno.EINVAL.exception();
    }
  }

  private static void checkRange(Task task, long address, long length, Errno error) {
    long limit = task.memory().space().addressLimit();
    if (address < 0 || length < 0 || length > limit || address > limit - length) {
      throw error.exception();
    }
  }

  private static long mmap(
      Task task, long address, long length, long prot, long flagBits, long fd, long offset) {
    int flags = (int) flagBits;
    int type = flags & MAP_TYPE;
    boolean fixed = (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) != 0;
    checkAligned(offset);
    boolean anonymous = (flags & MAP_ANONYMOUS) != 0;
    // The descriptor is looked at before the rest, as Linux does.
    FileDescription file = anonymous ? null : task.files().getForIo((int) fd);
    long bytes = pages(task, length, Errno.EINVAL);
    if ((flags & MAP_HUGETLB) != 0) {
      throw Errno.ENOMEM.exception();
    }
    boolean validated = type == MAP_SHARED_VALIDATE && !anonymous;
    if (type != MapFlags.SHARED && type != MapFlags.PRIVATE && !validated) {
      throw Errno.EINVAL.exception();
    }
    if (validated && (flags & ~VALID) != 0) {
      throw Errno.EOPNOTSUPP.exception();
    }
    if (fixed) {
      checkAligned(address);
      checkRange(task, address, bytes, Errno.ENOMEM);
      if (address < MemoryLayout.LOWEST) {
        throw Errno.EPERM.exception();
      }
    }
    checkLimit(task, fixed ? address : 0, bytes);
    int protection = (int) prot & (Protection.READ | Protection.WRITE | Protection.EXEC);
    int mapFlags =
        (type == MapFlags.PRIVATE ? MapFlags.PRIVATE : MapFlags.SHARED)
            | (flags & (MapFlags.GROWSDOWN | MapFlags.NORESERVE))
            | MemoryLocks.flagOfNew(task, (flags & MAP_LOCKED) != 0, bytes);
    if (file == null) {
      mapFlags &= type == MapFlags.PRIVATE ? -1 : ~MapFlags.GROWSDOWN;
    } else if (offset < 0 || offset > Long.MAX_VALUE - bytes) {
      throw Errno.EOVERFLOW.exception();
    }
    FileMapping mapping =
        file == null ? FileMapping.anonymous(mapFlags) : FileMapping.of(file, mapFlags, protection);
    AddressSpace space = task.memory().space();
    long at;
    if (fixed) {
      if ((flags & MAP_FIXED_NOREPLACE) != 0 && !task.mm().isFree(address, address + bytes)) {
        throw Errno.EEXIST.exception();
      }
      at = mapping.map(space, address, bytes, protection, offset);
    } else if ((flags & MAP_32BIT) != 0) {
      at = mapping.map(space, task.mm().findLow(bytes), bytes, protection, offset);
    } else {
      long hint = address & -PAGE;
      if (hint != 0 && hint < MemoryLayout.LOWEST) {
        hint = MemoryLayout.LOWEST;
      }
      if (hint == 0 && offset == 0 && file != null) {
        hint = mapping.preferredAddress(task, bytes, flags);
      }
      at = mapping.mapAnywhere(space, hint, bytes, protection, offset);
    }
    if ((flags & MAP_POPULATE) != 0 || (mapFlags & MapFlags.LOCKED) != 0) {
      MemoryAdvice.populate(task, at, bytes);
    }
    return at;
  }

  /** Whether RLIMIT_AS allows for a new mapping; what it replaces makes room. ENOMEM. */
  static void checkLimit(Task task, long at, long bytes) {
    if (isBeyondLimit(task, bytes)) {
      long[] replaced = {0};
      long end = at + bytes;
      if (at != 0) {
        task.memory()
            .space()
            .forEachMapping(
                m -> replaced[0] += Math.max(0, Math.min(m.end(), end) - Math.max(m.start(), at)));
      }
      if (isBeyondLimit(task, bytes - replaced[0])) {
        throw Errno.ENOMEM.exception();
      }
    }
  }

  /** Whether RLIMIT_AS does not allow for so many bytes more. */
  private static boolean isBeyondLimit(Task task, long more) {
    long limit = task.process().limits().soft(Resource.AS);
    return limit >= 0 && more > limit - task.memory().space().mappedBytes();
  }

  private static long mprotect(
      Task task, long address, long length, long prot, long d, long e, long f) {
    checkAligned(address);
    int known =
        Protection.READ
            | Protection.WRITE
            | Protection.EXEC
            | PROT_SEM
            | PROT_GROWSDOWN
            | PROT_GROWSUP;
    if ((prot & ~known) != 0 || ((prot & PROT_GROWSDOWN) != 0 && (prot & PROT_GROWSUP) != 0)) {
      throw Errno.EINVAL.exception();
    }
    if (length == 0) {
      return 0;
    }
    long bytes = pages(task, length, Errno.EINVAL);
    checkRange(task, address, bytes, Errno.ENOMEM);
    AddressSpace space = task.memory().space();
    long from = address;
    if ((prot & PROT_GROWSDOWN) != 0) {
      Mapping m = space.mappingAt(address);
      if (m == null) {
        throw Errno.ENOMEM.exception();
      }
      if ((m.flags() & MapFlags.GROWSDOWN) == 0) {
        throw Errno.EINVAL.exception();
      }
      from = m.start();
    }
    int protection = (int) prot & 7;
    FileMapping.checkProtection(space, from, address + bytes, protection);
    space.protect(from, address + bytes - from, protection);
    return 0;
  }

  private static long munmap(Task task, long address, long length, long c, long d, long e, long f) {
    checkAligned(address);
    long bytes = length + PAGE - 1 & -PAGE;
    if (bytes <= 0) {
      throw Errno.EINVAL.exception();
    }
    checkRange(task, address, bytes, Errno.EINVAL);
    task.memory().space().unmap(address, bytes);
    return 0;
  }

  private static long brk(Task task, long address, long b, long c, long d, long e, long f) {
    long most = task.process().limits().softAtMost(Resource.DATA, Long.MAX_VALUE);
    if (isBeyondLimit(task, address - task.mm().brk())) {
      return task.mm().brk();
    }
    try {
      return task.mm().setBrk(address, most);
    } catch (MappingException x) {
      return task.mm().brk();
    }
  }

  private static long mremap(
      Task task, long address, long oldLength, long newLength, long flags, long to, long f) {
    int known = MapFlags.REMAP_MAYMOVE | MapFlags.REMAP_FIXED | MapFlags.REMAP_DONTUNMAP;
    boolean fixed = (flags & (MapFlags.REMAP_FIXED | MapFlags.REMAP_DONTUNMAP)) != 0;
    checkAligned(address);
    if ((flags & ~known) != 0
        || (fixed && (flags & MapFlags.REMAP_MAYMOVE) == 0)
        || ((flags & MapFlags.REMAP_DONTUNMAP) != 0 && oldLength != newLength)
        || (newLength + PAGE - 1 & -PAGE) == 0) {
      throw Errno.EINVAL.exception();
    }
    long bytes = pages(task, newLength, Errno.EINVAL);
    long old = oldLength + PAGE - 1 & -PAGE;
    checkRange(task, address, old, Errno.EFAULT);
    if ((flags & MapFlags.REMAP_FIXED) != 0) {
      checkAligned(to);
      checkRange(task, to, bytes, Errno.EINVAL);
      if (to < address + old && address < to + bytes) {
        throw Errno.EINVAL.exception();
      }
    }
    AddressSpace space = task.memory().space();
    Mapping m = space.mappingAt(address);
    if (m == null) {
      throw Errno.EFAULT.exception();
    }
    if (old == 0 && !m.shared()) {
      throw Errno.EINVAL.exception();
    }
    if (bytes > old) {
      checkLimit(task, 0, bytes - old);
      if (MemoryLocks.isLocked(m)) {
        MemoryLocks.checkMore(task, bytes - old);
      }
    }
    try {
      if (old == 0) {
        // A shared mapping is doubled instead of moved.
        long offset = m.offset() + (address - m.start());
        return (flags & MapFlags.REMAP_FIXED) != 0
            ? space.map(to, bytes, m.protection(), m.flags(), m.source(), offset, m.tag())
            : space.mapAnywhere(0, bytes, m.protection(), m.flags(), m.source(), offset, m.tag());
      }
      return space.remap(address, old, bytes, (int) flags, to);
    } catch (MappingException x) {
      throw (x.reason() == MappingException.Reason.NOT_MAPPED ? Errno.EFAULT : Errno.ENOMEM)
          .exception();
    }
  }

  private static long msync(
      Task task, long address, long length, long flagBits, long d, long e, long f) {
    int flags = (int) flagBits;
    checkAligned(address);
    if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0
        || ((flags & MS_ASYNC) != 0 && (flags & MS_SYNC) != 0)) {
      throw Errno.EINVAL.exception();
    }
    if (length == 0) {
      return 0;
    }
    long bytes = pages(task, length, Errno.EINVAL);
    checkRange(task, address, bytes, Errno.ENOMEM);
    AddressSpace space = task.memory().space();
    if ((flags & MS_INVALIDATE) != 0 && MemoryLocks.isLocked(space, address, address + bytes)) {
      throw Errno.EBUSY.exception();
    }
    space.sync(address, bytes);
    if (!space.isMapped(address, bytes)) {
      throw Errno.ENOMEM.exception();
    }
    return 0;
  }

  private static long mincore(
      Task task, long address, long length, long vector, long d, long e, long f) {
    checkAligned(address);
    if (length == 0) {
      return 0;
    }
    long bytes = pages(task, length, Errno.EINVAL);
    checkRange(task, address, bytes, Errno.ENOMEM);
    AddressSpace space = task.memory().space();
    if (!space.isMapped(address, bytes)) {
      throw Errno.ENOMEM.exception();
    }
    byte[] chunk = new byte[4096];
    long count = bytes / PAGE;
    for (long done = 0; done < count; ) {
      int n = (int) Math.min(chunk.length, count - done);
      for (int i = 0; i < n; i++) {
        chunk[i] = (byte) (space.isResident(address + (done + i) * PAGE) ? 1 : 0);
      }
      task.memory().write(vector + done, chunk, 0, n);
      done += n;
    }
    return 0;
  }
}
