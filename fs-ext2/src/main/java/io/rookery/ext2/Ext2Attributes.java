package io.rookery.ext2;

import java.time.Instant;

/**
 * What stat(2) says of an inode, at one moment.
 *
 * @param inode the inode's number
 * @param mode type and permission bits, as {@code st_mode}
 * @param uid owner, 32 bits
 * @param gid group, 32 bits
 * @param links number of directory entries that name it
 * @param size bytes
 * @param blocks512 space used, metadata included, in units of 512 bytes
 * @param rdev for device nodes the device number in Linux's 32-bit encoding (bits 8–19 major, 0–7
 *     and 20–31 minor), else 0
 * @param accessTime last access; whole seconds on volumes with 128-byte inodes
 * @param modifyTime last change of the contents
 * @param changeTime last change of the inode
 * @param birthTime creation; the epoch where the volume does not store it
 * @param flags the inode's flags as lsattr(1) shows them (FS_IOC_GETFLAGS)
 * @param generation number that tells reuses of the same inode number apart
 */
public record Ext2Attributes(
    long inode,
    int mode,
    int uid,
    int gid,
    int links,
    long size,
    long blocks512,
    int rdev,
    Instant accessTime,
    Instant modifyTime,
    Instant changeTime,
    Instant birthTime,
    int flags,
    int generation) {

  /** The type bits of {@link #mode}. */
  public FileType type() {
    return FileType.ofMode(mode);
  }
}
