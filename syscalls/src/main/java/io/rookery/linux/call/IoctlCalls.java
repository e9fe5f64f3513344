package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.OpenFlags;

/** ioctl(2): what every file has; the rest goes to the description. */
public final class IoctlCalls {
  private static final int FIONBIO = 0x5421;
  private static final int FIONCLEX = 0x5450;
  private static final int FIOCLEX = 0x5451;
  private static final int FIOASYNC = 0x5452;
  private static final int FIOQSIZE = 0x5460;
  private static final int FIONREAD = 0x541B;
  private static final int FIGETBSZ = 2;

  private IoctlCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(16, "ioctl", IoctlCalls::ioctl, "fd, flags, ptr");
  }

  static long ioctl(Task t, long fd, long request, long argument, long d, long e, long f) {
    FileDescription file = t.files().getForIo((int) fd);
    switch ((int) request) {
      case FIOCLEX -> t.files().setCloseOnExec((int) fd, true);
      case FIONCLEX -> t.files().setCloseOnExec((int) fd, false);
      case FIONBIO -> toggle(file, OpenFlags.O_NONBLOCK, t.memory().getInt(argument) != 0);
      case FIOASYNC -> setAsynchronous(file, t.memory().getInt(argument) != 0);
      case FIOQSIZE -> {
        Inode inode = file.inode();
        if (!inode.isRegular() && !inode.isDirectory()) {
          throw Errno.ENOTTY.exception();
        }
        t.memory().putLong(argument, inode.stat().blocks() * 512);
      }
      case FIGETBSZ -> t.memory().putInt(argument, file.inode().stat().blockSize());
      case FIONREAD -> {
        if (!file.inode().isRegular()) {
          return file.ioctl(t, (int) request, argument);
        }
        long left = file.inode().size() - file.seek(0, 1);
        t.memory().putInt(argument, (int) left);
      }
      default -> {
        return file.ioctl(t, (int) request, argument);
      }
    }
    return 0;
  }

  private static void setAsynchronous(FileDescription file, boolean on) {
    boolean changes = on != ((file.flags() & OpenFlags.O_ASYNC) != 0);
    if (changes && (file.inode().isRegular() || file.inode().isDirectory())) {
      throw Errno.ENOTTY.exception();
    }
    toggle(file, OpenFlags.O_ASYNC, on);
  }

  private static void toggle(FileDescription file, int flag, boolean on) {
    file.setFlags(on ? file.flags() | flag : file.flags() & ~flag);
  }
}
