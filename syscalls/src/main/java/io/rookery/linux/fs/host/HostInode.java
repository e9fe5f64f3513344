package io.rookery.linux.fs.host;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.PageCache;
import io.rookery.linux.vfs.PageStore;
import io.rookery.linux.vfs.Stat;
import io.rookery.linux.vfs.Timespec;
import io.rookery.mmu.MemoryLimitException;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/** A file of a writable host directory, of any type but a directory. */
class HostInode extends Inode implements PageStore, PageCache.MappingListener {
  private final HostFileSystem fileSystem;
  private final int type;

  private record Place(@Nullable HostDirectory parent, Name name) {}

  private volatile Place place; // where it was found last
  private volatile HostAttributes attributes;
  private volatile long readAt;
  private volatile @Nullable PageCache pages;
  private int users; // guarded by this: open descriptions and mappings
  private @Nullable FileChannel channel; // guarded by this: open while there are users

  HostInode(
      HostFileSystem fileSystem, @Nullable HostDirectory parent, Name name, HostAttributes a) {
    this.fileSystem = fileSystem;
    this.place = new Place(parent, name);
    this.attributes = a;
    this.readAt = System.nanoTime();
    this.type = a.mode() & FileMode.S_IFMT;
  }

  @Override
  public final HostFileSystem fileSystem() {
    return fileSystem;
  }

  final boolean sameType(int mode) {
    return (mode & FileMode.S_IFMT) == type;
  }

  /** The file was seen under a name. */
  final void foundAt(HostDirectory directory, Name as, HostAttributes a) {
    if (place.parent() != null) {
      place = new Place(directory, as);
    }
    attributes = a;
    readAt = System.nanoTime();
  }

  /** The name moved; called under the tree lock. */
  final void movedTo(HostDirectory directory, Name as) {
    place = new Place(directory, as);
  }

  /** The host path; called under the tree lock. */
  final Path path() {
    Place at = place;
    HostDirectory p = at.parent();
    if (p == null) {
      return fileSystem.rootPath();
    }
    Path child = HostNames.child(p.path(), at.name());
    if (child == null) {
      throw Errno.EILSEQ.exception();
    }
    return child;
  }

  /** The host path, after a check that no directory on the way was replaced by a link. */
  final Path checkedPath() throws IOException {
    Path p = path();
    Path directory = p.getParent();
    if (place.parent() != null && directory != null && !directory.toRealPath().equals(directory)) {
      throw Errno.ESTALE.exception();
    }
    return p;
  }

  /** An operation on the host path. */
  interface Action<T> {
    T run(Path path) throws IOException;
  }

  final <T> T withPath(Action<T> action) {
    return locked(fileSystem.tree().readLock(), action);
  }

  final <T> T changingTree(Action<T> action) {
    return locked(fileSystem.tree().writeLock(), action);
  }

  private <T> T locked(Lock lock, Action<T> action) {
    lock.lock();
    try {
      return action.run(checkedPath());
    } catch (IOException e) {
      throw HostFileSystem.failure(e);
    } finally {
      lock.unlock();
    }
  }

  // Attributes

  final HostAttributes attributes() {
    if (System.nanoTime() - readAt > HostNode.VALID_NANOS) {
      refresh();
    }
    return attributes;
  }

  /** Reads the attributes again; whether the name still leads to this file. */
  final boolean refresh() {
    fileSystem.tree().readLock().lock();
    try {
      HostAttributes fresh = HostAttributes.read(path());
      if (fresh.ino() != attributes.ino() || fresh.dev() != attributes.dev()) {
        return false;
      }
      attributes = fresh;
      readAt = System.nanoTime();
      return true;
    } catch (IOException e) {
      return false;
    } finally {
      fileSystem.tree().readLock().unlock();
    }
  }

  final boolean fresh() {
    return System.nanoTime() - readAt <= HostNode.VALID_NANOS;
  }

  /** Forgets what was read: something changed. */
  final void stale() {
    readAt = System.nanoTime() - 2 * HostNode.VALID_NANOS;
  }

  @Override
  public final int mode() {
    return attributes().mode();
  }

  @Override
  public final long size() {
    FileChannel c;
    synchronized (this) {
      c = channel;
    }
    if (c != null) {
      try {
        return c.size();
      } catch (IOException e) {
        throw HostFileSystem.failure(e);
      }
    }
    return attributes().size();
  }

  @Override
  public final Stat stat() {
    HostAttributes a = attributes();
    long size = type == FileMode.S_IFREG ? size() : a.size();
    return new Stat(
        fileSystem.device(),
        a.ino(),
        a.mode(),
        a.nlink(),
        a.uid(),
        a.gid(),
        a.rdev(),
        size,
        4096,
        (size + 4095) / 4096 * 8,
        a.atime(),
        a.mtime(),
        a.ctime(),
        a.ctime());
  }

