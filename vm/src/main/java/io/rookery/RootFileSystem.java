package io.rookery;

import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.OverlayChain;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.fs.MemoryFileSystem;
import io.rookery.linux.fs.StandardTree;
import io.rookery.linux.fs.disk.DiskFileSystem;
import io.rookery.linux.fs.host.HostFileSystem;
import io.rookery.linux.fs.host.HostIds;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Mount;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The guest's tree: the disk, /dev, /proc and their kin, and the host directories mounted on it.
 */
final class RootFileSystem implements AutoCloseable {
  private static final int MAX_FILE = 1 << 20;
  private static final int S_IFREG = 0100000;
  private static final int PLAIN_FILE = Mount.MS_NOSUID | Mount.MS_NODEV | Mount.MS_RELATIME;

  private final Vfs vfs;
  private final MountNamespace namespace;
  private final List<AutoCloseable> resources;

  private RootFileSystem(Vfs vfs, MountNamespace namespace, List<AutoCloseable> resources) {
    this.vfs = vfs;
    this.namespace = namespace;
    this.resources = resources;
  }

  /** Opens the disk and mounts everything; on failure nothing stays open. */
  static RootFileSystem open(Kernel kernel, Disk disk, List<VmBuilder.HostMount> mounts) {
    List<AutoCloseable> resources = new ArrayList<>();
    String name = "";
    try {
      FileSystem root;
      String source;
      // No switch: linking one over types takes a cold JVM about as long as all the rest here.
      if (disk instanceof Disk.Device d) {
        name = "disk " + d.name();
        Disk.Opened opened = d.opener().open();
        resources.addAll(opened.below());
        resources.addFirst(opened.device());
        root =
            new DiskFileSystem(
                kernel.vfs(),
                Ext2FileSystem.open(opened.device(), MountOptions.readWrite().withDiscard(true)));
        source = "/dev/root";
      } else {
        Disk.HostDirectory d = (Disk.HostDirectory) disk;
        name = "directory " + d.directory();
        root =
            d.writable()
                ? HostFileSystem.open(kernel.vfs(), d.directory(), HostIds.SAME)
                : MemoryFileSystem.overHost(kernel.vfs(), d.directory(), false);
        source = "host";
      }
      resources.addFirst(root::close);
      MountNamespace namespace = StandardTree.create(kernel, root, source);
      for (VmBuilder.HostMount mount : mounts) {
        name = "mount " + mount.host() + " on " + mount.guest();
        resources.addFirst(mount(kernel, namespace, mount)::close);
      }
      return new RootFileSystem(kernel.vfs(), namespace, resources);
    } catch (IOException | ErrnoException e) {
      closeAll(resources, e);
      String reason = e instanceof ErrnoException errno ? errno.errno().name() : e.getMessage();
      throw new DiskException(name + ": " + reason, e);
    }
  }

  private static HostIds ids(VmBuilder.HostMount mount) {
    return new HostIds() {
      @Override
      public int guestUser(int host) {
        return mount.users().guestOf(host);
      }

      @Override
      public int guestGroup(int host) {
        return mount.groups().guestOf(host);
      }

      @Override
      public int hostUser(int guest) {
        return mount.users().hostOf(guest);
      }

      @Override
      public int hostGroup(int guest) {
        return mount.groups().hostOf(guest);
      }
    };
  }

  private static FileSystem mount(
      Kernel kernel, MountNamespace namespace, VmBuilder.HostMount mount) throws IOException {
    FileSystem fs =
        mount.writable()
            ? HostFileSystem.open(kernel.vfs(), mount.host(), ids(mount))
            : MemoryFileSystem.overHost(kernel.vfs(), mount.host(), true);
    if (StandardTree.mountAt(kernel, namespace, mount.guest(), fs, mount.host().toString(), 0)
        == null) {
      fs.close();
      throw new IOException("the mount point does not exist and cannot be made there");
    }
    return fs;
  }

