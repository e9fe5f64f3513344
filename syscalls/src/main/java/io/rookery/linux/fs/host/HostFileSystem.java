package io.rookery.linux.fs.host;

import com.google.common.collect.MapMaker;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.StatFs;
import io.rookery.linux.vfs.Vfs;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A host directory that the guest reads and writes in place, with the rights of the JVM's user. New
 * files get the guest's owner, translated by {@link HostIds}, where the host allows that, else the
 * JVM's. Files whose owner is nobody in the guest belong to 65534 there and cannot be changed, not
 * by root either.
 *
 * <p>Nothing outside of it is reached: the guest's path walk resolves links itself, and before each
 * use of a host path every component is looked at on the host without following links and must be
 * the directory (device and inode number) that the guest came by; else the use fails with ENOENT.
 * While a host path is in use no guest can rename or replace a component of it, and contents are
 * opened without paths ({@link HostWalk}). What remains, for names and attributes, is a race with
 * <em>other</em> processes, another VM on the same directory among them: one that replaces a
 * directory by a link between the check and the use, microseconds later, can lead that one use
 * outside, because the JDK has no openat2(2) and its {@code SecureDirectoryStream} can neither make
 * directories and links nor read them. Directories that hostile processes of the host can write to
 * should not be shared writable.
 *
 * <p>Not possible from Java, and refused: fifos, sockets and device nodes cannot be made (EPERM),
 * times of special files cannot be set (EPERM), files cannot be exchanged (EINVAL) or made without
 * a name (EOPNOTSUPP). Special files that exist on the host are shown but never opened there. Link
 * targets lose doubled and trailing slashes. RENAME_NOREPLACE is atomic among guests only. Extended
 * attributes are not shown. Hosts other than UNIX are untested.
 */
public final class HostFileSystem extends FileSystem {
  private static final long EXT_SUPER_MAGIC = 0xEF53;

  private record HostId(long dev, long ino) {}

  private final Vfs vfs;
  private final Path rootPath;
  private final HostIds ids;
  private final ConcurrentMap<HostId, HostInode> inodes = new MapMaker().weakValues().makeMap();
  private final ReentrantReadWriteLock tree = new ReentrantReadWriteLock();
  private final HostDirectory root;

  private HostFileSystem(Vfs vfs, Path rootPath, HostAttributes attributes, HostIds ids) {
    super(vfs.newDevice(), false);
    this.vfs = vfs;
    this.ids = ids;
    this.rootPath = rootPath;
    this.root = new HostDirectory(this, null, Name.of("/"), attributes);
    inodes.put(id(attributes), root);
  }

  /**
   * Opens a directory of the host. If it is itself a link, its target is taken, now and for good.
   *
   * @throws IOException if it is not a directory or cannot be read
   */
  public static HostFileSystem open(Vfs vfs, Path directory, HostIds ids) throws IOException {
    Path real = directory.toRealPath();
    HostAttributes a = HostAttributes.read(real);
    if (!FileMode.isDirectory(a.mode())) {
      throw new NotDirectoryException(directory.toString());
    }
    return new HostFileSystem(vfs, real, a, ids);
  }

  Vfs vfs() {
    return vfs;
  }

  Path rootPath() {
    return rootPath;
  }

  HostIds ids() {
    return ids;
  }

  ReentrantReadWriteLock tree() {
    return tree;
  }

  /** The host's user for a guest's; EOVERFLOW if there is none. */
  int hostUser(int guest) {
    return required(ids.hostUser(guest));
  }

  /** The host's group for a guest's; EOVERFLOW if there is none. */
  int hostGroup(int guest) {
    return required(ids.hostGroup(guest));
  }

  private static int required(int id) {
    if (id == HostIds.NONE) {
      throw Errno.EOVERFLOW.exception();
    }
    return id;
  }

  /** A change of attributes with the host's owners in place of the guest's. */
  AttributeChange onHost(AttributeChange c) {
    return new AttributeChange(
        c.mode(),
        c.uid() == null ? null : (Integer) hostUser(c.uid()),
        c.gid() == null ? null : (Integer) hostGroup(c.gid()),
        c.atime(),
        c.mtime());
  }

  /** The inode number to show for a host file: unique over the host file systems below. */
  long inoOf(HostAttributes a) {
    long rootDevice = root.knownAttributes().dev();
    return a.dev() == rootDevice ? a.ino() : a.ino() ^ (a.dev() * 0x9E37_79B9L) << 24;
  }

  private static HostId id(HostAttributes a) {
    return new HostId(a.dev(), a.ino());
  }

  /** The one inode of a host file, which has been found in a directory. */
  HostInode inodeOf(HostDirectory parent, Name name, HostAttributes a) {
    HostInode known = inodes.get(id(a));
    if (known == null
        || !known.sameFile(a)
        || (known instanceof HostDirectory && isCopy(known, parent, name))) {
      return newInode(parent, name, a);
    }
    known.foundAt(parent, name, a);
    return known;
  }

  /** A directory of the host can be at two places (bind mounts), and even below itself. */
  private static boolean isCopy(HostInode known, HostDirectory parent, Name name) {
    return !new HostInode.Place(parent, name).equals(known.place())
        && (parent.isIn(known) || known.stillThere());
  }

  /** The inode of a file that is new, or is seen for the first time. */
  HostInode newInode(HostDirectory parent, Name name, HostAttributes a) {
    HostInode fresh =
        switch (a.mode() & FileMode.S_IFMT) {
          case FileMode.S_IFDIR -> new HostDirectory(this, parent, name, a);
          case FileMode.S_IFREG -> new HostFile(this, parent, name, a);
          default -> new HostInode(this, parent, name, a);
        };
    inodes.put(id(a), fresh);
    return fresh;
  }

  /** The file is no more: the host gives its inode number to others. */
  void forget(HostInode inode, HostAttributes a) {
    inodes.remove(id(a), inode);
  }

  /** The errno for a failure of the host. */
  static ErrnoException failure(IOException e) {
    Errno errno =
        switch (e) {
          case NoSuchFileException x -> Errno.ENOENT;
          case FileAlreadyExistsException x -> Errno.EEXIST;
          case DirectoryNotEmptyException x -> Errno.ENOTEMPTY;
          case AccessDeniedException x -> Errno.EACCES;
          case NotDirectoryException x -> Errno.ENOTDIR;
          case FileSystemException x -> byText(x.getReason());
          default -> byText(e.getMessage());
        };
    return errno.exception();
  }

  private static Errno byText(@Nullable String text) {
    if (text != null) {
      for (Errno e : Errno.values()) {
        if (text.contains(e.description())) {
          return e;
        }
      }
    }
    return Errno.EIO;
  }

  @Override
  public String type() {
    return "hostfs";
  }

  @Override
  public HostDirectory root() {
    return root;
  }

  @Override
  public StatFs statFs() {
    try {
      FileStore s = Files.getFileStore(rootPath);
      long block = 4096;
      return new StatFs(
          EXT_SUPER_MAGIC,
          block,
          s.getTotalSpace() / block,
          s.getUnallocatedSpace() / block,
          s.getUsableSpace() / block,
          1 << 20,
          1 << 19,
          device(),
          Name.MAX);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public void sync() {
    for (HostInode i : inodes.values()) {
      if (i instanceof HostFile f) {
        f.writeBack();
      }
    }
  }

  @Override
  public void close() {
    IOException failure = null;
    for (HostInode i : inodes.values()) {
      try {
        if (i instanceof HostFile f) {
          f.release();
        }
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure(failure);
    }
  }
}
