package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.KernelClock;
import io.rookery.linux.kernel.Task;
import io.rookery.mmu.MemoryPool;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The virtual file system of one VM: dentry cache, device drivers, path resolution. Opening is in
 * {@link FileOpener}, changes of names in {@link NameOperations}. Thread-safe.
 */
public final class Vfs {
  private final KernelClock clock;
  private final PageCaches caches;
  private final WriteBack writeBack;
  private final DentryCache dentries = new DentryCache();
  private final DeviceRegistry devices = new DeviceRegistry();
  private final Map<Class<?>, Object> singletons = new ConcurrentHashMap<>();
  private final AtomicInteger nextMinor = new AtomicInteger(1);
  private final AnonymousFileSystem pipes;
  private final AnonymousFileSystem sockets;
  private final AnonymousFileSystem anonymous;
  private final FileOpener opener;
  private final NameOperations names;
  private final AttributeOperations attributes = new AttributeOperations();

  public Vfs(KernelClock clock, MemoryPool memory) {
    this.clock = clock;
    this.caches = new PageCaches(memory);
    this.writeBack = new WriteBack(clock);
    pipes = new AnonymousFileSystem("pipefs", 0x50495045, newDevice());
    sockets = new AnonymousFileSystem("sockfs", 0x534F434B, newDevice());
    anonymous = new AnonymousFileSystem("anon_inodefs", 0x09041934, newDevice());
    opener = new FileOpener(this);
    names = new NameOperations(this);
  }

  public KernelClock clock() {
    return clock;
  }

  /** The page caches of all files. */
  public PageCaches caches() {
    return caches;
  }

  /** What writes file systems back now and then. */
  public WriteBack writeBack() {
    return writeBack;
  }

  public DeviceRegistry devices() {
    return devices;
  }

  DentryCache dentries() {
    return dentries;
  }

  /** The file system of pipe inodes. */
  public AnonymousFileSystem pipes() {
    return pipes;
  }

  /** The file system of socket inodes. */
  public AnonymousFileSystem sockets() {
    return sockets;
  }

  /** The file system of the inodes of eventfd, epoll and their kin. */
  public AnonymousFileSystem anonymous() {
    return anonymous;
  }

  /** create, mkdir, unlink, rename… */
  public NameOperations names() {
    return names;
  }

  /** chmod, chown, utimensat… */
  public AttributeOperations attributes() {
    return attributes;
  }

  /** A child as the kernel itself finds it, without permission checks; null if there is none. */
  public @Nullable VfsPath child(MountNamespace namespace, VfsPath directory, Name name) {
    Dentry d = dentries.child(directory.dentry(), name);
    return d == null ? null : namespace.enter(new VfsPath(directory.mount(), d));
  }

  /** A place for a file that never had a name in a directory. */
  public VfsPath deletedPlace(Inode inode, Name name) {
    Dentry root = DentryCache.detached(null, Name.of("/"), inode);
    Dentry dentry = DentryCache.detached(root, name, inode);
    dentry.markDeleted();
    return new VfsPath(new Mount(0, null, inode.fileSystem(), root, "none", 0), dentry);
  }

  /** Where a description leads that is opened again through /proc/PID/fd. */
  public VfsPath placeOf(FileDescription d) {
    VfsPath p = d.path();
    if (p != null) {
      return p;
    }
    Dentry dentry = DentryCache.detached(null, Name.of(d.label()), d.inode());
    return new VfsPath(new Mount(0, null, d.inode().fileSystem(), dentry, "none", 0), dentry);
  }

  /** The one object of a type that this VM's file layers share, made on first use. */
  public <T> T singleton(Class<T> type, Supplier<T> factory) {
    return type.cast(singletons.computeIfAbsent(type, k -> factory.get()));
  }

  /** A device number for a file system without a device. */
  public long newDevice() {
    return FileMode.device(0, nextMinor.getAndIncrement());
  }

  /** The current time for inode times. */
  public Timespec now() {
    long nanos = clock.realtimeNanos();
    return new Timespec(
        Math.floorDiv(nanos, 1_000_000_000L), (int) Math.floorMod(nanos, 1_000_000_000L));
  }

  /** Where a relative path starts. */
  public VfsPath base(Task task, int dirfd) {
    if (dirfd == OpenFlags.AT_FDCWD) {
      return task.fs().cwd();
    }
    VfsPath p = task.files().get(dirfd).path();
    if (p == null) {
      throw Errno.ENOTDIR.exception();
    }
    return p;
  }

