package io.rookery.linux.fs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.host.HostNode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.PageCache;
import io.rookery.linux.vfs.PageQuota;
import io.rookery.linux.vfs.PageStore;
import io.rookery.linux.vfs.Sealable;
import io.rookery.mmu.MemoryLimitException;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A regular file in memory, or a host file whose changed pages are kept in memory. */
final class MemoryFile extends MemoryInode implements Sealable {
  private static final int FALLOC_KEEP_SIZE = 1;
  private static final int FALLOC_PUNCH_HOLE = 2;

  private volatile int seals = F_SEAL_SEAL;
  private volatile @Nullable PageCache pages;
  private int openCount; // guarded by this
  private long knownGeneration; // guarded by this

  MemoryFile(MemoryFileSystem fileSystem, int mode, int uid, int gid) {
    super(fileSystem, mode, uid, gid);
  }

  MemoryFile(
      MemoryFileSystem fileSystem, HostNode host, @Nullable MemoryDirectory foundIn, Name name) {
    super(fileSystem, host, foundIn, name);
  }

  private PageCache cache() {
    PageCache c = pages;
    if (c == null) {
      synchronized (this) {
        c = pages;
        if (c == null) {
          HostNode h = host();
          long generation = h == null ? 0 : h.attributes().generation();
          knownGeneration = generation;
          c =
              fileSystem()
                  .vfs()
                  .caches()
                  .newCache(
                      h == null ? PageStore.EMPTY : h,
                      h == null ? "memory file" : h.path().toString(),
                      generation,
                      fileSystem().pageQuota());
          pages = c;
        }
      }
    }
    HostNode h = host();
    if (h != null && untouched()) {
      followHost(h, c);
    }
    return c;
  }

  /** The host may have changed a file that we have not. */
  private void followHost(HostNode h, PageCache c) {
    long generation = h.attributes().generation();
    synchronized (this) {
      if (generation == knownGeneration) {
        return;
      }
      knownGeneration = generation;
    }
    c.storeChanged(generation);
  }

  @Override
  public long size() {
    HostNode h = host();
    if (h != null && untouched()) {
      return h.attributes().size();
    }
    return cache().size();
  }

  @Override
  long blocks() {
    HostNode h = host();
    if (h != null) {
      return (size() + 4095) / 4096 * 8;
    }
    PageCache c = pages;
    return c == null ? 0 : c.residentPages() * 8;
  }

  @Override
  public int read(long position, byte[] target, int offset, int length) {
    try {
      HostNode h = host();
      if (h != null && untouched()) {
        return h.readSome(position, target, offset, length);
      }
      return cache().read(position, target, offset, length);
    } catch (IOException e) {
      throw PageCache.failure(e);
    } catch (MemoryLimitException e) {
      throw Errno.ENOMEM.exception();
    }
  }

  void setSeals(int value) {
    seals = value;
  }

  @Override
  public int seals() {
    if (fileSystem().overHost()) {
      throw Errno.EINVAL.exception(); // only files that are in memory for good have seals
    }
    return seals;
  }

  @Override
  public void addSeals(int more) {
    if (fileSystem().overHost()) {
      throw Errno.EINVAL.exception();
    }
    synchronized (this) {
      if ((more & ~31) != 0) {
        throw Errno.EINVAL.exception();
      }
      if ((seals & F_SEAL_SEAL) != 0) {
        throw Errno.EPERM.exception();
      }
      if ((more & F_SEAL_WRITE) != 0 && cache().mapped()) {
        throw Errno.EBUSY.exception();
      }
      seals |= more;
    }
  }

  private void checkSeal(int forbidden) {
    if ((seals & forbidden) != 0) {
      throw Errno.EPERM.exception();
    }
  }

  private void checkWrite(long end) {
    if (seals > F_SEAL_SEAL) {
      checkSeal(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE);
      if (end > size()) {
        checkSeal(F_SEAL_GROW);
      }
    }
  }

  @Override
  public int write(long position, byte[] source, int offset, int length) {
    checkWrite(position + length);
    PageCache c = cache();
    own();
    int written;
    try {
      written = c.write(position, source, offset, length);
    } catch (IOException e) {
      throw PageCache.failure(e);
    } catch (MemoryLimitException e) {
      throw Errno.ENOSPC.exception();
    }
    modified();
    return written;
  }

  @Override
  public void truncate(long size) {
    PageCache c = cache();
    if (size != c.size()) {
      checkSeal(size < c.size() ? F_SEAL_SHRINK : F_SEAL_GROW);
    }
    own();
    try {
      c.truncate(size);
    } catch (IOException e) {
      throw PageCache.failure(e);
    }
    modified();
  }

  @Override
  public void allocate(int mode, long offset, long length) {
    checkWrite((mode & FALLOC_KEEP_SIZE) != 0 ? 0 : offset + length);
    PageCache c = cache();
    own();
    try {
      switch (mode) {
        case 0 -> {
          reserve(c, offset, length);
          if (offset + length > c.size()) {
            c.truncate(offset + length);
          }
        }
        case FALLOC_KEEP_SIZE -> reserve(c, offset, length);
        case FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE -> c.punch(offset, length);
        default -> throw Errno.EOPNOTSUPP.exception();
      }
    } catch (IOException e) {
      throw PageCache.failure(e);
    } catch (MemoryLimitException e) {
      throw Errno.ENOSPC.exception();
    }
    modified();
  }

  /** Over a host directory no room is set apart: it might be what the host has. */
  private void reserve(PageCache c, long offset, long length) throws IOException {
    PageQuota quota = fileSystem().pageQuota();
    if (quota != null) {
      long limit = quota.limit() == 0 ? Long.MAX_VALUE : quota.limit();
      long most = Math.min(limit, fileSystem().vfs().caches().limitBytes() / PageCache.PAGE);
      if (length / PageCache.PAGE > most) {
        throw Errno.ENOSPC.exception();
      }
      c.allocate(offset, length);
    }
  }

  @Override
  public long seekData(long offset, boolean hole) {
    long size = size();
    if (offset < 0 || offset >= size) {
      throw Errno.ENXIO.exception();
    }
    long at = cache().seek(offset, hole);
    if (at < 0) {
      if (hole) {
        return size;
      }
      throw Errno.ENXIO.exception();
    }
    return at;
  }

  @Override
  public PageSource pages() {
    PageCache c = cache();
    c.setListener(this::freeIfUnused);
    return c;
  }

  /** A shared writable mapping is about to be made: the file counts as changed. */
  @Override
  public void mappedForWriting() {
    checkSeal(F_SEAL_WRITE | F_SEAL_FUTURE_WRITE);
    cache();
    own();
  }

  @Override
  public void held() {
    opened();
  }

  @Override
  public void unheld() {
    closed();
  }

  @Override
  public void opened() {
    synchronized (this) {
      openCount++;
    }
  }

  @Override
  public void closed() {
    synchronized (this) {
      openCount--;
    }
    freeIfUnused();
  }

  @Override
  void nameless() {
    freeIfUnused();
  }

  /** Frees a deleted file that nobody has open or mapped, with its pages. */
  private void freeIfUnused() {
    PageCache c = pages;
    boolean unused;
    synchronized (this) {
      unused = openCount == 0;
    }
    if (unused && links() == 0 && (c == null || !c.mapped())) {
      if (c != null) {
        c.drop();
      }
      freed();
    }
  }
}
