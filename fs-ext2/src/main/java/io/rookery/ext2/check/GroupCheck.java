package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.u16;

import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import java.io.IOException;

/** Group descriptors: where bitmaps and tables are, and that nothing else is there. */
final class GroupCheck {
  private final Image image;
  private final Findings findings;
  private final BlockUse use;

  GroupCheck(Image image, Findings findings, BlockUse use) {
    this.image = image;
    this.findings = findings;
    this.use = use;
  }

  /** The descriptors; where one is bad its table counts as empty. */
  Descriptor[] run() throws IOException {
    for (int group = 0; group < image.groups; group++) {
      long start = image.groupStart(group);
      long end = Math.min(start + image.headerBlocks(group), image.blocks);
      for (long block = start; block < end; block++) {
        use.addMetadata(block);
      }
    }
    if (image.mmpBlock() != 0 && image.isBlock(image.mmpBlock())) {
      use.addMetadata(image.mmpBlock());
    }
    Descriptor[] descriptors = new Descriptor[image.groups];
    byte[] data = new byte[0];
    for (int group = 0; group < image.groups; group++) {
      int place = group % image.descriptorsPerBlock();
      if (place == 0) {
        data = image.read(image.descriptorBlock(group / image.descriptorsPerBlock()));
      }
      Descriptor descriptor = new Descriptor(data, place * image.descriptorSize, image);
      checkChecksum(group, data, place * image.descriptorSize);
      checkPlaces(group, descriptor);
      checkFlags(group, descriptor);
      descriptors[group] = descriptor;
    }
    return descriptors;
  }

  private void checkChecksum(int group, byte[] data, int at) {
    if (!image.hasDescriptorChecksums()) {
      return;
    }
    int size = image.descriptorSize;
    int expected =
        image.hasChecksums()
            ? Checksums.descriptor32(image.checksumSeed, group, data, at, size)
            : Checksums.descriptor16(image.superblock, group, data, at, size);
    if (u16(data, at + GroupDescriptorLayout.CHECKSUM) != expected) {
      findings.add(ProblemKind.CHECKSUM, 0, "descriptor of group %d fails its checksum", group);
    }
  }

  private void checkPlaces(int group, Descriptor descriptor) {
    if (!take(group, "block bitmap", descriptor.blockBitmap, 1)) {
      descriptor.blockBitmapUsable = false;
    }
    if (!take(group, "inode bitmap", descriptor.inodeBitmap, 1)) {
      descriptor.inodeBitmapUsable = false;
    }
    if (!take(group, "inode table", descriptor.inodeTable, image.inodeTableBlocks())) {
      descriptor.inodeTableUsable = false;
    }
  }

  private boolean take(int group, String name, long first, int count) {
    long low = image.firstDataBlock;
    long high = image.blocks;
    if (!Feature.FLEX_BG.in(image.incompat)) {
      low = image.groupStart(group);
      high = low + image.blocksIn(group);
    }
    if (first <= image.firstDataBlock || first < low || first > high - count) {
      findings.add(
          ProblemKind.GROUP_DESCRIPTOR, 0, "%s of group %d is at block %d", name, group, first);
      return false;
    }
    boolean free = true;
    for (long block = first; block < first + count; block++) {
      free &= use.addMetadata(block);
    }
    if (!free) {
      findings.add(
          ProblemKind.GROUP_DESCRIPTOR,
          0,
          "%s of group %d at block %d overlaps other metadata",
          name,
          group,
          first);
    }
    return true;
  }

  private void checkFlags(int group, Descriptor descriptor) {
    if (!image.hasDescriptorChecksums()) {
      return;
    }
    if (descriptor.unusedInodes > image.inodesPerGroup) {
      findings.add(
          ProblemKind.GROUP_DESCRIPTOR,
          0,
          "group %d counts %d unused inodes",
          group,
          descriptor.unusedInodes);
    }
  }
}
