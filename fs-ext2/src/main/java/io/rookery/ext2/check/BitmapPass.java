package io.rookery.ext2.check;

import io.rookery.ext2.FileType;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;

/** The bitmaps, and the counts made of them, against what is in use. */
final class BitmapPass {
  private interface Use {
    boolean isUsed(int bit);
  }

  private final Image image;
  private final Findings findings;
  private final Descriptor[] descriptors;
  private final BlockUse use;
  private final InodeTable inodes;

  BitmapPass(
      Image image, Findings findings, Descriptor[] descriptors, BlockUse use, InodeTable inodes) {
    this.image = image;
    this.findings = findings;
    this.descriptors = descriptors;
    this.use = use;
    this.inodes = inodes;
  }

  void run() throws IOException {
    for (int group = 0; group < image.groups; group++) {
      blocks(group, descriptors[group]);
      inodes(group, descriptors[group]);
    }
  }

  private void blocks(int group, Descriptor descriptor) throws IOException {
    long start = image.groupStart(group);
    int count = image.blocksIn(group);
    int used = 0;
    for (int bit = 0; bit < count; bit++) {
      used += use.isUsed(start + bit) ? 1 : 0;
    }
    if (descriptor.freeBlocks != count - used) {
      count(group, "blocks", descriptor.freeBlocks, count - used);
    }
    if (descriptor.blocksUninitialised || !descriptor.blockBitmapUsable) {
      checkOnlyMetadata(group, descriptor, start, count);
      return;
    }
    byte[] bitmap = image.read(descriptor.blockBitmap);
    checkChecksum(group, bitmap, image.blocksPerGroup / 8, descriptor.blockBitmapChecksum);
    compare(
        ProblemKind.BLOCK_BITMAP,
        group,
        bitmap,
        count,
        8 * image.blockSize,
        bit -> use.isUsed(start + bit));
  }

  private void checkOnlyMetadata(int group, Descriptor descriptor, long start, int count) {
    if (!descriptor.blocksUninitialised) {
      return;
    }
    for (int bit = 0; bit < count; bit++) {
      if (use.isUsed(start + bit) && !use.isMetadata(start + bit)) {
        findings.add(
            ProblemKind.BLOCK_BITMAP,
            0,
            "group %d is marked as without blocks, block %d is in use",
            group,
            start + bit);
        return;
      }
    }
  }

  private void inodes(int group, Descriptor descriptor) throws IOException {
    long first = 1 + (long) group * image.inodesPerGroup;
    int used = 0;
    int directories = 0;
    for (int i = 0; i < image.inodesPerGroup; i++) {
      used += isUsed(first + i) ? 1 : 0;
      directories += inodes.type(first + i) == FileType.DIRECTORY ? 1 : 0;
    }
    if (descriptor.freeInodes != image.inodesPerGroup - used) {
      count(group, "inodes", descriptor.freeInodes, image.inodesPerGroup - used);
    }
    if (descriptor.directories != directories) {
      findings.add(
          ProblemKind.FREE_COUNT,
          0,
          "group %d counts %d directories, it has %d",
          group,
          descriptor.directories,
          directories);
    }
    if (descriptor.inodesUninitialised || !descriptor.inodeBitmapUsable) {
      return;
    }
    byte[] bitmap = image.read(descriptor.inodeBitmap);
    checkChecksum(group, bitmap, image.inodesPerGroup / 8, descriptor.inodeBitmapChecksum);
    compare(
        ProblemKind.INODE_BITMAP,
        group,
        bitmap,
        image.inodesPerGroup,
        8 * image.blockSize,
        bit -> isUsed(first + bit));
  }

  private boolean isUsed(long inode) {
    return inodes.isUsed(inode) || (inode < image.firstInode && inode != InodeLayout.ROOT_INODE);
  }

  private void count(int group, String what, long said, long found) {
    findings.add(
        ProblemKind.FREE_COUNT,
        0,
        "group %d counts %d free %s, it has %d",
        group,
        said,
        what,
        found);
  }

  private void checkChecksum(int group, byte[] bitmap, int length, int stored) {
    if (!image.hasChecksums()) {
      return;
    }
    int crc = Checksums.crc32c(image.checksumSeed, bitmap, 0, length);
    int expected = image.descriptorSize >= 64 ? crc : crc & 0xFFFF;
    if (stored != expected) {
      findings.add(ProblemKind.CHECKSUM, 0, "a bitmap of group %d fails its checksum", group);
    }
  }

  private void compare(
      ProblemKind kind, int group, byte[] bitmap, int count, int size, Use expected) {
    int differences = 0;
    int first = -1;
    for (int bit = 0; bit < count; bit++) {
      boolean set = (bitmap[bit >> 3] & 1 << (bit & 7)) != 0;
      if (set != expected.isUsed(bit)) {
        first = differences++ == 0 ? bit : first;
      }
    }
    if (differences > 0) {
      findings.add(
          kind, 0, "%d bits of group %d are wrong, bit %d first", differences, group, first);
    }
    for (int bit = count; bit < size; bit++) {
      if ((bitmap[bit >> 3] & 1 << (bit & 7)) == 0) {
        findings.add(kind, 0, "bits behind the end of group %d are not set", group);
        return;
      }
    }
  }
}
