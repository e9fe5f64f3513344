package io.rookery.linux.ipc.sysv;

import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Vfs;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.Frame;
import io.rookery.mmu.Mapping;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A System V shared memory segment: the pages of a nameless file, which counts by itself how often
 * it is attached, whatever fork, exec and exit do. Fields without {@code final} are guarded by it.
 */
public final class SharedSegment extends IpcObject implements PageSource {
  private static final int SHM_DEST = 01000;
  private static final int SHM_LOCKED = 02000;

  /** Bytes of struct shmid64_ds. */
  private static final int STATUS_SIZE = 112;

  /** Bytes that were asked for. */
  public final long size;

  private final int creatorPid;
  private final SharedMemory owner;
  private final String name;
  private final Vfs vfs;
  private final FileDescription file;
  private final PageSource pages;
  private int lastPid;
  private long attachTime;
  private long detachTime;
  private long mappedPages;
  private boolean released;

  SharedSegment(
      SharedMemory owner, Task task, int id, int key, long size, int mode, FileDescription file) {
    super(task, id, key, mode);
    this.owner = owner;
    this.size = size;
    name = "/SYSV%08x (deleted)".formatted(key);
    creatorPid = task.process().pid();
    vfs = task.kernel().vfs();
    this.file = file;
    file.retain();
    pages = Objects.requireNonNull(file.pages());
  }

  private long pageCount() {
    return (size + 4095) >>> 12;
  }

  /** The task has attached or detached it; forks and exits are not noted. */
  public synchronized void used(Task task, boolean attaching) {
    lastPid = task.process().pid();
    if (attaching) {
      attachTime = seconds(task);
    }
  }

  /** SHM_LOCK and SHM_UNLOCK, which only show: nothing is swapped out. EPERM. */
  public synchronized void lock(Task task, boolean locked) {
    if (!task.credentials().capable(Capability.IPC_LOCK)) {
      checkOwner(task);
    }
    mode = locked ? mode | SHM_LOCKED : mode & ~SHM_LOCKED;
  }

  long residentBytes() {
    return file.inode().stat().blocks() * 512;
  }

  /** IPC_STAT: struct shmid64_ds. */
  public synchronized byte[] status() {
    return structure(STATUS_SIZE)
        .putLong(size)
        .putLong(attachTime)
        .putLong(detachTime)
        .putLong(changeTime)
        .putInt(creatorPid)
        .putInt(lastPid)
        .putLong(attached())
        .array();
  }

  synchronized String line() {
    return "%10d %10d  %4o %21d %5d %5d  %5d %5d %5d %5d %5d %10d %10d %10d %21d %21d\n"
        .formatted(
            key,
            id,
            mode,
            size,
            creatorPid,
            lastPid,
            attached(),
            uid,
            gid,
            creatorUid,
            creatorGid,
            attachTime,
            detachTime,
            changeTime,
            residentBytes(),
            0);
  }

  /**
   * Detaches all segments from memory whose last task leaves: the compiler may keep the address
   * space a little longer, which shmctl(2) must not show.
   */
  public static void detachAll(AddressSpace space) {
    List<Mapping> attached = new ArrayList<>();
    space.forEachMapping(
        mapping -> {
          if (mapping.source() instanceof SharedSegment) {
            attached.add(mapping);
          }
        });
    attached.forEach(mapping -> space.unmap(mapping.start(), mapping.length()));
  }

  /** How many mappings there are; parts of one that was cut count together. */
  private long attached() {
    return (mappedPages + pageCount() - 1) / pageCount();
  }

  /** The memory goes when nobody has it attached any more. */
  void remove() {
    synchronized (this) {
      removed = true;
      mode |= SHM_DEST;
    }
    releaseIfUnused();
  }

  private void releaseIfUnused() {
    synchronized (this) {
      if (!removed || mappedPages > 0 || released) {
        return;
      }
      released = true;
    }
    owner.forget(this);
    file.release();
  }

  @Override
  public @Nullable Frame frame(long pageIndex, boolean forWrite) throws IOException {
    return pages.frame(pageIndex, forWrite);
  }

  @Override
  public void unpin(Frame frame) {
    pages.unpin(frame);
  }

  @Override
  public void dirtied(Frame frame) {
    pages.dirtied(frame);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long sizeBytes() {
    return pages.sizeBytes();
  }

  @Override
  public long generation(long pageIndex) {
    return pages.generation(pageIndex);
  }

  @Override
  public void mapped(long count) {
    synchronized (this) {
      mappedPages += count;
    }
    pages.mapped(count);
  }

  @Override
  public void unmapped(long count) {
    pages.unmapped(count);
    synchronized (this) {
      mappedPages -= count;
      detachTime = vfs.now().seconds();
    }
    releaseIfUnused();
  }
}
