package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.sysv.SharedMemory;
import io.rookery.linux.ipc.sysv.SharedSegment;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.mm.FileMapping;
import io.rookery.linux.vfs.Subject;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.Protection;
import java.util.ArrayList;
import java.util.List;

/** System V shared memory: shmget(2) and its kin. */
public final class SharedMemoryCalls {
  private static final long PAGE = 4096;
  private static final int SHM_HUGETLB = 04000;
  private static final int SHM_RDONLY = 010000;
  private static final int SHM_RND = 020000;
  private static final int SHM_REMAP = 040000;
  private static final int SHM_EXEC = 0100000;
  private static final int IPC_RMID = 0;
  private static final int IPC_SET = 1;
  private static final int IPC_STAT = 2;
  private static final int IPC_INFO = 3;
  private static final int SHM_LOCK = 11;
  private static final int SHM_UNLOCK = 12;
  private static final int SHM_STAT = 13;
  private static final int SHM_INFO = 14;
  private static final int SHM_STAT_ANY = 15;

  private SharedMemoryCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(
        29,
        "shmget",
        SharedMemoryCalls::get,
        "int, size, flags",
        Support.PARTIAL,
        "no huge pages: ENOMEM");
    t.row(30, "shmat", SharedMemoryCalls::attach, "int, ptr, flags");
    t.row(31, "shmctl", SharedMemoryCalls::control, "int, int, ptr");
    t.row(67, "shmdt", SharedMemoryCalls::detach, "ptr");
  }

  static long get(Task t, long key, long size, long flags, long d, long e, long f) {
    if ((flags & SHM_HUGETLB) != 0) {
      throw Errno.ENOMEM.exception();
    }
    return SharedMemory.of(t).get(t, (int) key, size, (int) flags);
  }

  static long attach(Task t, long id, long address, long flags, long d, long e, long f) {
    SharedMemory memory = SharedMemory.of(t);
    long at = address;
    if ((at & PAGE - 1) != 0) {
      if ((flags & SHM_RND) == 0) {
        throw Errno.EINVAL.exception();
      }
      at &= -PAGE;
    }
    if (at == 0 && (flags & SHM_REMAP) != 0) {
      throw Errno.EINVAL.exception();
    }
    SharedSegment segment = memory.segment((int) id);
    boolean writable = (flags & SHM_RDONLY) == 0;
    boolean executable = (flags & SHM_EXEC) != 0;
    segment.check(
        t, Subject.READ | (writable ? Subject.WRITE : 0) | (executable ? Subject.EXECUTE : 0));
    int protection =
        Protection.READ | (writable ? Protection.WRITE : 0) | (executable ? Protection.EXEC : 0);
    long bytes = segment.size + PAGE - 1 & -PAGE;
    AddressSpace space = t.memory().space();
    Object tag = writable ? segment.name() : new FileMapping.ReadOnly(segment.name());
    if (bytes > space.addressLimit() || at < 0 || at > space.addressLimit() - bytes) {
      throw Errno.ENOMEM.exception();
    }
    long result;
    if (at == 0) {
      MemoryCalls.checkLimit(t, 0, bytes);
      result = space.mapAnywhere(0, bytes, protection, MapFlags.SHARED, segment, 0, tag);
    } else {
      if ((flags & SHM_REMAP) == 0 && !t.mm().isFree(at, at + bytes)) {
        throw Errno.EINVAL.exception();
      }
      MemoryCalls.checkLimit(t, at, bytes);
      result = space.map(at, bytes, protection, MapFlags.SHARED, segment, 0, tag);
    }
    segment.used(t, true);
    return result;
  }

  /** Unmaps what is left of the segment that was attached at an address. */
  @SuppressWarnings("ReferenceEquality") // segments are who they are
  static long detach(Task t, long address, long b, long c, long d, long e, long f) {
    AddressSpace space = t.memory().space();
    List<Mapping> parts = new ArrayList<>();
    space.forEachMapping(
        m -> {
          if (m.source() instanceof SharedSegment
              && m.start() >= address
              && m.start() - address == m.offset()
              && (parts.isEmpty() || parts.getFirst().source() == m.source())) {
            parts.add(m);
          }
        });
    if (parts.isEmpty() || !(parts.getFirst().source() instanceof SharedSegment segment)) {
      throw Errno.EINVAL.exception();
    }
    parts.forEach(m -> space.unmap(m.start(), m.length()));
    segment.used(t, false);
    return 0;
  }

  static long control(Task t, long idArg, long command, long buffer, long d, long e, long f) {
    int id = (int) idArg;
    if (id < 0 || (int) command < 0) {
      throw Errno.EINVAL.exception();
    }
    SharedMemory memory = SharedMemory.of(t);
    switch ((int) command) {
      case IPC_INFO, SHM_INFO -> {
        t.memory().write(buffer, (int) command == IPC_INFO ? memory.limits() : memory.usage());
        return memory.highestIndex();
      }
      case IPC_STAT -> {
        status(t, memory.segment(id), buffer, true);
        return 0;
      }
      case SHM_STAT, SHM_STAT_ANY -> {
        SharedSegment segment = memory.at(id);
        status(t, segment, buffer, (int) command == SHM_STAT);
        return segment.id();
      }
      case IPC_RMID -> memory.remove(t, memory.segment(id));
      case IPC_SET -> {
        UserMemory m = t.memory();
        int uid = m.getInt(buffer + 4);
        int gid = m.getInt(buffer + 8);
        int mode = m.getInt(buffer + 20);
        memory.change(t, memory.segment(id), uid, gid, mode);
      }
      case SHM_LOCK, SHM_UNLOCK -> memory.segment(id).lock(t, (int) command == SHM_LOCK);
      default -> throw Errno.EINVAL.exception();
    }
    return 0;
  }

  private static void status(Task t, SharedSegment segment, long to, boolean checked) {
    if (checked) {
      segment.check(t, Subject.READ);
    }
    t.memory().write(to, segment.status());
  }
}