  /**
   * Shows a file in place of the guest's own, which stays as it is. Where there is none it is made,
   * except in a directory of the host.
   */
  void cover(Kernel kernel, String directory, String name, byte[] content) {
    VfsPath parent = vfs.find(namespace, directory);
    if (parent == null || !parent.inode().isDirectory()) {
      return;
    }
    VfsPath at = vfs.child(namespace, parent, Name.of(name));
    if (at == null) {
      if (parent.mount().readOnly() || parent.inode().fileSystem() instanceof HostFileSystem) {
        return;
      }
      parent.inode().create(Name.of(name), S_IFREG | 0644, 0, 0, 0);
      at = vfs.child(namespace, parent, Name.of(name));
    }
    MountNamespace memory =
        new MountNamespace(MemoryFileSystem.tmpfs(kernel.vfs(), 0755), "tmpfs", PLAIN_FILE);
    VfsPath top = memory.root().rootPath();
    Inode file = top.inode().create(Name.of(name), S_IFREG | 0644, 0, 0, 0);
    file.write(0, content, 0, content.length);
    VfsPath made = vfs.child(memory, top, Name.of(name));
    if (at != null && made != null) {
      namespace.bind(made, at);
    }
  }

  /** Freezes the disk's topmost overlay and goes on in a new one. */
  void snapshot(Path next) {
    OverlayChain chain = null;
    for (AutoCloseable resource : resources) {
      chain = resource instanceof OverlayChain found ? found : chain;
    }
    FileSystem root = namespace.root().rootPath().inode().fileSystem();
    if (chain == null || !(root instanceof DiskFileSystem disk)) {
      throw new IllegalStateException("the disk has no overlay file");
    }
    try {
      OverlayChain frozen = chain;
      disk.sync(() -> frozen.snapshot(next));
    } catch (IOException e) {
      throw new DiskException("snapshot " + next + ": " + e.getMessage(), e);
    }
  }

  /** Makes a directory and those above it, where they are missing. */
  void makeDirectories(String path) {
    VfsPath at = namespace.root().rootPath();
    for (String name : path.substring(1).split("/", -1)) {
      VfsPath next = vfs.child(namespace, at, Name.of(name));
      if (next == null) {
        writable(at).mkdir(Name.of(name), 0755, 0, 0);
        next = vfs.child(namespace, at, Name.of(name));
      }
      if (next == null) {
        throw new VmException("the guest's " + path + " cannot be made");
      }
      at = next;
    }
  }

  /** Writes to the end of a file of a directory, made if there is none. */
  void append(String directory, String name, byte[] content) {
    VfsPath parent = directory(directory);
    VfsPath at = vfs.child(namespace, parent, Name.of(name));
    Inode file =
        at == null ? writable(parent).create(Name.of(name), S_IFREG | 0644, 0, 0, 0) : writable(at);
    file.opened();
    try {
      file.append(content, 0, content.length);
    } finally {
      file.closed();
    }
  }

  /** Makes a symbolic link; false if there is something of that name already. */
  boolean symlink(String directory, String name, String target) {
    VfsPath parent = directory(directory);
    if (vfs.child(namespace, parent, Name.of(name)) != null) {
      return false;
    }
    writable(parent).symlink(Name.of(name), target.getBytes(StandardCharsets.UTF_8), 0, 0);
    return true;
  }

  private VfsPath directory(String path) {
    VfsPath found = vfs.find(namespace, path);
    if (found == null || !found.inode().isDirectory()) {
      throw new VmException("the guest's " + path + " is no directory");
    }
    return found;
  }

  private static Inode writable(VfsPath at) {
    if (at.mount().readOnly() || at.inode().fileSystem() instanceof HostFileSystem) {
      throw new VmException("the guest's root is not for the VM to change");
    }
    return at.inode();
  }

  MountNamespace namespace() {
    return namespace;
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

  /** The first MiB of a file, or null if there is none; symbolic links are not followed. */
  byte @Nullable [] read(String path) {
    Inode inode = inode(path);
    if (inode == null || !inode.isRegular()) {
      return null;
    }
    inode.opened();
    try {
      byte[] bytes = new byte[(int) Math.min(inode.size(), MAX_FILE)];
      int n = inode.read(0, bytes, 0, bytes.length);
      return Arrays.copyOf(bytes, n);
    } finally {
      inode.closed();
    }
  }

  private static void closeAll(List<AutoCloseable> resources, Exception cause) {
    for (AutoCloseable resource : resources) {
      try {
        resource.close();
      } catch (Exception e) {
        cause.addSuppressed(e);
      }
    }
  }

  /** Writes everything back and closes the disk; all parts are closed even if one fails. */
  @Override
  public void close() {
    DiskException failure = new DiskException("the disk was not written back", null);
    closeAll(resources, failure);
    if (failure.getSuppressed().length > 0) {
      throw failure;
    }
  }
}
