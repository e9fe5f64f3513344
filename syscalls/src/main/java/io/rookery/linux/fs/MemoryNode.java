package io.rookery.linux.fs;

import io.rookery.linux.fs.host.HostNode;
import io.rookery.linux.vfs.Name;
import org.jspecify.annotations.Nullable;

/** A device node, FIFO or socket: a name for a kernel object. */
final class MemoryNode extends MemoryInode {
  private final long rdev;

  MemoryNode(MemoryFileSystem fileSystem, int mode, int uid, int gid, long rdev) {
    super(fileSystem, mode, uid, gid);
    this.rdev = rdev;
  }

  MemoryNode(
      MemoryFileSystem fileSystem, HostNode host, @Nullable MemoryDirectory foundIn, Name name) {
    super(fileSystem, host, foundIn, name);
    this.rdev = host.knownAttributes().rdev();
  }

  @Override
  long rdev() {
    return rdev;
  }

  @Override
  public long size() {
    return 0;
  }

  @Override
  long blocks() {
    return 0;
  }
}
