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

/** The attributes of a host file; on hosts without UNIX attributes plausible ones are made up. */
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
    Timespec ctime) {
  /** Whether the host has the attributes of a UNIX file system. */
  static final boolean UNIX =
      java.nio.file.FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

  private static final String WANTED =
      "unix:mode,ino,dev,rdev,nlink,uid,gid,size,lastAccessTime,lastModifiedTime,ctime";

  /** Reads them, not following a symbolic link. */
  public static HostAttributes read(Path path) throws IOException {
    if (!UNIX) {
      return basic(path);
    }
    Map<String, Object> a = Files.readAttributes(path, WANTED, LinkOption.NOFOLLOW_LINKS);
    return new HostAttributes(
        number(a, "dev"),
        number(a, "ino"),
        (int) number(a, "mode"),
        number(a, "nlink"),
        (int) number(a, "uid"),
        (int) number(a, "gid"),
        number(a, "rdev"),
        number(a, "size"),
        time(a, "lastAccessTime"),
        time(a, "lastModifiedTime"),
        time(a, "ctime"));
  }

  private static long number(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof Number n ? n.longValue() : 0;
  }

  private static Timespec time(Map<String, Object> attributes, String name) {
    return attributes.get(name) instanceof FileTime t ? Timespec.of(t.toInstant()) : Timespec.EPOCH;
  }

  private static HostAttributes basic(Path path) throws IOException {
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
        modified);
  }

  /** Whether both are of one file; without UNIX attributes only the types tell. */
  boolean sameFile(HostAttributes o) {
    return ((mode ^ o.mode) & FileMode.S_IFMT) == 0 && (!UNIX || (ino == o.ino && dev == o.dev));
  }

  /** The same with another number of names. */
  HostAttributes withLinks(long links) {
    return new HostAttributes(dev, ino, mode, links, uid, gid, rdev, size, atime, mtime, ctime);
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
        now);
  }

  /** A number that changes with the content. */
  public long generation() {
    return (mtime.seconds() * 1_000_000_000L + mtime.nanos()) * 31 + size;
  }

  /** Blocks of 512 bytes, estimated: the JDK does not tell. */
  public long blocks() {
    return FileMode.isRegular(mode) || FileMode.isDirectory(mode) ? (size + 4095) / 4096 * 8 : 0;
  }
}
