package io.rookery.ext2.nio;

import io.rookery.ext2.Ext2Attributes;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.FileType;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.GroupPrincipal;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A file's attributes: what is read at once, and the view that reads and sets them. */
final class Views {
  /** In the order of the mode's bits, the highest first. */
  private static final List<PosixFilePermission> PERMISSIONS =
      List.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE,
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.GROUP_EXECUTE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE);

  private static final int HIGHEST = 0400;
  private static final int PERMISSION_BITS = 0777;

  private Views() {}

  static int toMode(Set<PosixFilePermission> permissions) {
    int mode = 0;
    for (PosixFilePermission permission : permissions) {
      mode |= HIGHEST >> PERMISSIONS.indexOf(permission);
    }
    return mode;
  }

  private static Set<PosixFilePermission> toPermissions(int mode) {
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (PosixFilePermission permission : PERMISSIONS) {
      if ((mode & HIGHEST >> PERMISSIONS.indexOf(permission)) != 0) {
        permissions.add(permission);
      }
    }
    return permissions;
  }

  /** The attributes of one moment. */
  record Attributes(Ext2Attributes stat) implements PosixFileAttributes {
    @Override
    public FileTime lastModifiedTime() {
      return FileTime.from(stat.modifyTime());
    }

    @Override
    public FileTime lastAccessTime() {
      return FileTime.from(stat.accessTime());
    }

    @Override
    public FileTime creationTime() {
      return FileTime.from(stat.birthTime());
    }

    @Override
    public boolean isRegularFile() {
      return stat.type() == FileType.REGULAR;
    }

    @Override
    public boolean isDirectory() {
      return stat.type() == FileType.DIRECTORY;
    }

    @Override
    public boolean isSymbolicLink() {
      return stat.type() == FileType.SYMLINK;
    }

    @Override
    public boolean isOther() {
      return !isRegularFile() && !isDirectory() && !isSymbolicLink();
    }

    @Override
    public long size() {
      return stat.size();
    }

    @Override
    public Object fileKey() {
      return stat.inode();
    }

    @Override
    public UserPrincipal owner() {
      return new Principal.User(stat.uid());
    }

    @Override
    public GroupPrincipal group() {
      return new Principal.Group(stat.gid());
    }

    @Override
    public Set<PosixFilePermission> permissions() {
      return toPermissions(stat.mode());
    }
  }

  /** The view called posix, of which basic and owner are parts. */
  record Posix(String name, ImagePath path, boolean follow) implements PosixFileAttributeView {
    /** Something done to the file. */
    private interface Change {
      void run(Ext2Inode file) throws IOException;
    }

    private void change(Change change) throws IOException {
      ImageFileSystem fileSystem = path.getFileSystem();
      fileSystem.<@Nullable Void>call(
          path,
          () -> {
            change.run(fileSystem.resolver().file(path, follow));
            return null;
          });
    }

    @Override
    public Attributes readAttributes() throws IOException {
      ImageFileSystem fileSystem = path.getFileSystem();
      return fileSystem.call(
          path, () -> new Attributes(fileSystem.resolver().file(path, follow).attributes()));
    }

    /** A time of creation cannot be set, as on Linux. */
    @Override
    public void setTimes(
        @Nullable FileTime modified, @Nullable FileTime accessed, @Nullable FileTime created)
        throws IOException {
      if (modified == null && accessed == null) {
        return;
      }
      change(
          file ->
              path.getFileSystem()
                  .files()
                  .setTimes(
                      file,
                      accessed == null ? null : accessed.toInstant(),
                      modified == null ? null : modified.toInstant()));
    }

    @Override
    public void setPermissions(Set<PosixFilePermission> permissions) throws IOException {
      int mode = toMode(permissions);
      change(
          file ->
              path.getFileSystem().files().setMode(file, file.mode() & ~PERMISSION_BITS | mode));
    }

    @Override
    public UserPrincipal getOwner() throws IOException {
      return readAttributes().owner();
    }

    @Override
    public void setOwner(UserPrincipal owner) throws IOException {
      int uid = Principal.id(owner);
      change(file -> path.getFileSystem().files().setOwner(file, uid, -1));
    }

    @Override
    public void setGroup(GroupPrincipal group) throws IOException {
      int gid = Principal.id(group);
      change(file -> path.getFileSystem().files().setOwner(file, -1, gid));
    }

    void setMode(int mode) throws IOException {
      change(file -> path.getFileSystem().files().setMode(file, mode));
    }

    void setIds(int uid, int gid) throws IOException {
      change(file -> path.getFileSystem().files().setOwner(file, uid, gid));
    }
  }
}
