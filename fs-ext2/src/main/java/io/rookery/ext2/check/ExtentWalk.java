package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.ExtentLayout;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;

/** Claims the blocks that an inode's extents name. */
final class ExtentWalk {
  private static final long END = 1L << 32;

  private final Image image;
  private final Findings findings;
  private final InodeBlocks blocks;
  private final long inode;
  private final int checksumSeed;
  private final boolean directory;

  ExtentWalk(
      Image image,
      Findings findings,
      InodeBlocks blocks,
      long inode,
      int checksumSeed,
      boolean directory) {
    this.image = image;
    this.findings = findings;
    this.blocks = blocks;
    this.inode = inode;
    this.checksumSeed = checksumSeed;
    this.directory = directory;
  }

  void run(byte[] raw) throws IOException {
    byte[] root =
        Arrays.copyOfRange(raw, InodeLayout.BLOCK, InodeLayout.BLOCK + InodeLayout.BLOCK_BYTES);
    int depth = u16(root, ExtentLayout.DEPTH);
    if (checkHeader(root, depth)) {
      walk(root, depth, -1, END);
    }
  }

  private boolean checkHeader(byte[] node, int depth) {
    int entries = u16(node, ExtentLayout.ENTRIES);
    int max = u16(node, ExtentLayout.MAX_ENTRIES);
    boolean good =
        u16(node, ExtentLayout.MAGIC) == ExtentLayout.MAGIC_VALUE
            && entries <= max
            && max > 0
            && ExtentLayout.end(node, 0) <= node.length
            && u16(node, ExtentLayout.DEPTH) == depth
            && (depth == 0 || entries > 0);
    if (!good) {
      bad("node with %d of %d entries, depth %d", entries, max, u16(node, ExtentLayout.DEPTH));
    }
    return good;
  }

  @SuppressWarnings("AnnotateFormatMethod") // of Error Prone, which is no dependency
  private void bad(String format, Object... values) {
    findings.add(
        ProblemKind.EXTENT,
        inode,
        "extents of inode %d: %s",
        inode,
        String.format(Locale.ROOT, format, values));
  }

  /** Walks a sound node whose entries must begin at {@code first}, unless negative. */
  private void walk(byte[] node, int depth, long first, long end) throws IOException {
    int entries = u16(node, ExtentLayout.ENTRIES);
    long from = Math.max(0, first);
    if (first >= 0 && entries > 0 && u32(node, ExtentLayout.HEADER_SIZE) != first) {
      bad("node begins at %d, not %d", u32(node, ExtentLayout.HEADER_SIZE), first);
    }
    for (int i = 0; i < entries; i++) {
      int at = ExtentLayout.HEADER_SIZE + i * ExtentLayout.ENTRY_SIZE;
      long logical = u32(node, at);
      long next = i + 1 < entries ? Math.min(end, u32(node, at + ExtentLayout.ENTRY_SIZE)) : end;
      if (logical < from || logical >= end) {
        bad("file block %d out of order", logical);
        continue;
      }
      from = depth == 0 ? leaf(node, at, end) : logical + 1;
      if (depth > 0) {
        inner(ExtentLayout.child(node, at), depth - 1, logical, next);
      }
    }
  }

  private long leaf(byte[] node, int at, long end) {
    long logical = u32(node, at);
    int stored = u16(node, at + ExtentLayout.LENGTH);
    boolean initialised = stored <= ExtentLayout.MAX_LENGTH;
    int length = initialised ? stored : stored - ExtentLayout.MAX_LENGTH;
    long start = ExtentLayout.start(node, at);
    if (length == 0 || logical + length > end) {
      bad("extent of %d blocks at file block %d", length, logical);
      return logical + 1;
    }
    if (!image.isBlock(start) || !image.isBlock(start + length - 1)) {
      bad("extent at file block %d is at blocks %d + %d", logical, start, length);
      return logical + length;
    }
    if (directory && !initialised) {
      bad("uninitialised extent in a directory");
    }
    blocks.addExtent(logical, start, length, initialised);
    return logical + length;
  }

  private void inner(long block, int depth, long first, long end) throws IOException {
    if (!blocks.addPointers(block)) {
      return;
    }
    byte[] node = image.read(block);
    if (!checkHeader(node, depth)) {
      return;
    }
    if (image.hasChecksums() && !Checksums.extentsMatch(checksumSeed, node)) {
      findings.add(
          ProblemKind.CHECKSUM,
          inode,
          "extent block %d of inode %d fails its checksum",
          block,
          inode);
    }
    walk(node, depth, first, end);
  }
}
