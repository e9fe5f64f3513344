package io.rookery.linux.ipc;

import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Vfs;
import io.rookery.mmu.Frame;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A System V shared memory segment: the pages of a nameless file, which counts by itself how often
 * it is attached, whatever fork, exec and exit do. Fields without {@code final} are guarded by it.
 */
public final class SharedSegment implements PageSource {
  public static final int SHM_DEST = 01000;

  public final int id;
  public final int key;

  /** Bytes that were asked for. */
  public final long size;

  public final int creatorUid;
  public final int creatorGid;
  public final int creatorPid;
  int uid;
  int gid;
  int mode;
  int lastPid;
  long attachTime;
  long detachTime;
  long changeTime;
  private final Vfs vfs;
  private final FileDescription file;
  private final PageSource pages;
  private long mappedPages;
  private boolean removed;
  private boolean released;

  SharedSegment(Task task, int id, int key, long size, int mode, FileDescription file) {
    this.id = id;
    this.key = key;
    this.size = size;
    this.mode = mode;
    creatorUid = task.credentials().euid();
    creatorGid = task.credentials().egid();
    creatorPid = task.process().pid();
    uid = creatorUid;
    gid = creatorGid;
    vfs = task.kernel().vfs();
    changeTime = vfs.now().seconds();
    this.file = file;
    file.retain();
    pages = Objects.requireNonNull(file.pages());
  }

  private long pageCount() {
    return (size + 4095) >>> 12;
  }

  /** How many mappings there are; parts of one that was cut count together. */
  synchronized long attached() {
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
    return "/SYSV%08x (deleted)".formatted(key);
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
