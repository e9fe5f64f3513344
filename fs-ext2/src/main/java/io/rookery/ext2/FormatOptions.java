package io.rookery.ext2;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

/**
 * What {@link Ext2#format} makes. Immutable; start from {@link #defaults()}. With the same size,
 * options, UUID and time the result is the same byte for byte.
 *
 * @param blockSize 1024 to 65536, a power of two; 0: 1024 under 64 MiB, else 4096
 * @param inodeSize 128 or 256 (nanosecond times, attributes inside the inode)
 * @param bytesPerInode one inode for this many bytes; 0: 4096 under 64 MiB, else 16384
 * @param inodes the number of inodes (rounded up); 0: from {@code bytesPerInode}
 * @param label volume name, at most 16 bytes of UTF-8
 * @param uuid the volume's identity
 * @param reservedPercent share of the blocks kept for the super-user, 0 to 50
 * @param resizeInode reserve room for growing the volume later
 * @param time creation time written into superblock and inodes
 */
public record FormatOptions(
    int blockSize,
    int inodeSize,
    int bytesPerInode,
    long inodes,
    String label,
    UUID uuid,
    int reservedPercent,
    boolean resizeInode,
    Instant time) {

  public FormatOptions {
    if (blockSize != 0
        && (blockSize < 1024 || blockSize > 65536 || Integer.bitCount(blockSize) != 1)) {
      throw new IllegalArgumentException("blockSize " + blockSize + " is no power of two 1–64 KiB");
    }
    if (inodeSize != 128 && inodeSize != 256) {
      throw new IllegalArgumentException("inodeSize " + inodeSize + " is neither 128 nor 256");
    }
    if (bytesPerInode != 0 && bytesPerInode < 1024) {
      throw new IllegalArgumentException("bytesPerInode " + bytesPerInode + " is under 1024");
    }
    if (inodes < 0) {
      throw new IllegalArgumentException("inodes " + inodes + " is negative");
    }
    if (label.getBytes(StandardCharsets.UTF_8).length > 16) {
      throw new IllegalArgumentException("label is longer than 16 bytes: " + label);
    }
    if (reservedPercent < 0 || reservedPercent > 50) {
      throw new IllegalArgumentException("reservedPercent " + reservedPercent + " is not 0–50");
    }
  }

  /** What {@code mke2fs -t ext2} would choose, but 4 KiB blocks from 64 MiB on. */
  public static FormatOptions defaults() {
    return new FormatOptions(0, 256, 0, 0, "", UUID.randomUUID(), 5, true, Instant.now());
  }

  public FormatOptions withBlockSize(int bytes) {
    return new FormatOptions(
        bytes, inodeSize, bytesPerInode, inodes, label, uuid, reservedPercent, resizeInode, time);
  }

  public FormatOptions withInodeSize(int bytes) {
    return new FormatOptions(
        blockSize, bytes, bytesPerInode, inodes, label, uuid, reservedPercent, resizeInode, time);
  }

  public FormatOptions withBytesPerInode(int bytes) {
    return new FormatOptions(
        blockSize, inodeSize, bytes, inodes, label, uuid, reservedPercent, resizeInode, time);
  }

  public FormatOptions withInodes(long count) {
    return new FormatOptions(
        blockSize,
        inodeSize,
        bytesPerInode,
        count,
        label,
        uuid,
        reservedPercent,
        resizeInode,
        time);
  }

  public FormatOptions withLabel(String name) {
    return new FormatOptions(
        blockSize,
        inodeSize,
        bytesPerInode,
        inodes,
        name,
        uuid,
        reservedPercent,
        resizeInode,
        time);
  }

  public FormatOptions withUuid(UUID id) {
    return new FormatOptions(
        blockSize, inodeSize, bytesPerInode, inodes, label, id, reservedPercent, resizeInode, time);
  }

  public FormatOptions withReservedPercent(int percent) {
    return new FormatOptions(
        blockSize, inodeSize, bytesPerInode, inodes, label, uuid, percent, resizeInode, time);
  }

  public FormatOptions withResizeInode(boolean on) {
    return new FormatOptions(
        blockSize, inodeSize, bytesPerInode, inodes, label, uuid, reservedPercent, on, time);
  }

  public FormatOptions withTime(Instant instant) {
    return new FormatOptions(
        blockSize,
        inodeSize,
        bytesPerInode,
        inodes,
        label,
        uuid,
        reservedPercent,
        resizeInode,
        instant);
  }
}
