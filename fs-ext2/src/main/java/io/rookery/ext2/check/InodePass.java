package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.FileType;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.util.Arrays;

/** Every inode of the volume, in order, with the blocks that it claims. */
final class InodePass {
  private static final int CHUNK = 1 << 16;
  private static final int[] TIMES = {
    SuperblockLayout.MOUNT_TIME, SuperblockLayout.WRITE_TIME, SuperblockLayout.MKFS_TIME
  };

  private final Image image;
  private final Findings findings;
  private final Descriptor[] descriptors;
  private final InodeTable inodes;
  private final InodeCheck check;
  private final boolean timesAreTimes;

  InodePass(
      Image image, Findings findings, Descriptor[] descriptors, BlockUse use, InodeTable inodes) {
    this.image = image;
    this.findings = findings;
    this.descriptors = descriptors;
    this.inodes = inodes;
    this.check = new InodeCheck(image, findings, use, inodes);
    this.timesAreTimes =
        Arrays.stream(TIMES)
            .allMatch(
                field -> {
                  long time = u32(image.superblock, field);
                  return time == 0 || time >= image.inodes;
                });
  }

  void run() throws IOException {
    for (int group = 0; group < image.groups; group++) {
      Descriptor descriptor = descriptors[group];
      if (descriptor.inodeTableUsable && !descriptor.inodesUninitialised) {
        int count = image.inodesPerGroup - Math.min(descriptor.unusedInodes, image.inodesPerGroup);
        readGroup(descriptor.inodeTable, 1 + (long) group * image.inodesPerGroup, count);
      }
    }
    check.finish();
    if (inodes.type(InodeLayout.ROOT_INODE) != FileType.DIRECTORY) {
      findings.add(ProblemKind.INODE, InodeLayout.ROOT_INODE, "the root is no directory");
    }
  }

  private void readGroup(long table, long first, int count) throws IOException {
    int perBlock = image.inodesPerBlock();
    int step = Math.max(1, CHUNK / image.blockSize);
    for (int at = 0; at < count; at += step * perBlock) {
      int n = Math.min(step * perBlock, count - at);
      byte[] data = image.read(table + at / perBlock, (n + perBlock - 1) / perBlock);
      for (int i = 0; i < n; i++) {
        int offset = i / perBlock * image.blockSize + i % perBlock * image.inodeSize;
        if (!isZero(data, offset, offset + image.inodeSize)) {
          inode(first + at + i, Arrays.copyOfRange(data, offset, offset + image.inodeSize));
        }
      }
    }
  }

  private static boolean isZero(byte[] data, int from, int to) {
    return data[from] == 0 && Arrays.equals(data, from, to - 1, data, from + 1, to);
  }

  private void inode(long number, byte[] raw) throws IOException {
    if (image.hasChecksums() && !Checksums.inodeMatches(image.checksumSeed, number, raw)) {
      findings.add(ProblemKind.CHECKSUM, number, "inode %d fails its checksum", number);
    }
    boolean reserved = number < image.firstInode && number != InodeLayout.ROOT_INODE;
    int links = u16(raw, InodeLayout.LINKS_COUNT);
    if (reserved) {
      check.reserved(number, raw);
    } else if (links == 0) {
      deleted(number, raw);
    } else {
      check.used(number, raw);
    }
  }

  private void deleted(long number, byte[] raw) {
    long time = u32(raw, InodeLayout.DELETION_TIME);
    if (time == 0 && u16(raw, InodeLayout.MODE) != 0) {
      findings.add(
          ProblemKind.ORPHAN, number, "inode %d has no names, and no time of deletion", number);
    } else if (time != 0 && time < image.inodes && timesAreTimes) {
      findings.add(
          ProblemKind.ORPHAN, number, "inode %d is on the list of deleted files in use", number);
    }
  }
}
