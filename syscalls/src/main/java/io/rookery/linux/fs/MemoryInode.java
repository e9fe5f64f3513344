package io.rookery.linux.fs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.host.HostAttributes;
import io.rookery.linux.fs.host.HostNode;
import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.Stat;
import io.rookery.linux.vfs.Timespec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Attributes of a file in memory, or of a host file with changes kept in memory. */
abstract class MemoryInode extends Inode {
  private static final int XATTR_CREATE = 1;
  private static final int XATTR_REPLACE = 2;
  private static final long DAY_SECONDS = 86_400;

  private final MemoryFileSystem fileSystem;
  private final long ino;
  private final @Nullable HostNode host;
  private final Timespec created;

  // Guarded by this, all below.
  private boolean counted; // takes part in the file system's number of inodes
  private boolean changed; // attributes and place are ours, no longer the host's
  private @Nullable MemoryDirectory foundIn;
  private Name foundAs;
  private int mode;
  private int uid;
  private int gid;
  private long nlink;
  private Timespec atime;
  private Timespec mtime;
  private Timespec ctime;
  private @Nullable Map<String, byte[]> xattrs;

  /** A new file. */
  MemoryInode(MemoryFileSystem fileSystem, int mode, int uid, int gid) {
    this.fileSystem = fileSystem;
    this.ino = fileSystem.newIno();
    this.counted = true;
    this.host = null;
    this.mode = mode;
    this.uid = uid;
    this.gid = gid;
    this.nlink = FileMode.isDirectory(mode) ? 2 : 1;
    this.changed = true;
    this.foundAs = Name.of("");
    this.created = fileSystem.vfs().now();
    atime = created;
    mtime = created;
    ctime = created;
  }

  /** A file of the host, found in a directory. */
  MemoryInode(
      MemoryFileSystem fileSystem, HostNode host, @Nullable MemoryDirectory foundIn, Name name) {
    this.fileSystem = fileSystem;
    HostAttributes a = host.knownAttributes();
    this.ino = fileSystem.inoOf(a);
    this.host = host;
    this.foundIn = foundIn;
    this.foundAs = name;
    this.mode = a.mode();
    this.created = a.ctime();
    atime = a.atime();
    mtime = a.mtime();
    ctime = a.ctime();
  }

  @Override
  public final MemoryFileSystem fileSystem() {
    return fileSystem;
  }

  final @Nullable HostNode host() {
    return host;
  }

  /** Whether this is the name by which the file is looked for on the host. */
  final synchronized boolean isFoundAs(MemoryDirectory directory, Name name) {
    return foundIn == directory && foundAs.equals(name);
  }

  /** Whether this is still just what the host has. */
  final synchronized boolean untouched() {
    return !changed;
  }

  /** Takes the attributes over from the host and enters this inode in its directory for good. */
  final void own() {
    MemoryDirectory parent;
    Name name;
    synchronized (this) {
      if (changed || host == null) {
        return;
      }
      HostAttributes a = host.attributes();
      mode = a.mode();
      uid = a.uid();
      gid = a.gid();
      nlink = a.nlink();
      atime = a.atime();
      mtime = a.mtime();
      ctime = a.ctime();
      changed = true;
      parent = foundIn;
      name = foundAs;
      foundIn = null;
      if (nlink > 1 && !FileMode.isDirectory(mode)) {
        fileSystem.keepLinks(host, this);
      }
    }
    if (parent != null) {
      parent.adopt(name, this);
    }
  }

  @Override
  public final int mode() {
    HostNode h = host;
    synchronized (this) {
      return changed || h == null ? mode : h.attributes().mode();
    }
  }

  @Override
  public final Stat stat() {
    long size = size();
    long blocks = blocks();
    synchronized (this) {
      if (!changed && host != null) {
        HostAttributes a = host.attributes();
        return new Stat(
            fileSystem.device(),
            ino,
            a.mode(),
            a.nlink(),
            a.uid(),
            a.gid(),
            a.rdev(),
            size,
            4096,
            blocks,
            a.atime(),
            a.mtime(),
            a.ctime(),
            created);
      }
      return new Stat(
          fileSystem.device(),
          ino,
          mode,
          nlink,
          uid,
          gid,
          rdev(),
          size,
          4096,
          blocks,
          atime,
          mtime,
          ctime,
          created);
    }
  }

