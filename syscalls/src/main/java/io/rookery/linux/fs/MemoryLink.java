package io.rookery.linux.fs;

import io.rookery.linux.fs.host.HostNode;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.PageCache;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A symbolic link. Its target never changes, so it is read once. */
final class MemoryLink extends MemoryInode {
  private volatile byte @Nullable [] target;

  MemoryLink(MemoryFileSystem fileSystem, byte[] target, int uid, int gid) {
    super(fileSystem, FileMode.S_IFLNK | 0777, uid, gid);
    this.target = target.clone();
  }

  MemoryLink(
      MemoryFileSystem fileSystem, HostNode host, @Nullable MemoryDirectory foundIn, Name name) {
    super(fileSystem, host, foundIn, name);
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
    return 0;
  }
}