  @Override
  public final void setAttributes(AttributeChange c) {
    Object done =
        withPath(
            p -> {
              if (c.uid() != null) {
                Files.setAttribute(p, "unix:uid", c.uid(), LinkOption.NOFOLLOW_LINKS);
              }
              if (c.gid() != null) {
                Files.setAttribute(p, "unix:gid", c.gid(), LinkOption.NOFOLLOW_LINKS);
              }
              if (c.mode() != null) {
                if (type == FileMode.S_IFLNK) {
                  throw Errno.EOPNOTSUPP.exception();
                }
                Files.setAttribute(p, "unix:mode", c.mode());
              }
              if (c.atime() != null || c.mtime() != null) {
                Files.getFileAttributeView(
                        p, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setTimes(fileTime(c.mtime()), fileTime(c.atime()), null);
              }
              return this;
            });
    assert done.equals(this);
    stale();
  }

  private static @Nullable FileTime fileTime(@Nullable Timespec t) {
    return t == null ? null : FileTime.from(t.toInstant());
  }

  @Override
  public final byte[] readLink(Task task) {
    return withPath(p -> HostNames.bytes(Files.readSymbolicLink(p)));
  }

  // Content

  @Override
  public final void opened() {
    if (type != FileMode.S_IFREG) {
      return;
    }
    withPath(
        p -> {
          synchronized (this) {
            if (users++ == 0) {
              try {
                channel = open(p);
              } catch (IOException e) {
                users--;
                throw e;
              }
            }
            return users;
          }
        });
  }

  private static FileChannel open(Path p) throws IOException {
    try {
      return FileChannel.open(
          p, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
    } catch (AccessDeniedException e) {
      return FileChannel.open(p, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
    }
  }

  @Override
  public final void closed() {
    if (type != FileMode.S_IFREG) {
      return;
    }
    synchronized (this) {
      FileChannel c = channel;
      if (--users == 0 && c != null) {
        channel = null;
        try {
          c.close();
        } catch (IOException e) {
          throw HostFileSystem.failure(e);
        }
      }
    }
    stale();
  }

  private synchronized FileChannel channel() throws IOException {
    FileChannel c = channel;
    if (c == null) {
      throw new IOException("used while nobody has it open");
    }
    return c;
  }

  /** Runs with the file open, for calls that name it by its path. */
  private void whileOpen(Runnable action) {
    opened();
    try {
      action.run();
    } finally {
      closed();
    }
  }

  @Override
  public final int read(long position, byte[] target, int offset, int length) {
    try {
      PageCache c = pages;
      return c != null && c.hasDirty()
          ? c.read(position, target, offset, length)
          : readSome(position, target, offset, length);
    } catch (IOException e) {
      throw HostFileSystem.failure(e);
    } catch (MemoryLimitException e) {
      throw Errno.ENOMEM.exception();
    }
  }

  private int readSome(long position, byte[] target, int offset, int length) throws IOException {
    FileChannel c = channel();
    ByteBuffer b = ByteBuffer.wrap(target, offset, length);
    while (b.hasRemaining() && c.read(b, position + b.position() - offset) >= 0) {
      // Reads on to the end.
    }
    return b.position() - offset;
  }

  @Override
  public final int write(long position, byte[] source, int offset, int length) {
    try {
      store(position, source, offset, length);
      PageCache c = pages;
      if (c != null) {
        c.overwritten(position, source, offset, length);
      }
    } catch (java.nio.channels.NonWritableChannelException e) {
      throw Errno.EACCES.exception();
    } catch (IOException e) {
      throw HostFileSystem.failure(e);
    }
    stale();
    return length;
  }

  @Override
  public final void truncate(long size) {
    whileOpen(
        () -> {
          try {
            FileChannel c = channel();
            long now = c.size();
            if (size < now) {
              c.truncate(size);
            } else if (size > now) {
              int n = c.write(ByteBuffer.allocate(1), size - 1);
              assert n == 1;
            }
            PageCache p = pages;
            if (p != null) {
              p.truncate(size);
            }
          } catch (java.nio.channels.NonWritableChannelException e) {
            throw Errno.EACCES.exception();
          } catch (IOException e) {
            throw HostFileSystem.failure(e);
          }
        });
    stale();
  }

  @Override
  public final void allocate(int mode, long offset, long length) {
    if (mode != 0) {
      throw Errno.EOPNOTSUPP.exception();
    }
    if (offset + length > size()) {
      truncate(offset + length);
    }
  }

  @Override
  public final @Nullable PageSource pages() {
    if (type != FileMode.S_IFREG) {
      return null;
    }
    PageCache c = pages;
    if (c == null) {
      synchronized (this) {
        c = pages;
        if (c == null) {
          c =
              fileSystem
                  .vfs()
                  .caches()
                  .newCache(this, place.name().toString(), attributes.generation());
          c.setListener(this);
          pages = c;
        }
      }
    }
    return c;
  }

  @Override
  public final void sync(boolean dataOnly) {
    writeBack();
    try {
      FileChannel c;
      synchronized (this) {
        c = channel;
      }
      if (c != null) {
        c.force(!dataOnly);
      }
    } catch (IOException e) {
      throw HostFileSystem.failure(e);
    }
  }

  final void writeBack() {
    PageCache c = pages;
    if (c != null) {
      try {
        c.sync();
      } catch (IOException e) {
        throw HostFileSystem.failure(e);
      }
    }
  }

  // The page cache's view

  @Override
  public final void mapped() {
    opened();
  }

  @Override
  public final void unmapped() {
    writeBack();
    closed();
  }

  @Override
  public final void load(long position, byte[] target, int offset, int length) throws IOException {
    int n = readSome(position, target, offset, length);
    Arrays.fill(target, offset + n, offset + length, (byte) 0);
  }

  @Override
  public final boolean writable() {
    return true;
  }

  @Override
  public final void store(long position, byte[] source, int offset, int length) throws IOException {
    FileChannel c = channel();
    ByteBuffer b = ByteBuffer.wrap(source, offset, length);
    while (b.hasRemaining()) {
      int n = c.write(b, position + b.position() - offset);
      assert n > 0;
    }
  }
}
