package io.rookery.linux.fs;

import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.Vfs;
import java.nio.charset.StandardCharsets;

/** Makes a devtmpfs with the nodes that programs expect. */
public final class DeviceFileSystem {
  private static final int TTY_GROUP = 5;

  private DeviceFileSystem() {}

  /** A devtmpfs with its nodes, links and the directories that others are mounted on. */
  public static MemoryFileSystem create(Vfs vfs) {
    MemoryFileSystem fs = MemoryFileSystem.named(vfs, "devtmpfs", 0755);
    MemoryDirectory root = fs.root();
    node(root, "null", 0666, 0, 1, 3);
    node(root, "zero", 0666, 0, 1, 5);
    node(root, "full", 0666, 0, 1, 7);
    node(root, "random", 0666, 0, 1, 8);
    node(root, "urandom", 0666, 0, 1, 9);
    node(root, "tty", 0666, TTY_GROUP, 5, 0);
    node(root, "console", 0600, 0, 5, 1);
    link(root, "ptmx", "pts/ptmx");
    link(root, "fd", "/proc/self/fd");
    link(root, "stdin", "/proc/self/fd/0");
    link(root, "stdout", "/proc/self/fd/1");
    link(root, "stderr", "/proc/self/fd/2");
    link(root, "core", "/proc/kcore");
    for (String d : new String[] {"pts", "mqueue"}) {
      Inode made = root.mkdir(Name.of(d), 0755, 0, 0);
      assert made.isDirectory();
    }
    Inode shm = root.mkdir(Name.of("shm"), 01777, 0, 0);
    assert shm.isDirectory();
    return fs;
  }

  private static void node(
      MemoryDirectory d, String name, int mode, int gid, int major, int minor) {
    Inode made =
        d.create(Name.of(name), FileMode.S_IFCHR | mode, 0, gid, FileMode.device(major, minor));
    assert made.mode() == (FileMode.S_IFCHR | mode);
  }

  private static void link(MemoryDirectory d, String name, String target) {
    Inode made = d.symlink(Name.of(name), target.getBytes(StandardCharsets.US_ASCII), 0, 0);
    assert made.isSymlink();
  }
}
