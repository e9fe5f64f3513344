package io.rookery.linux.fs.disk;

import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.RenameMode;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A directory of an ext2 volume. */
final class DiskDirectory extends DiskInode {
  private static final Name DOT = Name.of(".");
  private static final Name DOT_DOT = Name.of("..");

  DiskDirectory(DiskFileSystem fileSystem, Ext2Inode inode) {
    super(fileSystem, inode);
  }

  private interface Change {
    Ext2Inode run() throws IOException;
  }

  private DiskInode made(Change change) {
    try {
      return fileSystem().inodeOf(change.run());
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public @Nullable Inode lookup(Name name) {
    try {
      Ext2Inode found = volume().lookup(inode(), name.bytes());
      return found == null ? null : fileSystem().inodeOf(found);
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public List<DirEntry> list() {
    List<DirEntry> all = new ArrayList<>();
    try {
      long end =
          volume()
              .list(
                  inode(),
                  0,
                  (name, ino, type, next) -> {
                    Name n = Name.of(name, 0, name.length);
                    if (!n.equals(DOT) && !n.equals(DOT_DOT)) {
                      all.add(new DirEntry(n, ino, FileMode.directoryType(type.mode())));
                    }
                    return true;
                  });
      assert end >= 0;
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
    return all;
  }

  @Override
  public Inode create(Name name, int mode, int uid, int gid, long rdev) {
    return made(() -> volume().mknod(inode(), name.bytes(), mode, (int) rdev, uid, gid));
  }

  @Override
  public Inode createUnnamed(int mode, int uid, int gid) {
    if (stat().nlink() == 0) { // as Linux's ext4 driver, which ext2 is left to
      throw Errno.EPERM.exception();
    }
    DiskInode made = made(() -> volume().createUnnamed(inode(), mode, uid, gid));
    made.keepUntilOpened();
    return made;
  }

  @Override
  public Inode mkdir(Name name, int mode, int uid, int gid) {
    return made(() -> volume().mkdir(inode(), name.bytes(), mode, uid, gid));
  }

  @Override
  public Inode symlink(Name name, byte[] target, int uid, int gid) {
    return made(() -> volume().symlink(inode(), name.bytes(), target, uid, gid));
  }

  @Override
  public void link(Name name, Inode target) {
    try {
      volume().link(inode(), name.bytes(), ((DiskInode) target).inode());
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public void unlink(Name name, Inode victim) {
    try {
      volume().unlink(inode(), name.bytes());
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public void rmdir(Name name, Inode victim) {
    try {
      volume().rmdir(inode(), name.bytes());
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }

  @Override
  public void rename(
      Name name,
      Inode child,
      Inode newDirectory,
      Name newName,
      @Nullable Inode replaced,
      boolean exchange) {
    try {
      volume()
          .rename(
              inode(),
              name.bytes(),
              ((DiskInode) newDirectory).inode(),
              newName.bytes(),
              exchange ? RenameMode.EXCHANGE : RenameMode.REPLACE);
    } catch (IOException e) {
      throw DiskFileSystem.failure(e);
    }
  }
}
