package io.rookery.linux.fs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.host.HostFileSystem;
import io.rookery.linux.fs.proc.ProcFileSystem;
import io.rookery.linux.fs.proc.SysFileSystem;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.tty.Ptys;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Mount;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.VfsPath;
import org.jspecify.annotations.Nullable;

/** The tree that a booted Linux shows: a root file system with /dev, /proc, /sys and /dev/shm. */
public final class StandardTree {
  private static final int PLAIN = Mount.MS_NOSUID | Mount.MS_NODEV | Mount.MS_RELATIME;

  private final Kernel kernel;
  private final MountNamespace namespace;

  private StandardTree(Kernel kernel, MountNamespace namespace) {
    this.kernel = kernel;
    this.namespace = namespace;
  }

  /**
   * Mounts a root file system and what belongs into it. Missing mount points are made; on a
   * read-only root, and on a directory of the host, they are left out. The device drivers are
   * registered with the kernel's {@code Vfs}.
   *
   * @param source what /proc/mounts calls the root's device
   */
  public static MountNamespace create(Kernel kernel, FileSystem root, String source) {
    MemoryDevices.register(kernel.vfs(), kernel.random());
    int flags = Mount.MS_RELATIME | (root.readOnly() ? Mount.MS_RDONLY : 0);
    StandardTree t = new StandardTree(kernel, new MountNamespace(root, source, flags));
    t.mount("/proc", ProcFileSystem.create(kernel), "proc", PLAIN | Mount.MS_NOEXEC);
    t.mount("/sys", SysFileSystem.create(kernel), "sysfs", PLAIN | Mount.MS_NOEXEC);
    t.mount(
        "/dev",
        DeviceFileSystem.create(kernel.vfs()),
        "devtmpfs",
        Mount.MS_NOSUID | Mount.MS_RELATIME);
    t.mount(
        "/dev/pts",
        Ptys.of(kernel).fileSystem(),
        "devpts",
        Mount.MS_NOSUID | Mount.MS_NOEXEC | Mount.MS_RELATIME);
    t.mount("/dev/shm", MemoryFileSystem.tmpfs(kernel.vfs(), 01777), "tmpfs", PLAIN);
    return t.namespace;
  }

  /**
   * Mounts a file system at a path of a namespace, for hosts directories and the like; missing
   * directories are made, but not in directories of the host.
   *
   * @return the mount, or null when the mount point is missing and cannot be made
   */
  public static @Nullable Mount mountAt(
      Kernel kernel,
      MountNamespace namespace,
      String path,
      FileSystem fs,
      String source,
      int flags) {
    return new StandardTree(kernel, namespace).mount(path, fs, source, flags);
  }

  private @Nullable Mount mount(String path, FileSystem fs, String source, int flags) {
    VfsPath at = directory(path);
    return at == null ? null : namespace.mount(at, fs, source, flags);
  }

  /** Walks a path without following links, making what is missing. */
  private @Nullable VfsPath directory(String path) {
    VfsPath at = namespace.root().rootPath();
    for (String part : path.split("/", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      Name name = Name.of(part);
      VfsPath next = kernel.vfs().child(namespace, at, name);
      if (next == null) {
        if (at.mount().readOnly() || at.inode().fileSystem() instanceof HostFileSystem) {
          return null;
        }
        Inode made = at.inode().mkdir(name, 0755, 0, 0);
        assert made.isDirectory();
        next = kernel.vfs().child(namespace, at, name);
      }
      if (next == null || !next.inode().isDirectory()) {
        throw Errno.ENOTDIR.exception();
      }
      at = next;
    }
    return at;
  }
}
