package io.rookery.linux.vfs;

/** Root, working directory and umask of a process (shared by CLONE_FS). Thread-safe. */
public final class FsContext {
  private final MountNamespace namespace;
  private volatile VfsPath root;
  private volatile VfsPath cwd;
  private volatile int umask;

  public FsContext(MountNamespace namespace) {
    this(namespace, namespace.root().rootPath(), namespace.root().rootPath(), 022);
  }

  private FsContext(MountNamespace namespace, VfsPath root, VfsPath cwd, int umask) {
    this.namespace = namespace;
    this.root = root;
    this.cwd = cwd;
    this.umask = umask;
  }

  /** An independent copy, for fork and unshare(CLONE_FS). */
  public FsContext copy() {
    return new FsContext(namespace, root, cwd, umask);
  }

  public MountNamespace namespace() {
    return namespace;
  }

  public VfsPath root() {
    return root;
  }

  public void setRoot(VfsPath root) {
    this.root = root;
  }

  public VfsPath cwd() {
    return cwd;
  }

  public void setCwd(VfsPath cwd) {
    this.cwd = cwd;
  }

  public int umask() {
    return umask;
  }

  /** Sets the umask and returns the old one. */
  public synchronized int setUmask(int umask) {
    int old = this.umask;
    this.umask = umask & 0777;
    return old;
  }
}
