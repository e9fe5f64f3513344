package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.ExtentLayout;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.util.Arrays;

/**
 * Where the journal begins, and how long its inode says that it is.
 *
 * @param first its first block, 0 if it has none
 * @param count blocks
 */
record JournalBlocks(long first, long count) {

  static JournalBlocks of(Image image, long table, long number) throws IOException {
    int index = (int) number - 1;
    byte[] block = image.read(table + index / image.inodesPerBlock());
    int at = index % image.inodesPerBlock() * image.inodeSize;
    byte[] raw = Arrays.copyOfRange(block, at, at + image.inodeSize);
    long size = u32(raw, InodeLayout.SIZE) | u32(raw, InodeLayout.SIZE_HIGH) << 32;
    boolean regular = (u16(raw, InodeLayout.MODE) & 0xF000) == 0x8000;
    if (!regular || u16(raw, InodeLayout.LINKS_COUNT) == 0 || size < 0) {
      return new JournalBlocks(0, 0);
    }
    boolean extents = (i32(raw, InodeLayout.FLAGS) & InodeLayout.FLAG_EXTENTS) != 0;
    long first = extents ? firstOfExtents(image, raw) : u32(raw, InodeLayout.BLOCK);
    return new JournalBlocks(image.isBlock(first) ? first : 0, size / image.blockSize);
  }

  private static long firstOfExtents(Image image, byte[] raw) throws IOException {
    byte[] node = Arrays.copyOfRange(raw, InodeLayout.BLOCK, InodeLayout.BLOCK + 60);
    for (int level = 0; level <= ExtentLayout.MAX_DEPTH; level++) {
      int entry = ExtentLayout.HEADER_SIZE;
      if (u16(node, ExtentLayout.MAGIC) != ExtentLayout.MAGIC_VALUE
          || u16(node, ExtentLayout.ENTRIES) == 0) {
        return 0;
      }
      if (u16(node, ExtentLayout.DEPTH) == 0) {
        return u32(node, entry) == 0 ? ExtentLayout.start(node, entry) : 0;
      }
      long child = ExtentLayout.child(node, entry);
      if (!image.isBlock(child)) {
        return 0;
      }
      node = image.read(child);
    }
    return 0;
  }
}
