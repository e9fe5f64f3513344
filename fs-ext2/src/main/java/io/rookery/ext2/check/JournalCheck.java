package io.rookery.ext2.check;

import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.JournalLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The journal's inode and superblock. */
final class JournalCheck {
  private static final int MIN_BLOCKS = 1024;
  private static final int KNOWN_INCOMPAT = 0x1F;

  private final Image image;
  private final Findings findings;

  JournalCheck(Image image, Findings findings) {
    this.image = image;
    this.findings = findings;
  }

  void run(Descriptor[] descriptors) throws IOException {
    long number = image.superblockInode(SuperblockLayout.JOURNAL_INODE);
    if (!Feature.HAS_JOURNAL.in(image.compat)
        && !Feature.NEEDS_RECOVERY.in(image.incompat)
        && number == 0
        && isZero(image.superblock, SuperblockLayout.JOURNAL_UUID, 16)) {
      return;
    }
    if (number == 0) {
      bad("it has no inode");
      return;
    }
    if (number != InodeLayout.JOURNAL_INODE || number > image.inodesPerGroup) {
      bad("it is inode " + number);
      return;
    }
    long table = descriptors[0].inodeTable;
    if (!descriptors[0].inodeTableUsable) {
      return;
    }
    JournalBlocks blocks = JournalBlocks.of(image, table, number);
    if (blocks.count() < MIN_BLOCKS || blocks.first() == 0) {
      bad("it has %d blocks".formatted(blocks.count()));
      return;
    }
    ByteBuffer sb = ByteBuffer.wrap(image.read(blocks.first()));
    int type = sb.getInt(JournalLayout.BLOCK_TYPE);
    if (sb.getInt(0) != JournalLayout.MAGIC_VALUE
        || (type != JournalLayout.SUPERBLOCK_V1 && type != JournalLayout.SUPERBLOCK_V2)) {
      bad("its superblock is none");
      return;
    }
    long length = Integer.toUnsignedLong(sb.getInt(JournalLayout.LENGTH));
    long first = Integer.toUnsignedLong(sb.getInt(JournalLayout.FIRST));
    if (sb.getInt(JournalLayout.BLOCK_SIZE) != image.blockSize
        || length > blocks.count()
        || first >= length) {
      bad(
          "%d blocks of %d bytes from %d on"
              .formatted(length, sb.getInt(JournalLayout.BLOCK_SIZE), first));
    }
    if (type == JournalLayout.SUPERBLOCK_V1
        && (sb.getInt(JournalLayout.FEATURES_COMPAT)
                | sb.getInt(JournalLayout.FEATURES_INCOMPAT)
                | sb.getInt(JournalLayout.FEATURES_RO_COMPAT)
                | sb.getInt(JournalLayout.USERS))
            != 0) {
      bad("fields of version 2 in version 1");
    }
    if (type == JournalLayout.SUPERBLOCK_V2
        && (sb.getInt(JournalLayout.FEATURES_INCOMPAT) & ~KNOWN_INCOMPAT) != 0) {
      bad("features %x".formatted(sb.getInt(JournalLayout.FEATURES_INCOMPAT)));
    }
  }

  private static boolean isZero(byte[] data, int from, int length) {
    for (int i = from; i < from + length; i++) {
      if (data[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private void bad(String message) {
    findings.add(ProblemKind.JOURNAL, InodeLayout.JOURNAL_INODE, "journal: %s", message);
  }
}
