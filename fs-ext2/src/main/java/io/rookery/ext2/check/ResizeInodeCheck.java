package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.FileType;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;

/**
 * The inode that owns the blocks kept for more group descriptors: a pointer block for each of them,
 * which is that block itself in group 0, names its copies in the other groups.
 */
final class ResizeInodeCheck {
  private static final int DOUBLE_INDIRECT = 13;

  private final Image image;
  private final Findings findings;
  private final BlockUse use;

  ResizeInodeCheck(Image image, Findings findings, BlockUse use) {
    this.image = image;
    this.findings = findings;
    this.use = use;
  }

  void run(byte[] raw) throws IOException {
    long top = u32(raw, InodeLayout.BLOCK + DOUBLE_INDIRECT * Integer.BYTES);
    boolean good =
        FileType.ofMode(u16(raw, InodeLayout.MODE)) == FileType.REGULAR
            && u16(raw, InodeLayout.LINKS_COUNT) > 0
            && image.isBlock(top);
    for (int slot = 0; slot < 15; slot++) {
      good &= slot == DOUBLE_INDIRECT || u32(raw, InodeLayout.BLOCK + slot * Integer.BYTES) == 0;
    }
    if (good && (use.isMetadata(top) || !use.add(top))) {
      findings.add(
          ProblemKind.SHARED_BLOCK,
          InodeLayout.RESIZE_INODE,
          "block %d of the resize inode has another owner",
          top);
    }
    if (!good || !pointersAreRight(top)) {
      findings.add(ProblemKind.INODE, InodeLayout.RESIZE_INODE, "the resize inode is damaged");
    } else if (u32(raw, InodeLayout.BLOCKS_512) != count(top) * (image.blockSize / 512)) {
      findings.add(
          ProblemKind.INODE, InodeLayout.RESIZE_INODE, "i_blocks of the resize inode is wrong");
    }
  }

  /** All blocks that there are pointers to. */
  private long count(long top) throws IOException {
    byte[] pointers = image.read(top);
    long count = 1;
    for (int at = 0; at < pointers.length; at += Integer.BYTES) {
      long block = u32(pointers, at);
      if (block != 0 && image.isBlock(block)) {
        count++;
        byte[] copies = image.read(block);
        for (int i = 0; i < copies.length; i += Integer.BYTES) {
          count += u32(copies, i) != 0 ? 1 : 0;
        }
      } else if (block != 0) {
        return -1;
      }
    }
    return count;
  }

  private boolean pointersAreRight(long top) throws IOException {
    byte[] pointers = image.read(top);
    int perBlock = image.blockSize / Integer.BYTES;
    for (int i = 0; i < image.reservedDescriptorBlocks; i++) {
      int descriptor = image.descriptorBlocks() + i;
      long block = image.firstDataBlock + 1 + descriptor;
      if (u32(pointers, descriptor % perBlock * Integer.BYTES) != block
          || !copiesAreRight(image.read(block), block)) {
        return false;
      }
    }
    return true;
  }

  private boolean copiesAreRight(byte[] copies, long block) {
    int n = 0;
    for (int group = 1; group < image.groups; group++) {
      if (image.hasSuperblock(group)) {
        int at = n++ * Integer.BYTES;
        if (at >= copies.length || u32(copies, at) != block + (long) group * image.blocksPerGroup) {
          return false;
        }
      }
    }
    return true;
  }
}
