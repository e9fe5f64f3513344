package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.LittleEndian.u8;

import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.DirectoryEntryLayout;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.util.BitSet;
import java.util.Locale;

/** A directory's index: a tree of hashes over the blocks of entries. */
final class IndexCheck {
  private static final int INFO = 24;
  private static final int INFO_LENGTH = 8;
  private static final int NODE_COUNTS = 8;
  private static final int ENTRY = 8;
  private static final long MAX_HASH = 0xFFFF_FFFFL;

  private final Image image;
  private final Findings findings;
  private final DirectoryFacts directory;
  private final BitSet seen = new BitSet();
  private DirectoryHash hash;

  IndexCheck(Image image, Findings findings, DirectoryFacts directory) {
    this.image = image;
    this.findings = findings;
    this.directory = directory;
    this.hash = new DirectoryHash(DirectoryHash.HALF_MD4, image.superblock);
  }

  @SuppressWarnings("AnnotateFormatMethod") // of Error Prone, which is no dependency
  private void bad(String format, Object... values) {
    findings.add(
        ProblemKind.DIRECTORY_INDEX,
        directory.inode,
        "index of directory %d: %s",
        directory.inode,
        String.format(Locale.ROOT, format, values));
  }

  void run() throws IOException {
    byte[] root = image.read(directory.block(0));
    int version = u8(root, INFO + 4);
    int length = u8(root, INFO + 5);
    int levels = u8(root, INFO + 6);
    int maxLevels = Feature.LARGE_DIR.in(image.incompat) ? 2 : 1;
    if (directory.fileBlock(0) != 0
        || i32(root, INFO) != 0
        || version > DirectoryHash.TEA + DirectoryHash.UNSIGNED
        || length != INFO_LENGTH
        || levels > maxLevels) {
      bad("root of version %d, %d levels", version, levels);
      return;
    }
    boolean unsigned =
        (i32(image.superblock, SuperblockLayout.FLAGS) & SuperblockLayout.FLAG_UNSIGNED_HASH) != 0;
    hash =
        new DirectoryHash(
            unsigned && version <= DirectoryHash.TEA ? version + DirectoryHash.UNSIGNED : version,
            image.superblock);
    seen.set(0);
    node(root, INFO + INFO_LENGTH, levels, 0, MAX_HASH);
    for (int i = 0; i < directory.blocks(); i++) {
      if (!seen.get(i)) {
        bad("block %d is not in it", directory.fileBlock(i));
      }
    }
  }

  private void node(byte[] block, int counts, int level, long low, long high) throws IOException {
    int limit = u16(block, counts);
    int count = u16(block, counts + 2);
    int room = (block.length - counts) / ENTRY - (image.hasChecksums() ? 1 : 0);
    if (limit != room || count == 0 || count > limit) {
      bad("node with %d of %d entries, room for %d", count, limit, room);
      return;
    }
    if (image.hasChecksums() && !Checksums.indexMatches(directory.checksumSeed, block, counts)) {
      findings.add(
          ProblemKind.CHECKSUM,
          directory.inode,
          "index of directory %d fails its checksum",
          directory.inode);
    }
    long from = low;
    for (int i = 0; i < count; i++) {
      int at = counts + i * ENTRY;
      long next = i + 1 < count ? u32(block, at + ENTRY) : high;
      if (next < from) {
        bad("hashes out of order");
        return;
      }
      child(i32(block, at + 4) & 0x0FFFFFFF, level, from, i + 1 < count ? next & ~1L : high);
      from = next;
    }
  }

  private void child(int fileBlock, int level, long low, long high) throws IOException {
    int index = directory.find(fileBlock);
    if (index <= 0 || seen.get(index)) {
      bad("block %d is named twice, or missing", fileBlock);
      return;
    }
    seen.set(index);
    byte[] block = image.read(directory.block(index));
    if (level > 0) {
      if (DirectoryEntryLayout.isIndexNode(block, fileBlock)) {
        node(block, NODE_COUNTS, level - 1, low, high);
      } else {
        bad("block %d is no node", fileBlock);
      }
      return;
    }
    leaf(block, fileBlock, low & ~1L, high);
  }

  private void leaf(byte[] block, int fileBlock, long low, long high) {
    int at = 0;
    while (at + DirectoryEntryLayout.NAME <= block.length) {
      int length = DirectoryEntryLayout.recordLength(block, at);
      int name = u8(block, at + DirectoryEntryLayout.NAME_LENGTH);
      if (length < DirectoryEntryLayout.NAME + name || length > block.length - at) {
        return; // reported already
      }
      if (i32(block, at) != 0) {
        long value = hash.of(block, at + DirectoryEntryLayout.NAME, name) & MAX_HASH;
        if (value < low || value > high) {
          bad("block %d has hash %08x, not in %08x..%08x", fileBlock, value, low, high);
          return;
        }
      }
      at += length;
    }
  }
}
