package io.rookery.linux.vfs;

/**
 * What stat(2) tells of a file.
 *
 * @param dev the device number in the kernel's 64-bit encoding (makedev(3))
 * @param ino the inode number
 * @param mode type and permission bits, see {@link FileMode}
 * @param nlink the number of hard links
 * @param uid owner
 * @param gid group
 * @param rdev the device number of a device node
 * @param size bytes
 * @param blockSize preferred size of I/O
 * @param blocks 512-byte blocks allocated
 * @param atime last access
 * @param mtime last change of the content
 * @param ctime last change of the inode
 * @param btime creation
 */
public record Stat(
    long dev,
    long ino,
    int mode,
    long nlink,
    int uid,
    int gid,
    long rdev,
    long size,
    int blockSize,
    long blocks,
    Timespec atime,
    Timespec mtime,
    Timespec ctime,
    Timespec btime) {}
