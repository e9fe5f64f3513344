package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import java.util.concurrent.atomic.AtomicLong;

/** The unmountable file system of {@link AnonymousInode}s: pipefs, sockfs and anon_inodefs. */
public final class AnonymousFileSystem extends FileSystem {
  /** As on a system that runs for a while: netstat takes "socket:[1]" for too short. */
  private static final long FIRST_INO = 1000;

  private final String type;
  private final long magic;
  private final AtomicLong nextIno = new AtomicLong(FIRST_INO);

  AnonymousFileSystem(String type, long magic, long device) {
    super(device, false);
    this.type = type;
    this.magic = magic;
  }

  /** A new inode; the mode carries the type. */
  public AnonymousInode newInode(int mode, int uid, int gid, Timespec now) {
    return new AnonymousInode(this, nextIno.getAndIncrement(), mode, uid, gid, now);
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public Inode root() {
    throw Errno.ENODEV.exception();
  }

  @Override
  public StatFs statFs() {
    return new StatFs(magic, 4096, 0, 0, 0, 0, 0, device(), Name.MAX);
  }
}
