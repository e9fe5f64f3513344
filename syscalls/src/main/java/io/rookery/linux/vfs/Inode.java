package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.mmu.PageSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A file of any type. One object per file while somebody holds it; thread-safe.
 *
 * <p>Permissions, read-only mounts and name lengths are checked by {@link Vfs} before a method is
 * called; directory methods that change the name space are called under the file system's lock.
 * Operations that a type of file does not have fail as Linux does.
 */
public abstract class Inode {
  /** For file systems. */
  protected Inode() {}

  private volatile @Nullable RecordLocks locks;
  private volatile boolean linkable;
  private final AtomicInteger writers = new AtomicInteger();
  private final AtomicInteger programs = new AtomicInteger();
  private @Nullable Object attachment; // guarded by this
  private volatile List<FileEvents.Listener> watchers = List.of(); // immutable

  public abstract FileSystem fileSystem();

  /** The attributes. */
  public abstract Stat stat();

  /** Type and permission bits. */
  public int mode() {
    return stat().mode();
  }

  /**
   * Whether its user and its group exist here. Nobody may change a file without, and privileges
   * over all users' files do not reach it.
   */
  public boolean hasOwner() {
    return true;
  }

  public final boolean isDirectory() {
    return FileMode.isDirectory(mode());
  }

  public final boolean isRegular() {
    return FileMode.isRegular(mode());
  }

  public final boolean isSymlink() {
    return FileMode.isSymlink(mode());
  }

  /** Applies a change of attributes and sets ctime. */
  public void setAttributes(AttributeChange change) {
    throw Errno.EPERM.exception();
  }

  // Directories

  /** The child of that name, or null. */
  public @Nullable Inode lookup(Name name) {
    throw Errno.ENOTDIR.exception();
  }

  /**
   * Whether a cached answer of {@link #lookup} still holds.
   *
   * @param certain whether the answer must not be from a moment ago
   */
  public boolean stillValid(Name name, Inode child, boolean certain) {
    return true;
  }

  /** All entries without "." and "..". */
  public List<DirEntry> list() {
    throw Errno.ENOTDIR.exception();
  }

  /** Makes a regular file, fifo, socket or device node; the mode carries the type. */
  public Inode create(Name name, int mode, int uid, int gid, long rdev) {
    throw Errno.EPERM.exception();
  }

  public Inode mkdir(Name name, int mode, int uid, int gid) {
    throw Errno.EPERM.exception();
  }

  public Inode symlink(Name name, byte[] target, int uid, int gid) {
    throw Errno.EPERM.exception();
  }

  /** Adds a name for a non-directory of the same file system. */
  public void link(Name name, Inode target) {
    throw Errno.EPERM.exception();
  }

  /** Removes the name of a non-directory. */
  public void unlink(Name name, Inode victim) {
    throw Errno.EPERM.exception();
  }

  /** Removes an empty directory, else ENOTEMPTY. */
  public void rmdir(Name name, Inode victim) {
    throw Errno.EPERM.exception();
  }

  /**
   * Moves a child to a directory of the same file system, over {@code replaced} if that is not
   * null; with {@code exchange} the two change places. Types and ancestry have been checked;
   * ENOTEMPTY has not.
   */
  public void rename(
      Name name,
      Inode child,
      Inode newDirectory,
      Name newName,
      @Nullable Inode replaced,
      boolean exchange) {
    throw Errno.EPERM.exception();
  }

  /** A nameless regular file for O_TMPFILE and memfd. */
  public Inode createUnnamed(int mode, int uid, int gid) {
    throw Errno.EOPNOTSUPP.exception();
  }

  /** A file without a name may get one (O_TMPFILE without O_EXCL). */
  final void makeLinkable() {
    linkable = true;
  }

  /** It has a name again: when it loses its last one, it gets no other. */
  final void linked() {
    linkable = false;
  }

  final boolean mayBeLinked() {
    return linkable || stat().nlink() > 0;
  }

  // Symbolic links

  /** The target of a symbolic link. */
  public byte[] readLink(Task task) {
    throw Errno.EINVAL.exception();
  }

  /** Where a magic link of procfs leads, or null for an ordinary link. */
  public @Nullable VfsPath jump(Task task) {
    return null;
  }

  // Regular files

  /** Reads at a position; 0 at and beyond the end. */
  public int read(long position, byte[] target, int offset, int length) {
    throw Errno.EINVAL.exception();
  }

  /** Writes at a position, growing the file; returns what was written. */
  public int write(long position, byte[] source, int offset, int length) {
    throw Errno.EINVAL.exception();
  }

  /** Where appended data begins, and how much of it was written. */
  public record Appended(long position, int length) {}

  /** Appends atomically. */
  public Appended append(byte[] source, int offset, int length) {
    synchronized (this) {
      long position = size();
      return new Appended(position, write(position, source, offset, length));
    }
  }