  /** Blocks of 512 bytes. */
  abstract long blocks();

  /** The device number of a node. */
  long rdev() {
    return 0;
  }

  @Override
  public final void setAttributes(AttributeChange c) {
    own();
    synchronized (this) {
      if (c.mode() != null) {
        mode = (mode & FileMode.S_IFMT) | c.mode();
      }
      if (c.uid() != null) {
        uid = c.uid();
      }
      if (c.gid() != null) {
        gid = c.gid();
      }
      if (c.atime() != null) {
        atime = c.atime();
      }
      if (c.mtime() != null) {
        mtime = c.mtime();
      }
      ctime = fileSystem.vfs().now();
    }
  }

  /** Content or entries changed now. */
  final void modified() {
    own();
    Timespec now = fileSystem.vfs().now();
    synchronized (this) {
      mtime = now;
      ctime = now;
    }
  }

  /** Adds to the link count; the rest of the inode counts as changed too. */
  final synchronized long addLinks(int delta) {
    nlink += delta;
    ctime = fileSystem.vfs().now();
    return nlink;
  }

  /** The last name is gone. */
  void nameless() {
    freed();
  }

  /** The file is no more: it does not count any longer. */
  void freed() {
    boolean last;
    synchronized (this) {
      last = counted;
      counted = false;
    }
    if (last) {
      fileSystem.inodeFreed();
    }
  }

  final synchronized long links() {
    return changed || host == null ? nlink : host.knownAttributes().nlink();
  }

  /** Access time as mount option relatime keeps it (mount(8)). */
  @Override
  public final void accessed() {
    synchronized (this) {
      if (!changed || fileSystem.readOnly()) {
        return;
      }
      Timespec now = fileSystem.vfs().now();
      if (atime.compareTo(mtime) <= 0
          || atime.compareTo(ctime) <= 0
          || now.seconds() - atime.seconds() > DAY_SECONDS) {
        atime = now;
      }
    }
  }

  // Extended attributes: kept for the name spaces that every Linux file system has.

  private static String xattrName(byte[] name) {
    String text = new String(name, StandardCharsets.ISO_8859_1);
    if (!text.startsWith("user.")
        && !text.startsWith("trusted.")
        && !text.startsWith("security.")) {
      throw Errno.EOPNOTSUPP.exception();
    }
    return text;
  }

  @Override
  public final byte[] getXattr(byte[] name) {
    String key = xattrName(name);
    synchronized (this) {
      byte[] value = xattrs == null ? null : xattrs.get(key);
      if (value == null) {
        throw Errno.ENODATA.exception();
      }
      return value.clone();
    }
  }

  @Override
  public final synchronized List<byte[]> listXattrs() {
    List<byte[]> names = new ArrayList<>();
    if (xattrs != null) {
      xattrs.keySet().forEach(k -> names.add(k.getBytes(StandardCharsets.ISO_8859_1)));
    }
    return names;
  }

  @Override
  public final void setXattr(byte[] name, byte[] value, int flags) {
    String key = xattrName(name);
    own();
    synchronized (this) {
      Map<String, byte[]> m = xattrs == null ? new TreeMap<>() : xattrs;
      if ((flags & XATTR_CREATE) != 0 && m.containsKey(key)) {
        throw Errno.EEXIST.exception();
      }
      if ((flags & XATTR_REPLACE) != 0 && !m.containsKey(key)) {
        throw Errno.ENODATA.exception();
      }
      m.put(key, value.clone());
      xattrs = m;
      ctime = fileSystem.vfs().now();
    }
  }

  @Override
  public final void removeXattr(byte[] name) {
    String key = xattrName(name);
    own();
    synchronized (this) {
      if (xattrs == null || xattrs.remove(key) == null) {
        throw Errno.ENODATA.exception();
      }
      ctime = fileSystem.vfs().now();
    }
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + " " + HexFormat.of().toHexDigits(ino);
  }
}
