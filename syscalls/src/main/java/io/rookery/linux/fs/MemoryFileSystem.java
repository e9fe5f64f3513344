package io.rookery.linux.fs;

import com.google.common.collect.MapMaker;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.host.HostAttributes;
import io.rookery.linux.fs.host.HostChannels;
import io.rookery.linux.fs.host.HostNode;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.StatFs;
import io.rookery.linux.vfs.Vfs;
import java.io.IOException;
import java.nio.file.Path;
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

  private record HostId(long dev, long ino) {}

  private final Vfs vfs;
  private final String type;
  private final AtomicLong nextIno;
  private final AtomicLong inodes = new AtomicLong();
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
      int rootMode) {
    super(vfs.newDevice(), readOnly);
    this.vfs = vfs;
    this.type = type;
    this.channels = channels;
    this.nextIno = new AtomicLong(host == null ? 1 : FIRST_OWN_INO_OVER_HOST);
    if (host == null) {
      rootDevice = 0;
      root = new MemoryDirectory(this, FileMode.S_IFDIR | rootMode, 0, 0);
    } else {
      rootDevice = host.knownAttributes().dev();
      root = new MemoryDirectory(this, host, null, Name.of("/"));
      fromHost.put(id(host), root);
    }
  }

  /** An empty tmpfs whose root has these permissions. */
  public static MemoryFileSystem tmpfs(Vfs vfs, int rootMode) {
    return new MemoryFileSystem(vfs, "tmpfs", false, null, null, rootMode);
  }

  /** An empty file system of another name that keeps its nodes in memory (devtmpfs). */
  static MemoryFileSystem named(Vfs vfs, String type, int rootMode) {
    return new MemoryFileSystem(vfs, type, false, null, null, rootMode);
  }

  /** A host directory, read-only or with changes kept in memory. */
  public static MemoryFileSystem overHost(Vfs vfs, Path directory, boolean readOnly)
      throws IOException {
    HostChannels channels = new HostChannels();
    HostNode host = HostNode.root(channels, directory);
    if (!FileMode.isDirectory(host.knownAttributes().mode())) {
      throw new java.nio.file.NotDirectoryException(directory.toString());
    }
    return new MemoryFileSystem(vfs, "overlay", readOnly, host, channels, 0);
  }

  Vfs vfs() {
    return vfs;
  }

  /** Whether it lies over a host directory. */
  boolean overHost() {
    return channels != null;
  }

  long newIno() {
    if (inodes.incrementAndGet() > MAX_INODES) {
      inodes.decrementAndGet();
      throw Errno.ENOSPC.exception();
    }
    return nextIno.getAndIncrement();
  }

  /** A file without a name, which is not counted, got one. */
  void inodeNamed() {
    inodes.incrementAndGet();
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
  public void close() {
    if (channels != null) {
      channels.close();
    }
  }
}