  /** The size in bytes. */
  public long size() {
    return stat().size();
  }

  /** Sets the size, zero-filling. */
  public void truncate(long size) {
    throw Errno.EINVAL.exception();
  }

  /** fallocate(2); the arguments are valid and the file is writable. */
  public void allocate(int mode, long offset, long length) {
    throw Errno.EOPNOTSUPP.exception();
  }

  /** The next data or hole at or after an offset (lseek(2) SEEK_DATA, SEEK_HOLE). */
  public long seekData(long offset, boolean hole) {
    long size = size();
    if (offset >= size || offset < 0) {
      throw Errno.ENXIO.exception();
    }
    return hole ? size : offset;
  }

  /** Pages for mmap, or null where mapping is impossible (ENODEV). */
  public @Nullable PageSource pages() {
    return null;
  }

  /** A shared writable mapping is about to be made. */
  public void mappedForWriting() {}

  /** Makes the content durable. */
  public void sync(boolean dataOnly) {}

  /** Records an access for atime, lazily and only where the file system keeps it. */
  public void accessed() {}

  /** A description of O_PATH came into being: the file must not vanish; {@link #unheld} pairs. */
  public void held() {}

  /** A description of O_PATH has gone. */
  public void unheld() {}

  /** An open description came into being; {@link #closed} pairs with it. */
  public void opened() {}

  /** An open description has gone. */
  public void closed() {}

  /** It was opened for writing, which keeps it from running (ETXTBSY). */
  final void writerOpened() {
    writers.incrementAndGet();
  }

  /** Ends {@link #writerOpened}. */
  final void writerClosed() {
    writers.decrementAndGet();
  }

  final boolean hasWriters() {
    return writers.get() > 0;
  }

  /** A program image came into being from it, which keeps it from being written (ETXTBSY). */
  public final void programStarted() {
    programs.incrementAndGet();
  }

  /** Ends {@link #programStarted}. */
  public final void programEnded() {
    programs.decrementAndGet();
  }

  final boolean isProgram() {
    return programs.get() > 0;
  }

  /**
   * Opens this file; the access has been granted. Regular files, directories, fifos and device
   * nodes are handled by {@link Vfs}; other types override.
   */
  public @Nullable FileDescription open(VfsPath path, int flags, Task task) {
    return null;
  }

  // Extended attributes

  public byte[] getXattr(byte[] name) {
    throw Errno.EOPNOTSUPP.exception();
  }

  /** All names. */
  public List<byte[]> listXattrs() {
    return List.of();
  }

  /** Sets an attribute; flags as of setxattr(2). */
  public void setXattr(byte[] name, byte[] value, int flags) {
    throw Errno.EOPNOTSUPP.exception();
  }

  public void removeXattr(byte[] name) {
    throw Errno.EOPNOTSUPP.exception();
  }

  /** The advisory locks of this file, made on first use. */
  public final RecordLocks locks() {
    RecordLocks l = locks;
    if (l == null) {
      synchronized (this) {
        l = locks;
        if (l == null) {
          l = new RecordLocks();
          locks = l;
        }
      }
    }
    return l;
  }

  /** The advisory locks, or null if nobody ever asked for one. */
  public final @Nullable RecordLocks locksIfAny() {
    return locks;
  }

  /** Adds who wants to hear what happens to this file, or in this directory. */
  public final synchronized void watch(FileEvents.Listener watcher) {
    List<FileEvents.Listener> all = new ArrayList<>(watchers);
    all.add(watcher);
    watchers = List.copyOf(all);
  }

  /** Ends {@link #watch}. */
  public final synchronized void unwatch(FileEvents.Listener watcher) {
    List<FileEvents.Listener> all = new ArrayList<>(watchers);
    all.remove(watcher);
    watchers = List.copyOf(all);
  }

  final boolean watched() {
    return !watchers.isEmpty();
  }

  final void tell(int mask, int cookie, @Nullable Name name, boolean unlinked) {
    for (FileEvents.Listener watcher : watchers) {
      watcher.happened(mask, cookie, name, unlinked);
    }
  }

  /**
   * The kernel object that lives as long as this inode: the pipe of a fifo, the socket bound to a
   * name. Made by {@code factory} on first use.
   */
  public final synchronized <T> T attachment(Class<T> type, Supplier<T> factory) {
    Object a = attachment;
    if (!type.isInstance(a)) {
      a = factory.get();
      attachment = a;
    }
    return type.cast(a);
  }

  /** The attached object, or null when there is none of that type. */
  public final synchronized <T> @Nullable T attachmentIfAny(Class<T> type) {
    Object a = attachment;
    return type.isInstance(a) ? type.cast(a) : null;
  }
}
