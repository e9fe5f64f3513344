package io.rookery.linux.mm;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.sysv.SharedSegment;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.Protection;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a program image: its address space and what the kernel remembers of it. Shared by
 * tasks under CLONE_VM; each holds a reference. Thread-safe.
 *
 * <p>Mappings are tagged with the {@link io.rookery.linux.vfs.VfsPath} of their file, or with a
 * String such as {@code "[heap]"}.
 */
public final class MemoryDescriptor {
  private static final long LOW_START = 1L << 30;
  private static final long LOW_END = 1L << 31;

  private final AddressSpace space;
  private final MemoryLayout layout;
  private final UserMemory memory;
  private final AtomicInteger users = new AtomicInteger(1);
  private final AtomicInteger registeredBarriers = new AtomicInteger();
  private final long brkStart;
  private final ProgramInfo info;
  private final @Nullable FileDescription executable;
  private long brk;
  private volatile boolean lockFuture;

  /**
   * What the loader tells about an image; addresses of the guest.
   *
   * @param auxv the auxiliary vector's bytes, for /proc/pid/auxv
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record ProgramInfo(
      long codeStart,
      long codeEnd,
      long dataStart,
      long dataEnd,
      long stackStart,
      long argStart,
      long argEnd,
      long envStart,
      long envEnd,
      byte[] auxv) {}

  /**
   * Takes over the caller's reference on {@code space}; retains {@code executable}.
   *
   * @param brkStart where the heap begins, page-aligned
   */
  public MemoryDescriptor(
      AddressSpace space,
      MemoryLayout layout,
      long brkStart,
      ProgramInfo info,
      @Nullable FileDescription executable) {
    this(space, layout, brkStart, brkStart, info, executable);
  }

  private MemoryDescriptor(
      AddressSpace space,
      MemoryLayout layout,
      long brkStart,
      long brk,
      ProgramInfo info,
      @Nullable FileDescription executable) {
    this.space = space;
    this.layout = layout;
    this.memory = new UserMemory(space);
    this.brkStart = brkStart;
    this.brk = brk;
    this.info = info;
    this.executable = executable;
    if (executable != null) {
      executable.retain();
      executable.inode().programStarted();
    }
  }

  public AddressSpace space() {
    return space;
  }

  public MemoryLayout layout() {
    return layout;
  }

  /** Copies to and from this memory. */
  public UserMemory memory() {
    return memory;
  }

  public ProgramInfo info() {
    return info;
  }

  /** The program's file (/proc/pid/exe). */
  public @Nullable FileDescription executable() {
    return executable;
  }

  /** Start of the heap. */
  public long brkStart() {
    return brkStart;
  }

  /** End of the heap. */
  public synchronized long brk() {
    return brk;
  }

  /**
   * brk(2): moves the end of the heap.
   *
   * @param wanted the new end
   * @param maximum most bytes that the heap may have
   * @return the end afterwards, the old one when it could not be moved
   */
  public synchronized long setBrk(long wanted, long maximum) {
    if (wanted < brkStart || Long.compareUnsigned(wanted - brkStart, maximum) > 0) {
      return brk;
    }
    long oldEnd = roundUp(brk);
    long newEnd = roundUp(wanted);
    if (newEnd > oldEnd) {
      if (newEnd > space.addressLimit() || !isFree(oldEnd, newEnd)) {
        return brk;
      }
      space.map(
          oldEnd,
          newEnd - oldEnd,
          Protection.READ | Protection.WRITE,
          MapFlags.PRIVATE,
          null,
          0,
          "[heap]");
    } else if (newEnd < oldEnd) {
      space.unmap(newEnd, oldEnd - newEnd);
    }
    brk = wanted;
    return brk;
  }

  /** Whether nothing is mapped in a range. */
  public boolean isFree(long from, long to) {
    boolean[] free = {true};
    space.forEachMapping(
        (Mapping m) -> {
          if (m.start() < to && m.end() > from) {
            free[0] = false;
          }
        });
    return free[0];
  }

  /**
   * A free range below 2 GiB, for MAP_32BIT.
   *
   * @throws io.rookery.linux.errno.ErrnoException ENOMEM when there is none
   */
  public long findLow(long length) {
    long[] end = {LOW_START};
    long[] found = {0};
    space.forEachMapping(
        m -> {
          if (found[0] == 0 && m.end() > end[0]) {
            if (m.start() - end[0] >= length) {
              found[0] = end[0];
            }
            end[0] = m.end();
          }
        });
    long at = found[0] != 0 ? found[0] : end[0];
    if (length > LOW_END || at > LOW_END - length) {
      throw Errno.ENOMEM.exception();
    }
    return at;
  }

  /** Whether new mappings are locked in memory (MCL_FUTURE). */
  public boolean lockFuture() {
    return lockFuture;
  }

  /** Whether new mappings are to be locked. */
  public void setLockFuture(boolean on) {
    lockFuture = on;
  }

  private static long roundUp(long address) {
    return (address + 4095) & -4096L;
  }

  /** A copy-on-write copy for a forked process. */
  public synchronized MemoryDescriptor fork() {
    MemoryDescriptor copy =
        new MemoryDescriptor(space.fork(), layout, brkStart, brk, info, executable);
    copy.registeredBarriers.set(registeredBarriers.get());
    return copy;
  }

  /** The commands of membarrier(2) by which the programs in this memory have registered. */
  public int registeredBarriers() {
    return registeredBarriers.get();
  }

  /** Adds MEMBARRIER_CMD_REGISTER_* commands to those. */
  public void registerBarriers(int commands) {
    registeredBarriers.getAndUpdate(r -> r | commands);
  }

  /** One more task uses it. */
  public MemoryDescriptor retain() {
    users.incrementAndGet();
    return this;
  }

  /** As {@link #retain}, but null when the last user has left already. */
  public @Nullable MemoryDescriptor tryRetain() {
    return users.getAndUpdate(u -> u == 0 ? 0 : u + 1) == 0 ? null : this;
  }

  /** How many tasks use it. */
  public int users() {
    return users.get();
  }

  /** A task leaves; the last one frees everything. */
  public void release() {
    if (users.decrementAndGet() == 0) {
      SharedSegment.detachAll(space);
      space.release();
      if (executable != null) {
        executable.inode().programEnded();
        executable.release();
      }
    }
  }
}
