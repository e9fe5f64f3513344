package io.rookery.linux.fs.host;

import com.google.common.collect.MapMaker;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
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
 * A host directory that the guest reads and writes in place.
 *
 * <p>Nothing outside of it is reached: the guest's path walk resolves links itself, each component
 * is looked up on the host without following links, and while an operation uses a host path no
 * guest can rename or replace a component of it. A path whose directory turns out to be a link
 * (another process changed the tree) is refused with ESTALE. New files get the guest's owner where
 * the host allows that, else the JVM's.
 */
public final class HostFileSystem extends FileSystem {
  private static final long EXT_SUPER_MAGIC = 0xEF53;

  private record HostId(long dev, long ino) {}

  private final Vfs vfs;
  private final Path rootPath;
  private final ConcurrentMap<HostId, HostInode> inodes = new MapMaker().weakValues().makeMap();
  private final ReentrantReadWriteLock tree = new ReentrantReadWriteLock();
  private final HostDirectory root;

  private HostFileSystem(Vfs vfs, Path rootPath, HostAttributes attributes) {
    super(vfs.newDevice(), false);
    this.vfs = vfs;
    this.rootPath = rootPath;
    this.root = new HostDirectory(this, null, Name.of("/"), attributes);
    inodes.put(new HostId(attributes.dev(), attributes.ino()), root);
  }

  /** Opens a directory of the host. */
  public static HostFileSystem open(Vfs vfs, Path directory) throws IOException {
    Path real = directory.toRealPath();
    HostAttributes a = HostAttributes.read(real);
    if (!FileMode.isDirectory(a.mode())) {
      throw new NotDirectoryException(directory.toString());
    }
    return new HostFileSystem(vfs, real, a);
  }

  Vfs vfs() {
    return vfs;
  }

  Path rootPath() {
    return rootPath;
  }

  ReentrantReadWriteLock tree() {
    return tree;
  }

  /** The one inode of a host file, which has been found in a directory. */
  HostInode inodeOf(HostDirectory parent, Name name, HostAttributes a) {
    HostId id = new HostId(a.dev(), a.ino());
    HostInode known = inodes.get(id);
    if (known != null && known.sameType(a.mode())) {
      known.foundAt(parent, name, a);
      return known;
    }
    HostInode fresh =
        FileMode.isDirectory(a.mode())
            ? new HostDirectory(this, parent, name, a)
            : new HostInode(this, parent, name, a);
    inodes.put(id, fresh);
    return fresh;
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
      i.writeBack();
    }
  }
}
