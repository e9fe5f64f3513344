package io.rookery.ext2.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The overlay file's format, version 1. All numbers are little-endian; the unit is the cluster of
 * 4,096 bytes.
 *
 * <pre>
 * cluster 0     header: magic, version, cluster size, size of the disk; the last 4 bytes are the
 *               CRC-32C of those before them
 * cluster 1, 2  two root slots, used in turn: magic, generation, CRC-32C of the base's first 64 KiB,
 *               flags (1: a merge into the base has begun), a table of up to 508 pointers; the last
 *               4 bytes are the CRC-32C of those before them
 * others        middle pages (512 pointers to leaf pages), leaf pages (512 pointers to data), data
 * </pre>
 *
 * <p>A pointer is 8 bytes: the cluster's number in the file (0: none, as in the base; 1: zeros
 * without storage) and the CRC-32C of what it points at, so that a root vouches for everything
 * below it. Data cluster n of the disk is found through root entry n/2^18, middle entry n/2^9 and
 * leaf entry n. No cluster that the newest valid root reaches is ever overwritten: changes go to
 * free clusters, a flush writes the changed pages, forces them to the disk, writes the other root
 * slot with the next generation, and forces again. A reader takes the valid slot with the larger
 * generation.
 */
final class OverlayLayout {
  static final int CLUSTER = 4096;
  static final int POINTERS = CLUSTER / Long.BYTES;

  static final int ABSENT = 0;
  static final int ZEROS = 1;
  static final int FIRST_FREE = 3;

  static final long HEADER_MAGIC = 0x594C5245_564F4B52L; // "RKOVERLY"
  static final int VERSION = 1;
  static final int HEADER_VERSION = 8;
  static final int HEADER_CLUSTER_SIZE = 12;
  static final int HEADER_DISK_SIZE = 16;

  static final int ROOT_SLOT_0 = 1;
  static final int ROOT_SLOTS = 2;
  static final int ROOT_MAGIC = 0x544F4F52; // "ROOT"
  static final int ROOT_GENERATION = 8;
  static final int ROOT_BASE_CRC = 16;
  static final int ROOT_FLAGS = 20;
  static final int ROOT_TABLE = 24;
  static final int ROOT_POINTERS = 508;
  static final int FLAG_MERGING = 1;

  /** Bytes of the base that its checksum covers: those of an ext2 superblock change with it. */
  static final int BASE_CRC_SPAN = 1 << 16;

  static final int TRAILER_CRC = CLUSTER - Integer.BYTES;

  static final long MAX_DISK_SIZE = (long) ROOT_POINTERS * POINTERS * POINTERS * CLUSTER;

  private OverlayLayout() {}

  static long pointer(int cluster, int crc) {
    return Integer.toUnsignedLong(cluster) | (long) crc << 32;
  }

  static int cluster(long pointer) {
    return (int) pointer;
  }

  static int crc(long pointer) {
    return (int) (pointer >>> 32);
  }

  static ByteBuffer page() {
    return ByteBuffer.allocate(CLUSTER).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The CRC-32C of all that remains in the buffer, which keeps its position. */
  static int checksum(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  static void seal(ByteBuffer page) {
    page.putInt(TRAILER_CRC, checksum(page.slice(0, TRAILER_CRC)));
  }

  static boolean sealed(ByteBuffer page) {
    return page.getInt(TRAILER_CRC) == checksum(page.slice(0, TRAILER_CRC));
  }
}
