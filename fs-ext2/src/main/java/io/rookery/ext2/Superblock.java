package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

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
    return u32(raw, SuperblockLayout.RESERVED_BLOCKS_COUNT);
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
    long flags = u32(raw, SuperblockLayout.FEATURES_RO_COMPAT);
    if ((flags & feature.mask()) == 0) {
      put32(raw, SuperblockLayout.FEATURES_RO_COMPAT, flags | feature.mask());
      dirty = true;
    }
  }

  /** Puts the superblock into its block. */
  synchronized void store(BlockCache cache, Geometry geometry, GroupTable groups, Instant now)
      throws IOException {
    long freeBlocks = groups.freeBlocks();
    long freeInodes = groups.freeInodes();
    if (!dirty
        && freeBlocks == u32(raw, SuperblockLayout.FREE_BLOCKS_COUNT)
        && freeInodes == u32(raw, SuperblockLayout.FREE_INODES_COUNT)) {
      return;
    }
    put32(raw, SuperblockLayout.FREE_BLOCKS_COUNT, freeBlocks);
    put32(raw, SuperblockLayout.FREE_INODES_COUNT, freeInodes);
    put32(raw, SuperblockLayout.WRITE_TIME, now.getEpochSecond());
    int at = SuperblockLayout.OFFSET % geometry.blockSize();
    cache.modify(
        SuperblockLayout.OFFSET / geometry.blockSize(),
        data -> System.arraycopy(raw, 0, data, at, SuperblockLayout.SIZE));
    dirty = false;
  }
}
