package io.rookery.ext2.layout;

import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * The checksums of ext4's metadata: CRC-32C without the usual inversions, continued from a seed,
 * and CRC-16 of older group descriptors.
 */
public final class Checksums {
  private static final int CASTAGNOLI_POLYNOMIAL = 0x82F63B78;
  private static final int CRC16_POLYNOMIAL = 0xA001;
  private static final int[] CASTAGNOLI = table(CASTAGNOLI_POLYNOMIAL);
  private static final int[] CRC16 = table(CRC16_POLYNOMIAL);

  /** The entry of {@link #CASTAGNOLI} that has each value as its highest byte. */
  private static final int[] BY_HIGHEST = byHighest(CASTAGNOLI);

  /** From so many bytes on the JDK's class, which uses the processor's instruction, is faster. */
  private static final int LONG = 64;

  private Checksums() {}

  private static int[] byHighest(int[] table) {
    int[] entries = new int[256];
    for (int i = 0; i < 256; i++) {
      entries[table[i] >>> 24] = i;
    }
    return entries;
  }

  private static int[] table(int polynomial) {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      int crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ polynomial : crc >>> 1;
      }
      table[i] = crc;
    }
    return table;
  }

  public static int crc32c(int seed, byte[] data, int from, int to) {
    if (to - from < LONG) {
      return crc(CASTAGNOLI, seed, data, from, to);
    }
    CRC32C crc = new CRC32C();
    crc.update(leadingTo(seed));
    crc.update(data, from, to - from);
    return ~(int) crc.getValue();
  }

  /** The four bytes that take a CRC from all ones, where the JDK's begins, to a seed. */
  private static byte[] leadingTo(int seed) {
    int[] entries = new int[4];
    int crc = seed;
    for (int i = 3; i >= 0; i--) {
      entries[i] = BY_HIGHEST[crc >>> 24];
      crc = (crc ^ CASTAGNOLI[entries[i]]) << 8;
    }
    byte[] bytes = new byte[4];
    crc = -1;
    for (int i = 0; i < 4; i++) {
      bytes[i] = (byte) (crc ^ entries[i]);
      crc = crc >>> 8 ^ CASTAGNOLI[entries[i]];
    }
    return bytes;
  }

  /** Of a 32-bit number. */
  public static int crc32c(int seed, int number) {
    int crc = seed;
    for (int shift = 0; shift < 32; shift += 8) {
      crc = crc >>> 8 ^ CASTAGNOLI[(crc ^ number >>> shift) & 0xFF];
    }
    return crc;
  }

  public static int crc16(int seed, byte[] data, int from, int to) {
    return crc(CRC16, seed, data, from, to) & 0xFFFF;
  }

  private static int crc(int[] table, int seed, byte[] data, int from, int to) {
    int crc = seed;
    for (int i = from; i < to; i++) {
      crc = crc >>> 8 ^ table[(crc ^ data[i]) & 0xFF];
    }
    return crc;
  }

  /** The seed of a volume's checksums. */
  public static int volumeSeed(byte[] superblock, boolean stored) {
    return stored
        ? LittleEndian.i32(superblock, SuperblockLayout.CHECKSUM_SEED)
        : crc32c(-1, superblock, SuperblockLayout.UUID, SuperblockLayout.UUID + 16);
  }

  public static int superblock(byte[] superblock) {
    return crc32c(-1, superblock, 0, SuperblockLayout.CHECKSUM);
  }

  /** The seed for everything that belongs to an inode. */
  public static int inodeSeed(int volumeSeed, long number, byte[] inode) {
    int seed = crc32c(volumeSeed, (int) number);
    return crc32c(seed, inode, InodeLayout.GENERATION, InodeLayout.GENERATION + 4);
  }

  /** Whether an inode has the upper half of its checksum. */
  private static boolean hasHighHalf(byte[] inode) {
    return inode.length > InodeLayout.BASE_SIZE
        && LittleEndian.u16(inode, InodeLayout.EXTRA_SIZE) >= 4;
  }

  /** Whether an inode's checksum is right. */
  public static boolean inodeMatches(int volumeSeed, long number, byte[] inode) {
    byte[] copy = inode.clone();
    putInode(volumeSeed, number, copy);
    return Arrays.equals(inode, copy);
  }

  /** Puts an inode's checksum into it. */
  public static void putInode(int volumeSeed, long number, byte[] inode) {
    boolean high = hasHighHalf(inode);
    LittleEndian.put16(inode, InodeLayout.CHECKSUM, 0);
    if (high) {
      LittleEndian.put16(inode, InodeLayout.CHECKSUM_HIGH, 0);
    }
    int crc = crc32c(inodeSeed(volumeSeed, number, inode), inode, 0, inode.length);
    LittleEndian.put16(inode, InodeLayout.CHECKSUM, crc);
    if (high) {
      LittleEndian.put16(inode, InodeLayout.CHECKSUM_HIGH, crc >>> 16);
    }
  }

  /** Of a group descriptor, with the metadata_csum feature. */
  public static int descriptor32(int volumeSeed, int group, byte[] data, int at, int size) {
    int crc = crc32c(volumeSeed, group);
    crc = crc32c(crc, data, at, at + GroupDescriptorLayout.CHECKSUM);
    crc = crc32c(crc, new byte[2], 0, 2);
    return crc32c(crc, data, at + GroupDescriptorLayout.SIZE, at + size) & 0xFFFF;
  }

  /** Of a group descriptor, with the older uninit_bg feature. */
  public static int descriptor16(byte[] superblock, int group, byte[] data, int at, int size) {
    byte[] number = new byte[4];
    LittleEndian.put32(number, 0, group);
    int uuid = SuperblockLayout.UUID;
    int crc = crc16(0xFFFF, superblock, uuid, uuid + 16);
    crc = crc16(crc, number, 0, 4);
    crc = crc16(crc, data, at, at + GroupDescriptorLayout.CHECKSUM);
    return crc16(crc, data, at + GroupDescriptorLayout.SIZE, at + size);
  }

  /** Whether a block of an extent tree has its checksum. */
  public static boolean extentsMatch(int inodeSeed, byte[] block) {
    int end = ExtentLayout.end(block, 0);
    return end + 4 <= block.length
        && LittleEndian.i32(block, end) == crc32c(inodeSeed, block, 0, end);
  }

  /** Puts the checksum of a block of an extent tree behind its entries. */
  public static void putExtents(int inodeSeed, byte[] block) {
    int end = ExtentLayout.end(block, 0);
    LittleEndian.put32(block, end, crc32c(inodeSeed, block, 0, end));
  }

  /** Whether a block of directory entries ends in the right checksum. */
  public static boolean directoryMatches(int inodeSeed, byte[] block) {
    int end = block.length - DirectoryEntryLayout.TAIL_SIZE;
    return DirectoryEntryLayout.hasTail(block)
        && LittleEndian.i32(block, end + 8) == crc32c(inodeSeed, block, 0, end);
  }

  /** Ends a block of directory entries in its checksum. */
  public static void putDirectory(int inodeSeed, byte[] block) {
    int end = block.length - DirectoryEntryLayout.TAIL_SIZE;
    DirectoryEntryLayout.putTail(block);
    LittleEndian.put32(block, end + 8, crc32c(inodeSeed, block, 0, end));
  }

  /**
   * Whether a block of a directory's index has the right checksum.
   *
   * @param counts where limit and count stand, which the entries follow
   */
  public static boolean indexMatches(int inodeSeed, byte[] block, int counts) {
    byte[] copy = block.clone();
    return putIndex(inodeSeed, copy, counts) && Arrays.equals(block, copy);
  }

  /**
   * Puts the checksum of a block of a directory's index behind the room for its entries; false if
   * limit and count make no sense.
   */
  public static boolean putIndex(int inodeSeed, byte[] block, int counts) {
    int tail = counts + LittleEndian.u16(block, counts) * 8;
    int end = counts + LittleEndian.u16(block, counts + 2) * 8;
    if (tail + 8 > block.length || end > tail) {
      return false;
    }
    int crc = crc32c(inodeSeed, block, 0, end);
    crc = crc32c(crc, block, tail, tail + 4);
    LittleEndian.put32(block, tail + 4, crc32c(crc, 0));
    return true;
  }

  /** Of a block of the file of orphans, without what follows the inode numbers. */
  public static int orphans(int inodeSeed, long number, byte[] block, int end) {
    int crc = crc32c(crc32c(inodeSeed, (int) number), (int) (number >>> 32));
    return crc32c(crc, block, 0, end);
  }

  /** Of a block of extended attributes. */
  public static int xattrBlock(int volumeSeed, long number, byte[] block) {
    int crc = crc32c(crc32c(volumeSeed, (int) number), (int) (number >>> 32));
    crc = crc32c(crc, block, 0, XattrLayout.CHECKSUM);
    crc = crc32c(crc, new byte[4], 0, 4);
    return crc32c(crc, block, XattrLayout.CHECKSUM + 4, block.length);
  }
}
