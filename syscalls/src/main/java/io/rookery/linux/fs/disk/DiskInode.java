package io.rookery.linux.fs.disk;

import io.rookery.ext2.Ext2Attributes;
import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.XattrMode;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.PageCache;
import io.rookery.linux.vfs.PageStore;
import io.rookery.linux.vfs.Stat;
import io.rookery.linux.vfs.Timespec;
import io.rookery.mmu.MemoryLimitException;
import io.rookery.mmu.PageSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A file of an ext2 volume, of any type but a directory. */
class DiskInode extends Inode implements PageStore, PageCache.MappingListener {
  private static final int FALLOC_KEEP_SIZE = 1;
  private static final int FALLOC_PUNCH_HOLE = 2;
  private static final int FALLOC_ZERO_RANGE = 16;
  private static final int XATTR_CREATE = 1;
  private static final int XATTR_REPLACE = 2;

  private final DiskFileSystem fileSystem;
  private final Ext2Inode inode;
  private volatile @Nullable PageCache pages;
  private boolean retained; // guarded by this

  DiskInode(DiskFileSystem fileSystem, Ext2Inode inode) {
    this.fileSystem = fileSystem;
    this.inode = inode;
  }

  @Override
  public final DiskFileSystem fileSystem() {
    return fileSystem;
  }

  final Ext2Inode inode() {
    return inode;
  }

  final Ext2FileSystem volume() {
    return fileSystem.volume();
  }

  @Override
  public final int mode() {
    return inode.attributes().mode();
  }

  @Override
  public final long size() {
    return inode.size();
  }

  @Override
  public final Stat stat() {
    Ext2Attributes a = inode.attributes();
    return new Stat(
        fileSystem.device(),
        a.inode(),
        a.mode(),
        a.links(),
        a.uid(),
        a.gid(),
        Integer.toUnsignedLong(a.rdev()),
        a.size(),
        4096,
        a.blocks512(),
        Timespec.of(a.accessTime()),
        Timespec.of(a.modifyTime()),
        Timespec.of(a.changeTime()),
        Timespec.of(a.birthTime()));
  }

