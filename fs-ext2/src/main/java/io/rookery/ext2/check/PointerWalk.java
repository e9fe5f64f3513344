package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;

/** Claims the blocks that an inode's pointers and trees of pointer blocks name. */
final class PointerWalk {
  private final Image image;
  private final InodeBlocks blocks;

  PointerWalk(Image image, InodeBlocks blocks) {
    this.image = image;
    this.blocks = blocks;
  }

  void run(byte[] raw) throws IOException {
    long fileBlock = 0;
    for (int slot = 0; slot < InodeLayout.DIRECT_BLOCKS; slot++) {
      long block = u32(raw, InodeLayout.BLOCK + slot * Integer.BYTES);
      if (block != 0) {
        blocks.addData(fileBlock, block, true);
      }
      fileBlock++;
    }
    long span = 1;
    for (int level = 1; level <= InodeLayout.INDIRECT_LEVELS; level++) {
      span *= image.blockSize / Integer.BYTES;
      int slot = InodeLayout.DIRECT_BLOCKS + level - 1;
      walk(u32(raw, InodeLayout.BLOCK + slot * Integer.BYTES), level, fileBlock, span);
      fileBlock += span;
    }
  }

  private void walk(long block, int level, long first, long span) throws IOException {
    if (block == 0) {
      return;
    }
    if (level == 0) {
      blocks.addData(first, block, true);
      return;
    }
    if (!blocks.addPointers(block)) {
      return;
    }
    byte[] pointers = image.read(block);
    int n = image.blockSize / Integer.BYTES;
    for (int i = 0; i < n; i++) {
      walk(u32(pointers, i * Integer.BYTES), level - 1, first + i * (span / n), span / n);
    }
  }
}
