package io.rookery.linux.fs;

import com.google.common.collect.MapMaker;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.host.HostAttributes;
import io.rookery.linux.fs.host.HostChannels;
import io.rookery.linux.fs.host.HostNode;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.PageCache;
import io.rookery.linux.vfs.PageQuota;
import io.rookery.linux.vfs.StatFs;
import io.rookery.linux.vfs.Vfs;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory: tmpfs, and with a host directory below it an overlay whose changes stay
 * in memory. What has not been changed is read from the host; the host is never written to.
 *
 * <p>An inode of the host becomes a lasting object when it is changed: it is then entered in its
 * directory, which is entered in its own, up to the root. Until then it is cached weakly.
 */
public final class MemoryFileSystem extends FileSystem {
  private static final long TMPFS_MAGIC = 0x01021994;
  private static final long MAX_INODES = 1 << 20;
  private static final long FIRST_OWN_INO_OVER_HOST =
      3L << 30; // 32 bits: more is EOVERFLOW for old programs

  private record HostId(long dev, long ino) {
    // By hand: making what records do themselves takes a JVM 15 ms of its start.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof HostId id && id.dev == dev && id.ino == ino;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(dev) * 31 + Long.hashCode(ino);
    }
  }

  private final Vfs vfs;
  private final String type;
  private final AtomicLong nextIno;
  private final AtomicLong inodes = new AtomicLong();
  private final @Nullable PageQuota pages; // none over a host directory
  private final TmpfsOptions made;
  private volatile long inodeLimit; // 0 for none but MAX_INODES
  private final ConcurrentMap<HostId, MemoryInode> fromHost = new MapMaker().weakValues().makeMap();
  private final Map<HostId, MemoryInode> changedLinks = new ConcurrentHashMap<>();
  private final @Nullable HostChannels channels;
  private final long rootDevice;
  private final MemoryDirectory root;

  private MemoryFileSystem(
      Vfs vfs,
      String type,
      boolean readOnly,
      @Nullable HostNode host,
      @Nullable HostChannels channels,
      TmpfsOptions options) {
    super(vfs.newDevice(), readOnly);
    this.vfs = vfs;
    this.type = type;
    this.made = options;
    this.pages =
        host == null ? new PageQuota(options.pages() >= 0 ? options.pages() : half(vfs)) : null;
    this.inodeLimit = options.inodes() >= 0 ? options.inodes() : half(vfs);
    this.channels = channels;
    this.nextIno = new AtomicLong(host == null ? 1 : FIRST_OWN_INO_OVER_HOST);
    if (host == null) {
      rootDevice = 0;
      int mode = options.mode() == TmpfsOptions.UNSET ? 01777 : options.mode();
      root = new MemoryDirectory(this, FileMode.S_IFDIR | mode, options.uid(), options.gid());
    } else {
      rootDevice = host.knownAttributes().dev();
      root = new MemoryDirectory(this, host, null, Name.of("/"));
      fromHost.put(id(host), root);
    }
  }

  /** What tmpfs takes for its limits where none is given: half of the pages of the machine. */
  private static long half(Vfs vfs) {
    return vfs.caches().limitBytes() / PageCache.PAGE / 2;
  }

  /** An empty tmpfs whose root has these permissions. */
  public static MemoryFileSystem tmpfs(Vfs vfs, int rootMode) {
    return tmpfs(vfs, TmpfsOptions.ofMode(rootMode));
  }

  /** An empty tmpfs. */
  public static MemoryFileSystem tmpfs(Vfs vfs, TmpfsOptions options) {
    return new MemoryFileSystem(vfs, "tmpfs", false, null, null, options);
  }

  /** An empty ramfs: a tmpfs without limits. */
  public static MemoryFileSystem ramfs(Vfs vfs, int rootMode) {
    return new MemoryFileSystem(
        vfs, "ramfs", false, null, null, new TmpfsOptions(0, 0, rootMode, 0, 0));
  }

  /** An empty file system of another name that keeps its nodes in memory (devtmpfs). */
  static MemoryFileSystem named(Vfs vfs, String type, int rootMode) {
    return new MemoryFileSystem(vfs, type, false, null, null, TmpfsOptions.ofMode(rootMode));
  }

  /** A host directory, read-only or with changes kept in memory. */
  public static MemoryFileSystem overHost(Vfs vfs, Path directory, boolean readOnly)
      throws IOException {
    HostChannels channels = new HostChannels();
    HostNode host = HostNode.root(channels, directory);
    if (!FileMode.isDirectory(host.knownAttributes().mode())) {
      throw new java.nio.file.NotDirectoryException(directory.toString());
    }
    return new MemoryFileSystem(vfs, "overlay", readOnly, host, channels, TmpfsOptions.UNLIMITED);
  }

  Vfs vfs() {
    return vfs;
  }

  /** Whether it lies over a host directory. */
  boolean overHost() {
    return channels != null;
  }

  /** The limit of the content, null where the host is below. */
  @Nullable PageQuota pageQuota() {
    return pages;
  }

  private long maxInodes() {
    long limit = inodeLimit;
    return limit == 0 ? MAX_INODES : Math.min(limit, MAX_INODES);
  }

  long newIno() {
    linkMade();
    return nextIno.getAndIncrement();
  }

  /** Counts an inode, or a further name of one, as tmpfs does. */
  void linkMade() {
    if (inodes.incrementAndGet() > maxInodes()) {
      inodes.decrementAndGet();
      throw Errno.ENOSPC.exception();
    }
  }

  /**
   * Changes the limits that are given (MS_REMOUNT).
   *
   * @throws io.rookery.linux.errno.ErrnoException EINVAL where more is in use, or there was no
   *     limit
   */
  public synchronized void setLimits(TmpfsOptions options) {
    if (pages == null) {
      return;
    }
    checkLimit(options.pages(), pages.limit(), pages.used());
    checkLimit(options.inodes(), inodeLimit, inodes.get());
    if (options.pages() >= 0) {
      pages.setLimit(options.pages());
    }
    if (options.inodes() >= 0) {
      inodeLimit = options.inodes();
    }
  }

  private static void checkLimit(long wanted, long limit, long used) {
    if (wanted > 0 && (limit == 0 || used > wanted)) {
      throw Errno.EINVAL.exception();
    }
  }

  void inodeFreed() {
    inodes.decrementAndGet();
  }

  /** The inode number to show for a host file: unique over the host file systems below. */
  long inoOf(HostAttributes a) {
    return a.dev() == rootDevice ? a.ino() : a.ino() ^ (a.dev() * 0x9E37_79B9L) << 24;
  }

  private static HostId id(HostNode node) {
    return new HostId(node.knownAttributes().dev(), node.knownAttributes().ino());
  }

  /** The one inode of a host file, first seen under this name. */
  MemoryInode inodeOf(HostNode node, MemoryDirectory directory, Name name) {
    HostId id = id(node);
    MemoryInode known = fromHost.get(id);
    HostNode knownNode = known == null ? null : known.host();
    if (known != null && knownNode != null && knownNode.is(node)) {
      return known;
    }
    MemoryInode fresh =
        switch (node.knownAttributes().mode() & FileMode.S_IFMT) {
          case FileMode.S_IFDIR -> new MemoryDirectory(this, node, directory, name);
          case FileMode.S_IFREG -> new MemoryFile(this, node, directory, name);
          case FileMode.S_IFLNK -> new MemoryLink(this, node, directory, name);
          default -> new MemoryNode(this, node, directory, name);
        };
    fromHost.put(id, fresh);
    return fresh;
  }

  /** A changed host file with several names is kept, whichever of them is removed. */
  void keepLinks(HostNode node, MemoryInode inode) {
    changedLinks.put(id(node), inode);
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public MemoryDirectory root() {
    return root;
  }

  @Override
  public StatFs statFs() {
    if (pages != null) {
      long free = Math.max(0, pages.limit() - pages.used());
      long names = inodeLimit;
      return new StatFs(
          TMPFS_MAGIC,
          PageCache.PAGE,
          pages.limit(),
          free,
          free,
          names,
          Math.max(0, names - inodes.get()),
          device(),
          Name.MAX);
    }
    long limit = vfs.caches().limitBytes() / 4096;
    long free = Math.max(0, limit - vfs.caches().usedBytes() / 4096);
    return new StatFs(
        TMPFS_MAGIC,
        4096,
        limit,
        free,
        free,
        MAX_INODES,
        MAX_INODES - inodes.get(),
        device(),
        Name.MAX);
  }

  @Override
  public String options() {
    if (pages == null || !type.equals("tmpfs")) {
      return "";
    }
    StringBuilder text = new StringBuilder();
    if (pages.limit() != half(vfs)) {
      text.append(",size=").append(pages.limit() * (PageCache.PAGE / 1024)).append('k');
    }
    if (inodeLimit != half(vfs)) {
      text.append(",nr_inodes=").append(inodeLimit);
    }
    if (made.mode() != TmpfsOptions.UNSET && made.mode() != 01777) {
      text.append(String.format(Locale.ROOT, ",mode=%03o", made.mode()));
    }
    if (made.uid() != 0) {
      text.append(",uid=").append(made.uid());
    }
    if (made.gid() != 0) {
      text.append(",gid=").append(made.gid());
    }
    return text.toString();
  }

  @Override
  public void close() {
    if (channels != null) {
      channels.close();
    }
  }
}
