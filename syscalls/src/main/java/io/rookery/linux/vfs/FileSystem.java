package io.rookery.linux.vfs;

import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A file system instance (a super block). Thread-safe.
 *
 * <p>Changes of its name space (create, unlink, rename…) happen under the write half of {@link
 * #namespaceLock}, lookups that fill the dentry cache under the read half. No guest memory is
 * touched and nothing waits for a guest while either is held.
 */
public abstract class FileSystem {
  private final long device;
  private final ReentrantReadWriteLock namespaceLock = new ReentrantReadWriteLock();
  private volatile boolean readOnly;
  private @Nullable Dentry rootDentry;

  protected FileSystem(long device, boolean readOnly) {
    this.device = device;
    this.readOnly = readOnly;
  }

  /** The type as /proc/mounts shows it. */
  public abstract String type();

  /** Its own mount options as /proc/mounts shows them, each with a comma in front. */
  public String options() {
    return "";
  }

  /** The root directory. */
  public abstract Inode root();

  /** Sizes for statfs(2). */
  public abstract StatFs statFs();

  /** Whether {@link #sync} would have something to write. */
  public boolean hasChanges() {
    return false;
  }

  /** Writes everything dirty back to where it is kept. */
  public void sync() {}

  /** Releases what it holds; afterwards no call may come. */
  public void close() {
    sync();
  }

  /** The number in st_dev. */
  public final long device() {
    return device;
  }

  public final boolean readOnly() {
    return readOnly;
  }

  public final void setReadOnly(boolean value) {
    readOnly = value;
  }

  /** The one dentry of the root, shared by all mounts of this file system. */
  final synchronized Dentry rootDentry() {
    Dentry d = rootDentry;
    if (d == null) {
      d = DentryCache.detached(null, Name.of("/"), root());
      rootDentry = d;
    }
    return d;
  }

  final ReentrantReadWriteLock namespaceLock() {
    return namespaceLock;
  }
}
