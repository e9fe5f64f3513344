package io.rookery.linux.vfs;

import org.jspecify.annotations.Nullable;

/** A file system, or a part of one, at a place in the tree. */
public final class Mount {
  /** Flags of mount(2). */
  public static final int MS_RDONLY = 1;

  public static final int MS_NOSUID = 2;
  public static final int MS_NODEV = 4;
  public static final int MS_NOEXEC = 8;
  public static final int MS_REMOUNT = 32;
  public static final int MS_NOATIME = 1024;
  public static final int MS_BIND = 4096;
  public static final int MS_MOVE = 8192;
  public static final int MS_REC = 16384;
  public static final int MS_RELATIME = 1 << 21;

  private final int id;
  private volatile @Nullable VfsPath at;
  private final FileSystem fileSystem;
  private final Dentry root;
  private final String source;
  private volatile int flags;

  Mount(
      int id, @Nullable VfsPath at, FileSystem fileSystem, Dentry root, String source, int flags) {
    this.id = id;
    this.at = at;
    this.fileSystem = fileSystem;
    this.root = root;
    this.source = source;
    this.flags = flags;
  }

  public int id() {
    return id;
  }

  /** Where it is mounted; null for the root mount, and after umount(2). */
  public @Nullable VfsPath at() {
    return at;
  }

  void detach() {
    at = null;
  }

  public FileSystem fileSystem() {
    return fileSystem;
  }

  public Dentry root() {
    return root;
  }

  /** The first field of /proc/mounts. */
  public String source() {
    return source;
  }

  public int flags() {
    return flags;
  }

  void setFlags(int flags) {
    this.flags = flags;
  }

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  public boolean readOnly() {
    return has(MS_RDONLY) || fileSystem.readOnly();
  }

  public VfsPath rootPath() {
    return new VfsPath(this, root);
  }
}
