package io.rookery.linux.vfs;

/** The bits of st_mode (inode(7)), and the types of directory entries (readdir(3)). */
public final class FileMode {
  public static final int S_IFMT = 0170000;
  public static final int S_IFSOCK = 0140000;
  public static final int S_IFLNK = 0120000;
  public static final int S_IFREG = 0100000;
  public static final int S_IFBLK = 0060000;
  public static final int S_IFDIR = 0040000;
  public static final int S_IFCHR = 0020000;
  public static final int S_IFIFO = 0010000;
  public static final int S_ISUID = 04000;
  public static final int S_ISGID = 02000;
  public static final int S_ISVTX = 01000;
  public static final int S_IXGRP = 00010;
  public static final int PERMISSIONS = 07777;

  private FileMode() {}

  public static boolean isDirectory(int mode) {
    return (mode & S_IFMT) == S_IFDIR;
  }

  public static boolean isRegular(int mode) {
    return (mode & S_IFMT) == S_IFREG;
  }

  public static boolean isSymlink(int mode) {
    return (mode & S_IFMT) == S_IFLNK;
  }

  public static boolean isDevice(int mode) {
    int type = mode & S_IFMT;
    return type == S_IFCHR || type == S_IFBLK;
  }

  /** The d_type of a directory entry for a file of this mode (IFTODT). */
  public static int directoryType(int mode) {
    return (mode & S_IFMT) >>> 12;
  }

  /** makedev(3) as the kernel shows it in st_dev and st_rdev. */
  public static long device(int major, int minor) {
    return (minor & 0xffL)
        | (major & 0xfffL) << 8
        | (minor & 0xffffff00L) << 12
        | (major & 0xfffff000L) << 32;
  }

  public static int major(long device) {
    return (int) ((device >>> 8 & 0xfff) | (device >>> 32 & 0xfffff000L));
  }

  public static int minor(long device) {
    return (int) ((device & 0xff) | (device >>> 12 & 0xffffff00L));
  }
}
