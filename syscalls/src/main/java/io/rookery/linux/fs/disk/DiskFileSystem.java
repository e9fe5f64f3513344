package io.rookery.linux.fs.disk;

import com.google.common.collect.MapMaker;
import io.rookery.ext2.Ext2Exception;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.VolumeStatus;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.StatFs;
import io.rookery.linux.vfs.Vfs;
import java.io.IOException;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * A mounted ext2 volume. Reads and writes go to the volume's own cache; pages that are mapped are
 * kept here besides, and follow every write. Access times are not kept (as with mount option
 * noatime).
 */
public final class DiskFileSystem extends FileSystem {
  private static final long EXT2_SUPER_MAGIC = 0xEF53;

  private final Vfs vfs;
  private final Ext2FileSystem volume;
  private final ConcurrentMap<Ext2Inode, DiskInode> inodes =
      new MapMaker().weakKeys().weakValues().makeMap();
  private final DiskInode root;

  /** Takes over the volume: {@link #close} closes it. */
  public DiskFileSystem(Vfs vfs, Ext2FileSystem volume) {
    super(vfs.newDevice(), volume.isReadOnly());
    this.vfs = vfs;
    this.volume = volume;
    this.root = inodeOf(volume.root());
    if (!volume.isReadOnly()) {
      vfs.writeBack().add(this);
    }
  }

  Vfs vfs() {
    return vfs;
  }

  Ext2FileSystem volume() {
    return volume;
  }

  DiskInode inodeOf(Ext2Inode i) {
    return inodes.computeIfAbsent(
        i, k -> k.isDirectory() ? new DiskDirectory(this, k) : new DiskInode(this, k));
  }

  /** The errno for a failure of the volume. */
  static ErrnoException failure(IOException e) {
    return (e instanceof Ext2Exception x ? Errno.valueOf(x.reason().name()) : Errno.EIO)
        .exception();
  }

  @Override
  public String type() {
    return "ext2";
  }

  @Override
  public DiskInode root() {
    return root;
  }

  @Override
  public StatFs statFs() {
    try {
      VolumeStatus s = volume.status();
      return new StatFs(
          EXT2_SUPER_MAGIC,
          s.blockSize(),
          s.blocks(),
          s.freeBlocks(),
          s.availableBlocks(),
          s.inodes(),
          s.freeInodes(),
          s.fileSystemId(),
          s.maxNameLength());
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public boolean hasChanges() {
    return !readOnly()
        && (volume.hasChanges() || inodes.values().stream().anyMatch(DiskInode::hasChanges));
  }

  @Override
  public void sync() {
    if (readOnly()) {
      return;
    }
    ErrnoException failure = writeBack();
    try {
      volume.sync();
    } catch (IOException e) {
      throw failure(e);
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Gives the volume the changed pages of all files, even if some cannot be written: why not. */
  private @Nullable ErrnoException writeBack() {
    ErrnoException failure = null;
    for (DiskInode i : inodes.values()) {
      try {
        i.writeBack();
      } catch (ErrnoException e) {
        failure = e;
      }
    }
    return failure;
  }

  /** Writes everything back, and does something with the device before anything else changes. */
  public void sync(Ext2FileSystem.AtRest action) throws IOException {
    ErrnoException failure = writeBack();
    if (failure != null) {
      throw failure;
    }
    volume.sync(action);
  }

  @Override
  public void close() {
    vfs.writeBack().remove(this);
    ErrnoException failure = writeBack();
    try {
      volume.close();
    } catch (IOException e) {
      throw failure(e);
    }
    if (failure != null) {
      throw failure;
    }
  }
}
