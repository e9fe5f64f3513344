package io.rookery.linux.fs.synthetic;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.StatFs;
import io.rookery.linux.vfs.Timespec;
import io.rookery.linux.vfs.Vfs;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** A file system of files that are made up when they are looked at. */
public final class SyntheticFileSystem extends FileSystem {
  private final Vfs vfs;
  private final String type;
  private final long magic;
  private final Timespec created;
  private final AtomicLong nextIno = new AtomicLong(1);
  private final Inode root;

  /**
   * Makes the file system.
   *
   * @param magic the type in statfs(2)
   * @param root makes the root directory
   */
  public SyntheticFileSystem(
      Vfs vfs, String type, long magic, Function<SyntheticFileSystem, Inode> root) {
    super(vfs.newDevice(), false);
    this.vfs = vfs;
    this.type = type;
    this.magic = magic;
    this.created = vfs.now();
    this.root = root.apply(this);
  }

  public Vfs vfs() {
    return vfs;
  }

  /** A number for a file that lasts as long as the file system. */
  public long newIno() {
    return nextIno.getAndIncrement();
  }

  /** Why a name cannot be made: procfs says ENOENT for everything (proc(5)), others differ. */
  ErrnoException refusal(Errno otherwise) {
    return (type.equals("proc") ? Errno.ENOENT : otherwise).exception();
  }

  Timespec created() {
    return created;
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public Inode root() {
    return root;
  }

  @Override
  public StatFs statFs() {
    return new StatFs(magic, 4096, 0, 0, 0, 0, 0, 0, Name.MAX);
  }
}
