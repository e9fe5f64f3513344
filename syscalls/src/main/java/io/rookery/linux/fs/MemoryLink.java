package io.rookery.linux.fs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.host.HostNode;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.PageCache;
import io.rookery.linux.vfs.PageQuota;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A symbolic link. Its target never changes, so it is read once. */
final class MemoryLink extends MemoryInode {
  private static final int IN_INODE = 127; // longer targets take a page in tmpfs

  private volatile byte @Nullable [] target;
  private final boolean hasPage;

  MemoryLink(MemoryFileSystem fileSystem, byte[] target, int uid, int gid) {
    super(fileSystem, FileMode.S_IFLNK | 0777, uid, gid);
    this.target = target.clone();
    PageQuota quota = fileSystem.pageQuota();
    hasPage = quota != null && target.length > IN_INODE;
    if (hasPage && quota != null && !quota.take()) {
      super.freed();
      throw Errno.ENOSPC.exception();
    }
  }

  MemoryLink(
      MemoryFileSystem fileSystem, HostNode host, @Nullable MemoryDirectory foundIn, Name name) {
    super(fileSystem, host, foundIn, name);
    hasPage = false;
  }

  @Override
  void freed() {
    super.freed();
    PageQuota quota = fileSystem().pageQuota();
    if (hasPage && quota != null) {
      quota.give(1);
    }
  }

  @Override
  public byte[] readLink(Task task) {
    return target().clone();
  }

  private byte[] target() {
    byte[] t = target;
    HostNode h = host();
    if (t == null && h != null) {
      try {
        t = h.readLink();
      } catch (IOException e) {
        throw PageCache.failure(e);
      }
      target = t;
    }
    return t == null ? new byte[0] : t;
  }

  @Override
  public long size() {
    HostNode h = host();
    return h != null ? h.knownAttributes().size() : target().length;
  }

  @Override
  long blocks() {
    return hasPage ? PageCache.PAGE / 512 : 0;
  }
}
