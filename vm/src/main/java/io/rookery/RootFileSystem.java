package io.rookery;

import io.rookery.linux.fs.DeviceFileSystem;
import io.rookery.linux.fs.MemoryDevices;
import io.rookery.linux.fs.MemoryFileSystem;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Mount;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The guest's root: the disk, and what is mounted on it. */
final class RootFileSystem implements AutoCloseable {
  private static final int MAX_FILE = 1 << 20;

  private final Vfs vfs;
  private final FileSystem root;
  private final MountNamespace namespace;

  private RootFileSystem(Vfs vfs, FileSystem root, MountNamespace namespace) {
    this.vfs = vfs;
    this.root = root;
    this.namespace = namespace;
  }

  static RootFileSystem open(Vfs vfs, Disk disk, List<VmBuilder.HostMount> mounts) {
    String name =
        switch (disk) {
          case Disk.Device d -> d.name();
          case Disk.HostDirectory d -> d.directory().toString();
        };
    try {
      FileSystem root =
          switch (disk) {
            case Disk.Device d -> throw new IOException("ext2 root: " + d);
            case Disk.HostDirectory d ->
                MemoryFileSystem.overHost(vfs, d.directory(), !d.writable());
          };
      MountNamespace namespace = new MountNamespace(root, "/dev/root", 0);
      return new RootFileSystem(vfs, root, namespace);
    } catch (IOException e) {
      throw new DiskException("disk " + name + ": " + e.getMessage(), e);
    }
  }

  /** Mounts /dev, /proc and what else every Linux has. */
  void mountKernelFileSystems(Kernel kernel) {
    MemoryDevices.register(vfs, kernel.random());
    mount("dev", DeviceFileSystem.create(vfs), "udev");
  }

  private void mount(String path, FileSystem fs, String source) {
    VfsPath at = vfs.find(namespace, path);
    if (at != null) {
      Mount mount = namespace.mount(at, fs, source, 0);
      assert mount.fileSystem() == fs;
    }
  }

  FsContext newContext() {
    return new FsContext(namespace);
  }

  private @Nullable Inode inode(String path) {
    VfsPath found = vfs.find(namespace, path);
    return found == null ? null : found.inode();
  }

  boolean isDirectory(String path) {
    Inode inode = inode(path);
    return inode != null && inode.isDirectory();
  }

  /** The first MiB of a file of the disk, or null if there is none. */
  byte @Nullable [] read(String path) {
    Inode inode = inode(path);
    if (inode == null || !inode.isRegular()) {
      return null;
    }
    byte[] bytes = new byte[(int) Math.min(inode.size(), MAX_FILE)];
    int n = inode.read(0, bytes, 0, bytes.length);
    return java.util.Arrays.copyOf(bytes, n);
  }

  @Override
  public void close() {
    root.close();
  }
}
