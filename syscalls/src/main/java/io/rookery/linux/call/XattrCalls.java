package io.rookery.linux.call;

import static io.rookery.linux.vfs.OpenFlags.AT_FDCWD;
import static io.rookery.linux.vfs.OpenFlags.AT_SYMLINK_NOFOLLOW;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Stat;
import io.rookery.linux.vfs.Subject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Extended attributes (xattr(7)). */
public final class XattrCalls {
  private static final int NAME_MAX = 255;
  private static final int SIZE_MAX = 65536;
  private static final int FLAGS = 3;

  /** Which of the three spellings of a call finds the file how. */
  private interface Finder {
    StatCalls.Target find(Task t, long file);
  }

  private XattrCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    String[] prefixes = {"", "l", "f"};
    Finder[] finders = {XattrCalls::followed, XattrCalls::link, XattrCalls::descriptor};
    for (int i = 0; i < prefixes.length; i++) {
      String p = prefixes[i];
      Finder w = finders[i];
      String file = i == 2 ? "fd" : "path*";
      t.row(
          188 + i,
          p + "setxattr",
          (k, a, n, v, s, fl, f) -> set(k, w.find(k, a), n, v, s, fl),
          file + ", name*, value*, size, flags");
      t.row(
          191 + i,
          p + "getxattr",
          (k, a, n, v, s, e, f) -> get(k, w.find(k, a).inode(), n, v, s),
          file + ", name*, value*, size");
      t.row(
          194 + i,
          p + "listxattr",
          (k, a, b, s, d, e, f) -> list(k, w.find(k, a).inode(), b, s),
          file + ", list*, size");
      t.row(
          197 + i,
          p + "removexattr",
          (k, a, n, c, d, e, f) -> remove(k, w.find(k, a), n),
          file + ", name*");
    }
  }

  private static StatCalls.Target followed(Task t, long path) {
    return StatCalls.find(t, AT_FDCWD, UserIo.path(t, path), 0);
  }

  private static StatCalls.Target link(Task t, long path) {
    return StatCalls.find(t, AT_FDCWD, UserIo.path(t, path), AT_SYMLINK_NOFOLLOW);
  }

  private static StatCalls.Target descriptor(Task t, long fd) {
    FileDescription d = t.files().getForIo((int) fd);
    return new StatCalls.Target(d.inode(), d.path());
  }

  private static byte[] name(Task t, long address) {
    try {
      byte[] name = t.memory().cString(address, NAME_MAX + 1);
      if (name.length == 0) {
        throw Errno.ERANGE.exception();
      }
      return name;
    } catch (ErrnoException e) {
      throw e.errno() == Errno.ENAMETOOLONG ? Errno.ERANGE.exception() : e;
    }
  }

  /** The permission rules of xattr(7) by name space. */
  private static void check(Task t, Inode inode, byte[] name, boolean write) {
    String text = new String(name, StandardCharsets.ISO_8859_1);
    Subject s = Subject.of(t.credentials());
    if (text.startsWith("trusted.")) {
      if (!s.capable(Capability.SYS_ADMIN)) {
        throw (write ? Errno.EPERM : Errno.ENODATA).exception();
      }
    } else if (text.startsWith("user.")) {
      Stat st = inode.stat();
      int type = st.mode() & FileMode.S_IFMT;
      if (type != FileMode.S_IFREG && type != FileMode.S_IFDIR) {
        throw (write ? Errno.EPERM : Errno.ENODATA).exception();
      }
      boolean sticky = type == FileMode.S_IFDIR && (st.mode() & FileMode.S_ISVTX) != 0;
      if (write && sticky && !s.ownerOf(st)) {
        throw Errno.EPERM.exception();
      }
      s.check(inode, write ? Subject.WRITE : Subject.READ);
    } else if (text.startsWith("security.")) {
      if (write && !s.capable(Capability.SYS_ADMIN)) {
        throw Errno.EPERM.exception();
      }
    } else {
      throw Errno.EOPNOTSUPP.exception();
    }
    if (text.indexOf('.') == text.length() - 1) { // a name space alone
      throw Errno.EINVAL.exception();
    }
  }

  private static void checkMount(StatCalls.Target target) {
    boolean readOnly =
        target.path() != null
            ? target.path().mount().readOnly()
            : target.inode().fileSystem().readOnly();
    if (readOnly) {
      throw Errno.EROFS.exception();
    }
  }

  private static long set(
      Task t, StatCalls.Target target, long name, long value, long size, long flags) {
    if (((int) flags & ~FLAGS) != 0) {
      throw Errno.EINVAL.exception();
    }
    byte[] key = name(t, name);
    if (size < 0 || size > SIZE_MAX) {
      throw Errno.E2BIG.exception();
    }
    byte[] data = t.memory().read(value, (int) size);
    checkMount(target);
    check(t, target.inode(), key, true);
    target.inode().setXattr(key, data, (int) flags);
    return 0;
  }

  private static long get(Task t, Inode inode, long name, long value, long size) {
    byte[] key = name(t, name);
    check(t, inode, key, false);
    return copyOut(t, inode.getXattr(key), value, size);
  }

  private static long copyOut(Task t, byte[] data, long address, long size) {
    if (size != 0) {
      if (data.length > size && size > 0) {
        throw Errno.ERANGE.exception();
      }
      t.memory().write(address, data);
    }
    return data.length;
  }

  private static long list(Task t, Inode inode, long address, long size) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    boolean admin = t.credentials().capable(Capability.SYS_ADMIN);
    byte[] trusted = "trusted.".getBytes(StandardCharsets.US_ASCII);
    for (byte[] n : inode.listXattrs()) {
      boolean hidden =
          n.length >= trusted.length
              && Arrays.equals(n, 0, trusted.length, trusted, 0, trusted.length);
      if (admin || !hidden) {
        all.writeBytes(n);
        all.write(0);
      }
    }
    return copyOut(t, all.toByteArray(), address, size);
  }

  private static long remove(Task t, StatCalls.Target target, long name) {
    byte[] key = name(t, name);
    checkMount(target);
    check(t, target.inode(), key, true);
    target.inode().removeXattr(key);
    return 0;
  }
}
