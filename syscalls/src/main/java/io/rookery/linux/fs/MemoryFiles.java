package io.rookery.linux.fs;

import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.RegularFile;
import io.rookery.linux.vfs.Sealable;
import io.rookery.linux.vfs.Vfs;

/** Files in memory without a name: memfd_create(2) and shared anonymous memory. */
public final class MemoryFiles {
  private record Store(MemoryFileSystem fileSystem) {}

  private MemoryFiles() {}

  private static MemoryFileSystem store(Vfs vfs) {
    return vfs.singleton(
            Store.class, () -> new Store(MemoryFileSystem.tmpfs(vfs, TmpfsOptions.UNLIMITED)))
        .fileSystem();
  }

  /** A new file, open for reading and writing, shown as {@code /memfd:name (deleted)}. */
  public static FileDescription create(Task task, byte[] name, boolean sealable) {
    Vfs vfs = task.kernel().vfs();
    MemoryFile inode =
        (MemoryFile)
            store(vfs)
                .root()
                .createUnnamed(0100777, task.credentials().fsuid(), task.credentials().fsgid());
    inode.setSeals(sealable ? 0 : Sealable.F_SEAL_SEAL);
    byte[] label = new byte[6 + name.length];
    System.arraycopy(new byte[] {'m', 'e', 'm', 'f', 'd', ':'}, 0, label, 0, 6);
    System.arraycopy(name, 0, label, 6, name.length);
    return new RegularFile(
        vfs.deletedPlace(inode, Name.of(label, 0, label.length)),
        OpenFlags.O_RDWR | OpenFlags.O_LARGEFILE);
  }
}