  private VfsPath baseFor(Task task, int dirfd, byte[] path) {
    return path.length > 0 && path[0] == '/' ? task.fs().root() : base(task, dirfd);
  }

  /** Resolves a path; a symbolic link at its end is followed if asked to. */
  public VfsPath resolve(Task task, int dirfd, byte[] path, boolean follow) {
    return resolve(task, Subject.of(task.credentials()), dirfd, path, follow);
  }

  /** As above, with other rights (access(2)). */
  public VfsPath resolve(Task task, Subject subject, int dirfd, byte[] path, boolean follow) {
    return resolve(task, new PathWalk(this, task, subject), dirfd, path, follow);
  }

  VfsPath resolve(Task task, PathWalk walk, int dirfd, byte[] path, boolean follow) {
    if (path.length == 0) {
      throw Errno.ENOENT.exception();
    }
    return walk.resolve(baseFor(task, dirfd, path), path, follow);
  }

  /** Resolves a UTF-8 path from the working directory, following links. */
  public VfsPath resolve(Task task, String path) {
    return resolve(task, OpenFlags.AT_FDCWD, path.getBytes(StandardCharsets.UTF_8), true);
  }

  /**
   * Finds a place for the host: no process, no permission checks, no symbolic links followed.
   *
   * @param path names separated by slashes, from the root of the namespace
   * @return null where there is none
   */
  public @Nullable VfsPath find(MountNamespace namespace, String path) {
    VfsPath at = namespace.root().rootPath();
    for (String part : path.split("/", -1)) {
      if (part.isEmpty()) {
        continue;
      }
      VfsPath next = at.inode().isDirectory() ? child(namespace, at, Name.of(part)) : null;
      if (next == null) {
        return null;
      }
      at = next;
    }
    return at;
  }

  PathWalk.Parent parent(PathWalk walk, Task task, int dirfd, byte[] path) {
    if (path.length == 0) {
      throw Errno.ENOENT.exception();
    }
    return walk.parent(baseFor(task, dirfd, path), path);
  }

  /**
   * open(2) and its kin.
   *
   * @param flags O_ flags
   * @param mode permission bits of a new file, before the umask
   */
  public FileDescription open(Task task, int dirfd, byte[] path, int flags, int mode) {
    return opener.open(task, dirfd, path, flags, mode, 0);
  }

  /** openat2(2); {@code resolve} holds RESOLVE_ bits. */
  public FileDescription open(Task task, int dirfd, byte[] path, int flags, int mode, int resolve) {
    return opener.open(task, dirfd, path, flags, mode, resolve);
  }

  /**
   * Opens a program or its interpreter for reading: execute permission is needed, ENOEXEC and the
   * like are the loader's business. The caller releases the description.
   *
   * @param flags AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH are honoured
   */
  public FileDescription openForExec(Task task, int dirfd, byte[] path, int flags) {
    return opener.openForExec(task, dirfd, path, flags);
  }

  /** The description of a place that may be opened this way. */
  public FileDescription openPath(Task task, VfsPath path, int flags) {
    return opener.openFound(task, path, flags);
  }

  /**
   * The path of a place as seen from a root: what getcwd(2) and /proc show. " (deleted)" is added
   * for removed names, and "(unreachable)" before what lies outside the root.
   */
  public static byte[] pathOf(VfsPath place, VfsPath root) {
    Deque<Name> names = new ArrayDeque<>();
    VfsPath p = place;
    boolean reachable = true;
    while (!p.equals(root)) {
      if (p.dentry() == p.mount().root()) {
        VfsPath at = p.mount().at();
        if (at == null) {
          reachable = p.mount().id() == 0; // a file without a place in any tree
          break;
        }
        p = at;
        continue;
      }
      Dentry up = p.dentry().parent();
      names.addFirst(p.dentry().name());
      if (up == null) {
        reachable = false;
        break;
      }
      p = new VfsPath(p.mount(), up);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(64);
    if (!reachable) {
      out.writeBytes(UNREACHABLE);
    }
    for (Name n : names) {
      out.write('/');
      out.writeBytes(n.bytes());
    }
    if (names.isEmpty()) {
      out.write('/');
    }
    if (place.dentry().deleted()) {
      out.writeBytes(DELETED);
    }
    return out.toByteArray();
  }

  private static final byte[] UNREACHABLE = "(unreachable)".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] DELETED = " (deleted)".getBytes(StandardCharsets.US_ASCII);

  /** Lets go of cached names that nobody uses. */
  public void shrink() {
    dentries.shrink();
  }
}
