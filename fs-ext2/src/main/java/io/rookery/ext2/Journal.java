package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.JournalLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A journal with transactions that a crash left in it: committed ones are replayed in order,
 * without the blocks that a later one revokes (Linux's jbd2). None is ever written.
 */
@SuppressWarnings("ByteBufferBackingArray") // all buffers here are allocated
final class Journal {
  private static final int KNOWN_FEATURES =
      JournalLayout.FEATURE_REVOKE
          | JournalLayout.FEATURE_64BIT
          | JournalLayout.FEATURE_ASYNC_COMMIT
          | JournalLayout.FEATURE_CHECKSUM_V2
          | JournalLayout.FEATURE_CHECKSUM_V3;

  /** A block that a transaction writes. */
  private record Write(long block, long position, boolean escaped, int sequence, int checksum) {}

  private final Volume volume;
  private final Ext2Inode file;
  private final int blockSize;
  private final ByteBuffer superblock;
  private final boolean wide;
  private final boolean v2;
  private final boolean v3;
  private final int seed;
  private final long first;
  private final long length;
  private final List<Write> writes = new ArrayList<>();

  /** Blocks with the last transaction that revokes what earlier ones write. */
  private final Map<Long, Integer> revoked = new HashMap<>();

  /** Opens the journal of a volume whose metadata may be half written. */
  Journal(Volume volume, byte[] volumeSuperblock) throws IOException {
    this.volume = volume;
    this.blockSize = volume.geometry().blockSize();
    long number = u32(volumeSuperblock, SuperblockLayout.JOURNAL_INODE);
    if (number == 0) {
      throw new Ext2Exception(
          Ext2Exception.Reason.EINVAL, "the journal to be replayed is on another device");
    }
    this.file = volume.inodes().get(number);
    if (file.type() != FileType.REGULAR) {
      throw corrupt(0, file.type(), "a regular file");
    }
    this.superblock = block(0);
    int type = superblock.getInt(JournalLayout.BLOCK_TYPE);
    this.first = unsigned(superblock, JournalLayout.FIRST);
    this.length = unsigned(superblock, JournalLayout.LENGTH);
    if (superblock.getInt(0) != JournalLayout.MAGIC_VALUE
        || (type != JournalLayout.SUPERBLOCK_V1 && type != JournalLayout.SUPERBLOCK_V2)
        || superblock.getInt(JournalLayout.BLOCK_SIZE) != blockSize
        || first < 1
        || first >= length
        || length > file.size() / blockSize) {
      throw corrupt(0, "%d blocks from %d on".formatted(length, first), "a superblock");
    }
    int features =
        type == JournalLayout.SUPERBLOCK_V2
            ? superblock.getInt(JournalLayout.FEATURES_INCOMPAT)
            : 0;
    if ((features & ~KNOWN_FEATURES) != 0) {
      throw new Ext2Exception(
          Ext2Exception.Reason.EINVAL,
          "the journal to be replayed uses features that are not supported: 0x%x"
              .formatted(features & ~KNOWN_FEATURES));
    }
    this.wide = (features & JournalLayout.FEATURE_64BIT) != 0;
    this.v2 = (features & JournalLayout.FEATURE_CHECKSUM_V2) != 0;
    this.v3 = (features & JournalLayout.FEATURE_CHECKSUM_V3) != 0;
    this.seed =
        Checksums.crc32c(-1, superblock.array(), JournalLayout.UUID, JournalLayout.UUID + 16);
    if (hasChecksums()
        && !matches(
            -1,
            superblock.array(),
            JournalLayout.SUPERBLOCK_CHECKSUM,
            JournalLayout.SUPERBLOCK_SIZE)) {
      throw corrupt(0, "a wrong checksum", "the superblock's");
    }
  }

  private boolean hasChecksums() {
    return v2 || v3;
  }

  private static long unsigned(ByteBuffer data, int at) {
    return Integer.toUnsignedLong(data.getInt(at));
  }

  private static Ext2Exception corrupt(long position, Object found, String expected) {
    return Ext2Exception.corrupt("journal", position, found, expected);
  }

  private ByteBuffer block(long position) throws IOException {
    ByteBuffer data = ByteBuffer.allocate(blockSize);
    if (volume.data().read(file, position * blockSize, data) < blockSize) {
      throw corrupt(position, "its end", "a block");
    }
    return data.clear();
  }

  /** Whether the number at a place is the checksum of all bytes with itself as zero. */
  private static boolean matches(int seed, byte[] data, int at, int length) {
    int crc = Checksums.crc32c(seed, data, 0, at);
    crc = Checksums.crc32c(crc, 0);
    crc = Checksums.crc32c(crc, data, at + 4, length);
    return ByteBuffer.wrap(data).getInt(at) == crc;
  }

  /** The volume's device as the journal makes it, changes in memory. */
  BlockDevice replayed() throws IOException {
    scan();
    BlockDevice overlay =
        BlockDevices.memoryOverlay(
            volume.device(), (writes.size() + 1L) * Math.max(blockSize, 4096) * 2);
    replayAll(overlay);
    return overlay;
  }

  /**
   * Replays on the device, and leaves the journal empty and the volume without need of it. After a
   * crash meanwhile it can be done again.
   */
  void recover() throws IOException {
    BlockDevice device = volume.device();
    int next = scan();
    replayAll(device);
    device.flush();
    superblock.putInt(JournalLayout.START, 0);
    superblock.putInt(JournalLayout.FIRST_SEQUENCE, next);
    if (hasChecksums()) {
      superblock.putInt(JournalLayout.SUPERBLOCK_CHECKSUM, checksum());
    }
    long place = volume.map().get(file, 0, 1).physical();
    device.write(volume.geometry().byteOffset(place), superblock.clear());
    byte[] raw = Volume.superblock(device);
    int flags = i32(raw, SuperblockLayout.FEATURES_INCOMPAT);
    put32(raw, SuperblockLayout.FEATURES_INCOMPAT, flags & ~Feature.NEEDS_RECOVERY.mask());
    if (Feature.METADATA_CSUM.in(i32(raw, SuperblockLayout.FEATURES_RO_COMPAT))) {
      put32(raw, SuperblockLayout.CHECKSUM, Checksums.superblock(raw));
    }
    device.write(SuperblockLayout.OFFSET, ByteBuffer.wrap(raw));
    device.flush();
  }

  private int checksum() {
    byte[] data = superblock.array();
    int at = JournalLayout.SUPERBLOCK_CHECKSUM;
    int crc = Checksums.crc32c(Checksums.crc32c(-1, data, 0, at), 0);
    return Checksums.crc32c(crc, data, at + 4, JournalLayout.SUPERBLOCK_SIZE);
  }

  private void replayAll(BlockDevice target) throws IOException {
    for (Write write : writes) {
      Integer revocation = revoked.get(write.block);
      if (revocation == null || revocation - write.sequence < 0) {
        replay(write, target);
      }
    }
  }

  private void replay(Write write, BlockDevice target) throws IOException {
    ByteBuffer data = block(write.position);
    if (hasChecksums()) {
      int crc = Checksums.crc32c(seed, Integer.reverseBytes(write.sequence));
      crc = Checksums.crc32c(crc, data.array(), 0, blockSize);
      if (write.checksum != (v3 ? crc : crc & 0xFFFF)) {
        throw corrupt(write.position, "a wrong checksum", "that of block " + write.block);
      }
    }
    if (write.escaped) {
      data.putInt(0, JournalLayout.MAGIC_VALUE);
    }
    if (write.block >= volume.geometry().blocks()) {
      throw corrupt(write.position, "block " + write.block, "one of the volume");
    }
    target.write(volume.geometry().byteOffset(write.block), data);
  }

  private long next(long position) {
    return position + 1 == length ? first : position + 1;
  }

  /**
   * Reads transactions until there is none, or one that was not committed; returns the number of
   * the next one.
   */
  private int scan() throws IOException {
    int sequence = superblock.getInt(JournalLayout.FIRST_SEQUENCE);
    long start = unsigned(superblock, JournalLayout.START);
    if (start == 0) {
      return sequence;
    }
    long position = start;
    List<Write> pending = new ArrayList<>();
    Map<Long, Integer> revocations = new HashMap<>();
    for (long left = length; left > 0; left--) {
      if (position < first || position >= length) {
        throw corrupt(0, "a start at block " + position, "%d..%d".formatted(first, length));
      }
      ByteBuffer data = block(position);
      if (data.getInt(0) != JournalLayout.MAGIC_VALUE
          || data.getInt(JournalLayout.SEQUENCE) != sequence) {
        return sequence;
      }
      switch (data.getInt(JournalLayout.BLOCK_TYPE)) {
        case JournalLayout.DESCRIPTOR -> {
          int before = pending.size();
          if (!tail(data)) {
            return sequence;
          }
          position = tags(data, position, sequence, pending);
          left -= pending.size() - before;
        }
        case JournalLayout.REVOKE -> {
          if (!tail(data)) {
            return sequence;
          }
          revocations(data, position, sequence, revocations);
          position = next(position);
        }
        case JournalLayout.COMMIT -> {
          if (hasChecksums()
              && !matches(seed, data.array(), JournalLayout.COMMIT_CHECKSUM, blockSize)) {
            return sequence;
          }
          writes.addAll(pending);
          revoked.putAll(revocations);
          pending.clear();
          revocations.clear();
          sequence++;
          position = next(position);
        }
        default -> {
          return sequence;
        }
      }
    }
    return sequence;
  }

  private boolean tail(ByteBuffer data) {
    int at = blockSize - JournalLayout.TAIL_SIZE;
    return !hasChecksums() || matches(seed, data.array(), at, blockSize);
  }

  /** Reads a descriptor's tags; where the data blocks behind it end. */
  private long tags(ByteBuffer data, long descriptor, int sequence, List<Write> pending)
      throws Ext2Exception {
    int size = v3 ? 16 : (wide ? 12 : 8) + (v2 ? 2 : 0);
    int end = blockSize - (hasChecksums() ? JournalLayout.TAIL_SIZE : 0);
    long position = next(descriptor);
    int at = JournalLayout.HEADER_SIZE;
    while (true) {
      if (at + size > end) {
        return position; // a full block needs no last tag
      }
      int flags = v3 ? data.getInt(at + 4) : data.getShort(at + 6);
      long high = wide ? unsigned(data, at + 8) : 0;
      long block = unsigned(data, at) | high << 32;
      int checksum = v3 ? data.getInt(at + 12) : data.getShort(at + 4) & 0xFFFF;
      pending.add(
          new Write(block, position, (flags & JournalLayout.TAG_ESCAPED) != 0, sequence, checksum));
      if (pending.size() > length) {
        throw corrupt(descriptor, "more blocks than it has", "a transaction");
      }
      position = next(position);
      if ((flags & JournalLayout.TAG_LAST) != 0) {
        return position;
      }
      at += size + ((flags & JournalLayout.TAG_SAME_UUID) != 0 ? 0 : JournalLayout.UUID_SIZE);
    }
  }

  private void revocations(
      ByteBuffer data, long position, int sequence, Map<Long, Integer> revocations)
      throws Ext2Exception {
    int size = wide ? Long.BYTES : Integer.BYTES;
    int end = data.getInt(JournalLayout.REVOKE_COUNT);
    if (end < JournalLayout.REVOKE_HEADER_SIZE || end > blockSize) {
      throw corrupt(position, "revocations of %d bytes".formatted(end), "at most a block");
    }
    for (int at = JournalLayout.REVOKE_HEADER_SIZE; at + size <= end; at += size) {
      revocations.put(wide ? data.getLong(at) : unsigned(data, at), sequence);
    }
  }
}
