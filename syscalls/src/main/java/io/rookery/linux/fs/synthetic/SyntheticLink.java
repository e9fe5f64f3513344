package io.rookery.linux.fs.synthetic;

import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileMode;

/** A symbolic link whose target may depend on who asks. */
public abstract class SyntheticLink extends SyntheticInode {
  protected SyntheticLink(SyntheticFileSystem fileSystem, long ino) {
    super(fileSystem, ino, FileMode.S_IFLNK | 0777);
  }

  @Override
  public abstract byte[] readLink(Task task);

  /** A link to a fixed place. */
  public static SyntheticLink of(SyntheticFileSystem fileSystem, byte[] target) {
    return new SyntheticLink(fileSystem, fileSystem.newIno()) {
      @Override
      public byte[] readLink(Task task) {
        return target.clone();
      }
    };
  }
}