  @Override
  public final void setAttributes(AttributeChange c) {
    try {
      if (c.uid() != null || c.gid() != null) {
        volume().setOwner(inode, c.uid() == null ? -1 : c.uid(), c.gid() == null ? -1 : c.gid());
      }
      if (c.mode() != null) {
        volume().setMode(inode, c.mode());
      }
      if (c.atime() != null || c.mtime() != null) {
        volume().setTimes(inode, instant(c.atime()), instant(c.mtime()));
      }
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  private static @Nullable Instant instant(@Nullable Timespec t) {
    return t == null ? null : t.toInstant();
  }

  @Override
  public final byte[] readLink(Task task) {
    try {
      return volume().readlink(inode);
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  // Content

  @Override
  public final int read(long position, byte[] target, int offset, int length) {
    try {
      PageCache c = pages;
      return c != null && c.hasDirty()
          ? c.read(position, target, offset, length)
          : volume().read(inode, position, ByteBuffer.wrap(target, offset, length));
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    } catch (MemoryLimitException e) {
      throw Errno.ENOMEM.exception();
    }
  }

  @Override
  public final int write(long position, byte[] source, int offset, int length) {
    try {
      int n = volume().write(inode, position, ByteBuffer.wrap(source, offset, length));
      PageCache c = pages;
      if (c != null) {
        c.overwritten(position, source, offset, n);
      }
      return n;
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public final Appended append(byte[] source, int offset, int length) {
    synchronized (this) {
      long position = size();
      return new Appended(position, write(position, source, offset, length));
    }
  }

  @Override
  public final void truncate(long size) {
    try {
      volume().truncate(inode, size);
      PageCache c = pages;
      if (c != null) {
        c.truncate(size);
      }
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public final void allocate(int mode, long offset, long length) {
    try {
      switch (mode) {
        case 0 -> volume().allocate(inode, offset, length, true);
        case FALLOC_KEEP_SIZE -> volume().allocate(inode, offset, length, false);
        case FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE, FALLOC_ZERO_RANGE | FALLOC_KEEP_SIZE -> {
          volume().punchHole(inode, offset, length);
          PageCache c = pages;
          if (c != null) {
            c.punch(offset, length);
          }
        }
        default -> throw Errno.EOPNOTSUPP.exception();
      }
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public final long seekData(long offset, boolean hole) {
    if (offset < 0) {
      throw Errno.ENXIO.exception();
    }
    writeBack();
    try {
      return hole ? volume().seekHole(inode, offset) : volume().seekData(inode, offset);
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public final PageSource pages() {
    PageCache c = pages;
    if (c == null) {
      synchronized (this) {
        c = pages;
        if (c == null) {
          c = fileSystem.vfs().caches().newCache(this, inode.toString(), 0);
          c.setListener(this);
          pages = c;
        }
      }
    }
    return c;
  }

  @Override
  public final void sync(boolean dataOnly) {
    if (fileSystem.readOnly()) {
      return;
    }
    writeBack();
    try {
      volume().fsync(inode);
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  /** Whether {@link #writeBack} would have something to write. */
  final boolean hasChanges() {
    PageCache c = pages;
    return c != null && c.hasDirty();
  }

  /** Writes changed pages to the volume; those of a file that is gone are dropped. */
  final void writeBack() {
    PageCache c = pages;
    if (c == null || !c.hasDirty()) {
      return;
    }
    try {
      inode.retain(); // else it may be deleted meanwhile
    } catch (Ext2Exception e) {
      c.drop();
      return;
    }
    try {
      c.sync();
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    } finally {
      closed();
    }
  }

  /** The volume handed the file out with a use counted; the next {@link #opened} takes it. */
  final synchronized void keepUntilOpened() {
    retained = true;
  }

  @Override
  public final void held() {
    opened();
  }

  @Override
  public final void unheld() {
    closed();
  }

  @Override
  public final void opened() {
    synchronized (this) {
      if (retained) {
        retained = false;
        return;
      }
    }
    try {
      inode.retain();
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public final void closed() {
    try {
      inode.release();
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public final void mapped() {
    opened();
  }

  @Override
  public final void unmapped() {
    writeBack();
    closed();
  }

  // PageStore

  @Override
  public final void load(long position, byte[] target, int offset, int length) throws IOException {
    ByteBuffer b = ByteBuffer.wrap(target, offset, length);
    int n = volume().read(inode, position, b);
    Arrays.fill(target, offset + n, offset + length, (byte) 0);
  }

  @Override
  public final boolean writable() {
    return true;
  }

  @Override
  public final void store(long position, byte[] source, int offset, int length) throws IOException {
    ByteBuffer b = ByteBuffer.wrap(source, offset, length);
    while (b.hasRemaining()) {
      volume().write(inode, position + b.position() - offset, b);
    }
  }

  // Extended attributes

  @Override
  public final byte[] getXattr(byte[] name) {
    try {
      byte[] value = volume().getXattr(inode, name);
      if (value == null) {
        throw Errno.ENODATA.exception();
      }
      return value;
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public final List<byte[]> listXattrs() {
    try {
      return volume().listXattr(inode);
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public final void setXattr(byte[] name, byte[] value, int flags) {
    if (flags == (XATTR_CREATE | XATTR_REPLACE)) {
      getXattr(name); // ENODATA if there is none
      throw Errno.EEXIST.exception();
    }
    XattrMode mode =
        switch (flags) {
          case XATTR_CREATE -> XattrMode.CREATE;
          case XATTR_REPLACE -> XattrMode.REPLACE;
          default -> XattrMode.SET;
        };
    try {
      volume().setXattr(inode, name, value, mode);
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public final void removeXattr(byte[] name) {
    try {
      volume().removeXattr(inode, name);
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }
}
