package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.SuperblockLayout.FREE_BLOCKS_COUNT_HIGH;
import static io.rookery.ext2.layout.SuperblockLayout.RESERVED_BLOCKS_COUNT_HIGH;

import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;

/** The superblock's changing fields. Thread-safe. */
final class Superblock {
  private final byte[] raw;
  private boolean dirty;

  Superblock(byte[] raw) {
    this.raw = raw;
  }

  byte[] raw() {
    return raw;
  }

  UUID uuid() {
    ByteBuffer bytes = ByteBuffer.wrap(raw, SuperblockLayout.UUID, 16);
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  String label() {
    int end = SuperblockLayout.VOLUME_NAME;
    while (end < SuperblockLayout.VOLUME_NAME + 16 && raw[end] != 0) {
      end++;
    }
    return new String(
        raw,
        SuperblockLayout.VOLUME_NAME,
        end - SuperblockLayout.VOLUME_NAME,
        StandardCharsets.UTF_8);
  }

  long reservedBlocks() {
    return counted(SuperblockLayout.RESERVED_BLOCKS_COUNT, RESERVED_BLOCKS_COUNT_HIGH);
  }

  /** A count of blocks, which has an upper half on volumes with the 64bit feature. */
  private long counted(int field, int high) {
    return u32(raw, field) | (isWide() ? u32(raw, high) << 32 : 0);
  }

  private boolean isWide() {
    return Feature.BITS_64.in(i32(raw, SuperblockLayout.FEATURES_INCOMPAT));
  }

  synchronized boolean isClean() {
    return (u16(raw, SuperblockLayout.STATE)
            & (SuperblockLayout.STATE_CLEAN | SuperblockLayout.STATE_ERRORS))
        == SuperblockLayout.STATE_CLEAN;
  }

  synchronized void setClean(boolean clean) {
    int state = u16(raw, SuperblockLayout.STATE) & ~SuperblockLayout.STATE_CLEAN;
    put16(raw, SuperblockLayout.STATE, clean ? state | SuperblockLayout.STATE_CLEAN : state);
    dirty = true;
  }

  synchronized void countMount(Instant now) {
    put32(raw, SuperblockLayout.MOUNT_TIME, now.getEpochSecond());
    put16(raw, SuperblockLayout.MOUNT_COUNT, u16(raw, SuperblockLayout.MOUNT_COUNT) + 1);
    dirty = true;
  }

  synchronized long lastOrphan() {
    return u32(raw, SuperblockLayout.LAST_ORPHAN);
  }

  synchronized void setLastOrphan(long inode) {
    put32(raw, SuperblockLayout.LAST_ORPHAN, inode);
    dirty = true;
  }

  synchronized void addFeatureRoCompat(Feature feature) {
    setFeaturesRoCompat(i32(raw, SuperblockLayout.FEATURES_RO_COMPAT) | feature.mask());
  }

  synchronized void removeFeatureRoCompat(Feature feature) {
    setFeaturesRoCompat(i32(raw, SuperblockLayout.FEATURES_RO_COMPAT) & ~feature.mask());
  }

  private void setFeaturesRoCompat(int flags) {
    if (flags != i32(raw, SuperblockLayout.FEATURES_RO_COMPAT)) {
      put32(raw, SuperblockLayout.FEATURES_RO_COMPAT, flags);
      dirty = true;
    }
  }

  /** Puts the superblock into its block. */
  synchronized void store(BlockCache cache, Geometry geometry, GroupTable groups, Instant now)
      throws IOException {
    long freeBlocks = groups.freeBlocks();
    long freeInodes = groups.freeInodes();
    if (!dirty
        && freeBlocks == counted(SuperblockLayout.FREE_BLOCKS_COUNT, FREE_BLOCKS_COUNT_HIGH)
        && freeInodes == u32(raw, SuperblockLayout.FREE_INODES_COUNT)) {
      return;
    }
    put32(raw, SuperblockLayout.FREE_BLOCKS_COUNT, freeBlocks);
    if (isWide()) {
      put32(raw, FREE_BLOCKS_COUNT_HIGH, freeBlocks >>> 32);
    }
    put32(raw, SuperblockLayout.FREE_INODES_COUNT, freeInodes);
    put32(raw, SuperblockLayout.WRITE_TIME, now.getEpochSecond());
    if (geometry.checksums()) {
      put32(raw, SuperblockLayout.CHECKSUM, Checksums.superblock(raw));
    }
    int at = SuperblockLayout.OFFSET % geometry.blockSize();
    cache.modify(
        SuperblockLayout.OFFSET / geometry.blockSize(),
        data -> System.arraycopy(raw, 0, data, at, SuperblockLayout.SIZE));
    dirty = false;
  }
}
