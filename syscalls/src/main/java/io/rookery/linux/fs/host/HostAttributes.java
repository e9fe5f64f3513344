package io.rookery.linux.fs.host;

import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Timespec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The attributes of a host file; on hosts without UNIX attributes plausible ones are made up.
 *
 * @param birth when the file was made; where the host cannot tell, the same as {@code mtime}
 * @param generation changes with the content, and sometimes without
 */
public record HostAttributes(
    long dev,
    long ino,
    int mode,
    long nlink,
    int uid,
    int gid,
    long rdev,
    long size,
    Timespec atime,
    Timespec mtime,
    Timespec ctime,
    Timespec birth,
    long generation) {
  /** Whether the host has the attributes of a UNIX file system. */
  static final boolean UNIX =
      java.nio.file.FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

  private static final String WANTED =
      "unix:mode,ino,dev,rdev,nlink,uid,gid,size,lastAccessTime,lastModifiedTime,ctime,"
          + "creationTime";

  /**
   * What has changed this short a time ago can change once more without another time stamp: clocks
   * of file systems tick every 1 to 10 ms.
   */
  private static final long UNSETTLED_MILLIS = 20;

  /** The same where time stamps are in seconds, or two of them. */
  private static final long UNSETTLED_COARSE_MILLIS = 2_100;

  private static final AtomicLong UNSETTLED = new AtomicLong();

  /** Reads them, not following a symbolic link. */
  public static HostAttributes read(Path path) throws IOException {
    if (!UNIX) {
      return basic(path);
    }
    long before = System.currentTimeMillis();
    Map<String, Object> a = Files.readAttributes(path, WANTED, LinkOption.NOFOLLOW_LINKS);
    long size = number(a, "size");
    Timespec mtime = time(a, "lastModifiedTime");
    Timespec ctime = time(a, "ctime");
    return new HostAttributes(
        number(a, "dev"),
        number(a, "ino"),
        (int) number(a, "mode"),
        number(a, "nlink"),
        (int) number(a, "uid"),
        (int) number(a, "gid"),
        number(a, "rdev"),
        size,
        time(a, "lastAccessTime"),
        mtime,
        ctime,
        time(a, "creationTime"),
        generation(before, size, mtime, ctime));
  }

  private static long number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Number n ? n.longValue() : 0;
  }

  private static Timespec time(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof FileTime t ? Timespec.of(t.toInstant()) : Timespec.EPOCH;
  }

  private static HostAttributes basic(Path path) throws IOException {
    long before = System.currentTimeMillis();
    BasicFileAttributes b =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    int mode;
    if (b.isDirectory()) {
      mode = FileMode.S_IFDIR | 0755;
    } else if (b.isSymbolicLink()) {
      mode = FileMode.S_IFLNK | 0777;
    } else {
      mode = FileMode.S_IFREG | (Files.isExecutable(path) ? 0755 : 0644);
    }
    long ino = (path.toAbsolutePath().normalize().toString().hashCode() & 0xffffffffL) | 1L << 33;
    Timespec modified = Timespec.of(b.lastModifiedTime().toInstant());
    return new HostAttributes(
        1,
        ino,
        mode,
        1,
        0,
        0,
        0,
        b.size(),
        Timespec.of(b.lastAccessTime().toInstant()),
        modified,
        modified,
        modified,
        generation(before, b.size(), modified, modified));
  }

  /**
   * Whether both are of one file; without UNIX attributes only the types tell. Hosts give the inode
   * number of a deleted file to a new one, so the times of birth tell where they are known.
   */
  boolean sameFile(HostAttributes o) {
    return ((mode ^ o.mode) & FileMode.S_IFMT) == 0
        && (!UNIX || (ino == o.ino && dev == o.dev && !bornApart(o)));
  }

  private boolean bornApart(HostAttributes o) {
    boolean known = !birth.equals(mtime) || !o.birth.equals(o.mtime);
    return known && !birth.equals(o.birth);
  }

  private static long generation(long readMillis, long size, Timespec mtime, Timespec ctime) {
    long age = Math.abs(readMillis - (ctime.seconds() * 1000 + ctime.nanos() / 1_000_000));
    if (age < (ctime.nanos() == 0 ? UNSETTLED_COARSE_MILLIS : UNSETTLED_MILLIS)) {
      return UNSETTLED.decrementAndGet();
    }
    long times = mtime.hashCode() * 0x9E37_79B9L + ctime.hashCode();
    return (times * 0x9E37_79B9L + size) & Long.MAX_VALUE;
  }

  /** The same with another number of names. */
  HostAttributes withLinks(long links) {
    return new HostAttributes(
        dev, ino, mode, links, uid, gid, rdev, size, atime, mtime, ctime, birth, generation);
  }

  /** The same after a change. */
  HostAttributes with(AttributeChange c, Timespec now) {
    return new HostAttributes(
        dev,
        ino,
        c.mode() == null ? mode : (mode & FileMode.S_IFMT) | c.mode(),
        nlink,
        c.uid() == null ? uid : c.uid(),
        c.gid() == null ? gid : c.gid(),
        rdev,
        size,
        c.atime() == null ? atime : c.atime(),
        c.mtime() == null ? mtime : c.mtime(),
        now,
        birth,
        generation);
  }

  /** Blocks of 512 bytes, estimated: the JDK does not tell. */
  public long blocks() {
    return FileMode.isRegular(mode) || FileMode.isDirectory(mode) ? (size + 4095) / 4096 * 8 : 0;
  }
}
