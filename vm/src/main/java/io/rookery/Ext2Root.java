package io.rookery;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Vfs;
import java.io.IOException;

/** An ext2 file system as a guest's root. */
final class Ext2Root {
  private Ext2Root() {}

  static FileSystem open(Vfs vfs, BlockDevice device) throws IOException {
    throw new IOException("ext2 is not joined yet: " + vfs + device);
  }
}
