package io.rookery.linux.fs.host;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Timespec;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Changes of the attributes of host files, with the rights of the JVM's user. */
final class HostChanges {
  private static final FileAttribute<?>[] NONE = {};

  private HostChanges() {}

  /** Applies a change to a file that has just been found at a path. */
  static void apply(Path path, HostAttributes now, AttributeChange c) throws IOException {
    int type = now.mode() & FileMode.S_IFMT;
    if (!HostAttributes.UNIX && (c.uid() != null || c.gid() != null || c.mode() != null)) {
      throw Errno.EPERM.exception();
    }
    if (c.uid() != null && c.uid() != now.uid()) {
      Files.setAttribute(path, "unix:uid", c.uid(), LinkOption.NOFOLLOW_LINKS);
    }
    if (c.gid() != null && c.gid() != now.gid()) {
      Files.setAttribute(path, "unix:gid", c.gid(), LinkOption.NOFOLLOW_LINKS);
    }
    if (c.mode() != null) {
      if (type == FileMode.S_IFLNK) {
        throw Errno.EOPNOTSUPP.exception();
      }
      setMode(path, type, c.mode());
    }
    if (c.atime() != null || c.mtime() != null) {
      if (type != FileMode.S_IFREG && type != FileMode.S_IFDIR && type != FileMode.S_IFLNK) {
        throw Errno.EPERM.exception(); // the JDK would open the fifo or device
      }
      Files.getFileAttributeView(path, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
          .setTimes(fileTime(c.mtime()), fileTime(c.atime()), null);
    }
  }

  /**
   * Without following links the JDK opens the file for reading, which a fifo does not return from
   * and an unreadable file refuses.
   */
  private static void setMode(Path path, int type, int mode) throws IOException {
    if (type == FileMode.S_IFREG || type == FileMode.S_IFDIR) {
      try {
        Files.setAttribute(path, "unix:mode", mode, LinkOption.NOFOLLOW_LINKS);
        return;
      } catch (AccessDeniedException e) {
        // Unreadable: by its path.
      }
    }
    Files.setAttribute(path, "unix:mode", mode);
  }

  private static @Nullable FileTime fileTime(@Nullable Timespec t) {
    return t == null ? null : FileTime.from(t.toInstant());
  }

  /** Gives a new file the guest's owner and mode, as far as the host lets the JVM's user. */
  static void own(Path path, int mode, int uid, int gid) throws IOException {
    if (!HostAttributes.UNIX) {
      return;
    }
    HostAttributes a = HostAttributes.read(path);
    tryTo(path, a, AttributeChange.owner(null, gid, null));
    tryTo(path, a, AttributeChange.owner(uid, null, null));
    if (!FileMode.isSymlink(mode)) {
      tryTo(path, a, AttributeChange.mode(mode & FileMode.PERMISSIONS));
    }
  }

  private static boolean tryTo(Path path, HostAttributes now, AttributeChange change)
      throws IOException {
    try {
      apply(path, now, change);
      return true;
    } catch (AccessDeniedException e) {
      throw e;
    } catch (FileSystemException e) {
      return false; // EPERM: not root, or a host file system without owners or modes
    }
  }

  /** The permissions that a file is to be made with; the JVM's umask takes some of them away. */
  static FileAttribute<?>[] permissions(int mode) {
    if (!HostAttributes.UNIX) {
      return NONE;
    }
    StringBuilder text = new StringBuilder(9);
    for (int bit = 0; bit < 9; bit++) {
      text.append((mode & 0400 >>> bit) == 0 ? '-' : "rwxrwxrwx".charAt(bit));
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text.toString()))
    };
  }
}
