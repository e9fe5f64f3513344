package io.rookery.linux.fs.host;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.PageCache;
import io.rookery.linux.vfs.PageStore;
import io.rookery.linux.vfs.RegularFile;
import io.rookery.linux.vfs.Subject;
import io.rookery.linux.vfs.VfsPath;
import io.rookery.mmu.MemoryLimitException;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A regular file of a writable host directory. Reads and writes go to the host; pages are kept here
 * for mappings only, follow every write, and are written back on msync(2), at the last munmap(2)
 * and at the last close(2). What other processes of the host write is seen by read(2) at once, by
 * mappings once nobody has had the file open.
 */
final class HostFile extends HostInode implements PageStore, PageCache.MappingListener {
  private final HostContent content = new HostContent(this);
  private final ReentrantLock writing = new ReentrantLock();
  private volatile @Nullable PageCache pages;
  private volatile long knownGeneration;

  HostFile(HostFileSystem fileSystem, HostDirectory parent, Name name, HostAttributes a) {
    super(fileSystem, parent, name, a);
  }

  private interface Io<T> {
    T run() throws IOException;
  }

  private static <T> T io(Io<T> action) {
    try {
      return action.run();
    } catch (IOException e) {
      throw HostFileSystem.failure(e);
    } catch (MemoryLimitException e) {
      throw Errno.ENOMEM.exception();
    }
  }

  /** Runs a change of the content, which no write-back of older pages may overtake. */
  private <T> T changing(Io<T> action) {
    writing.lock();
    try {
      return io(action);
    } finally {
      writing.unlock();
      stale();
    }
  }

  @Override
  public FileDescription open(VfsPath path, int flags, Task task) {
    opened();
    try {
      boolean truncate = (flags & OpenFlags.O_TRUNC) != 0;
      if (truncate || (flags & OpenFlags.O_ACCMODE) != OpenFlags.O_RDONLY) {
        io(content::requireWritable);
      }
      if (truncate) {
        Subject.of(task.credentials()).dropSetIds(this);
        truncate(0);
      }
      return new RegularFile(path, flags & ~OpenFlags.O_TRUNC);
    } finally {
      closed();
    }
  }

  /** The file is new and open. */
  void keepUntilOpened(FileChannel channel) {
    content.keepUntilOpened(channel);
  }

  @Override
  public void opened() {
    if (io(content::use)) {
      followHost();
    }
  }

  /** Others may have changed the file while nobody here had it open. */
  private void followHost() {
    PageCache c = pages;
    if (c != null) {
      refresh();
      long now = knownAttributes().generation();
      if (now != knownGeneration) {
        c.storeChanged(now);
      }
    }
  }

  @Override
  public void closed() {
    boolean last = false;
    try {
      if (content.lastUse()) {
        writeBack();
      }
    } finally {
      last = io(content::unuse);
      stale();
    }
    if (last && pages != null) {
      refresh();
      knownGeneration = knownAttributes().generation();
    }
  }

  /** Closes the host's file at the end of the file system. */
  void release() throws IOException {
    try {
      writeBack();
    } finally {
      content.close();
    }
  }

  @Override
  public long size() {
    long size = content.sizeIfOpen();
    return size >= 0 ? size : attributes().size();
  }

  @Override
  public int read(long position, byte[] target, int offset, int length) {
    return io(
        () -> {
          PageCache c = pages;
          return c != null && c.hasDirty()
              ? c.read(position, target, offset, length)
              : content.read(position, ByteBuffer.wrap(target, offset, length));
        });
  }

  @Override
  public int write(long position, byte[] source, int offset, int length) {
    return changing(
        () -> {
          store(position, source, offset, length);
          PageCache c = pages;
          if (c != null) {
            c.overwritten(position, source, offset, length);
          }
          return length;
        });
  }

  @Override
  public Appended append(byte[] source, int offset, int length) {
    writing.lock();
    try {
      long position = size();
      return new Appended(position, write(position, source, offset, length));
    } finally {
      writing.unlock();
    }
  }

  @Override
  public void truncate(long size) {
    opened();
    try {
      long done =
          changing(
              () -> {
                content.setSize(size);
                PageCache c = pages;
                if (c != null) {
                  c.truncate(size);
                }
                return size;
              });
      assert done >= 0;
    } finally {
      closed();
    }
  }

  /** Extends the file only: the host is not asked to reserve blocks. */
  @Override
  public void allocate(int mode, long offset, long length) {
    if (mode != 0) {
      throw Errno.EOPNOTSUPP.exception();
    }
    writing.lock();
    try {
      if (offset + length > size()) {
        truncate(offset + length);
      }
    } finally {
      writing.unlock();
    }
  }

  @Override
  public PageSource pages() {
    PageCache c = pages;
    if (c == null) {
      synchronized (this) {
        c = pages;
        if (c == null) {
          c = fileSystem().vfs().caches().newCache(this, toString(), attributes().generation());
          c.setListener(this);
          pages = c;
        }
      }
    }
    return c;
  }

  @Override
  public void sync(boolean dataOnly) {
    writeBack();
    io(() -> content.force(!dataOnly));
  }

  /** Writes pages that mappings changed to the host's file. */
  void writeBack() {
    PageCache c = pages;
    if (c == null || !c.hasDirty()) {
      return;
    }
    changing(
        () -> {
          c.sync();
          return c;
        });
  }

  // PageStore and MappingListener

  @Override
  public void mapped() {
    opened();
  }

  @Override
  public void unmapped() {
    closed();
  }

  @Override
  public void load(long position, byte[] target, int offset, int length) throws IOException {
    int n = content.read(position, ByteBuffer.wrap(target, offset, length));
    Arrays.fill(target, offset + n, offset + length, (byte) 0);
  }

  @Override
  public boolean writable() {
    return true;
  }

  @Override
  public void store(long position, byte[] source, int offset, int length) throws IOException {
    content.write(position, ByteBuffer.wrap(source, offset, length));
  }

  /** Opens the host's file, which must still be this one. */
  FileChannel openChannel(StandardOpenOption access) throws IOException {
    fileSystem().tree().readLock().lock();
    try {
      Found f = locate();
      FileChannel c = HostWalk.open(fileSystem().rootPath(), f.path(), access);
      if (!sameFile(HostAttributes.read(f.path()))) {
        c.close();
        throw new NoSuchFileException(f.path().toString());
      }
      return c;
    } finally {
      fileSystem().tree().readLock().unlock();
    }
  }
}
