package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.LittleEndian.u8;

import io.rookery.ext2.FileType;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.DirectoryEntryLayout;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Every directory's entries: their form, and what they name. */
final class DirectoryPass {
  private static final int SMALLEST = 12;

  /** The parent's number in front of the entries that an inode holds. */
  private static final int INLINE_HEADER = 4;

  private final Image image;
  private final Findings findings;
  private final InodeTable inodes;

  DirectoryPass(Image image, Findings findings, InodeTable inodes) {
    this.image = image;
    this.findings = findings;
    this.inodes = inodes;
  }

  void run() throws IOException {
    for (DirectoryFacts directory : inodes.directories().values()) {
      if (directory.inline.length > 0) {
        inline(directory);
      }
      for (int i = 0; i < directory.blocks(); i++) {
        block(directory, directory.fileBlock(i), image.read(directory.block(i)));
      }
      if (directory.indexed && !directory.opaque && directory.blocks() > 0) {
        new IndexCheck(image, findings, directory).run();
      }
      directory.forgetBlocks();
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // of Error Prone, which is no dependency
  private void bad(DirectoryFacts directory, String format, Object... values) {
    findings.add(
        ProblemKind.DIRECTORY,
        directory.inode,
        "directory %d: %s",
        directory.inode,
        String.format(Locale.ROOT, format, values));
  }

  private void inline(DirectoryFacts directory) {
    byte[] data = directory.inline;
    directory.dotDot = u32(data, 0);
    inodes.addName(directory.inode);
    if (isInode(directory.dotDot)) {
      inodes.addName(directory.dotDot);
    } else {
      bad(directory, "its parent is inode %d", directory.dotDot);
    }
    Set<ByteBuffer> names = new HashSet<>();
    entries(directory, data, INLINE_HEADER, InodeLayout.BLOCK_BYTES, names);
    entries(directory, data, InodeLayout.BLOCK_BYTES, data.length, names);
  }

  private void block(DirectoryFacts directory, int fileBlock, byte[] block) {
    int end = block.length;
    if (image.hasChecksums()
        && !(directory.indexed && DirectoryEntryLayout.isIndexNode(block, fileBlock))) {
      if (!Checksums.directoryMatches(directory.checksumSeed, block)) {
        findings.add(
            ProblemKind.CHECKSUM,
            directory.inode,
            "block %d of directory %d fails its checksum",
            fileBlock,
            directory.inode);
      }
      if (DirectoryEntryLayout.hasTail(block)) {
        end -= DirectoryEntryLayout.TAIL_SIZE;
      }
    }
    int at = 0;
    if (fileBlock == 0) {
      at = dots(directory, block);
      if (at == 0) {
        return;
      }
    }
    entries(directory, block, at, end, new HashSet<>());
  }

  /** Checks the entries of the directory itself and its parent; where the others begin. */
  private int dots(DirectoryFacts directory, byte[] block) {
    if (!isEntry(block, 0, block.length)
        || !nameIs(block, 0, ".")
        || u32(block, 0) != directory.inode) {
      bad(directory, "its first entry is not its own");
      return 0;
    }
    int at = DirectoryEntryLayout.recordLength(block, 0);
    if (at > 2 * SMALLEST) {
      bad(directory, "the entry . has %d bytes", at);
    }
    checkType(directory, block, 0);
    inodes.addName(directory.inode);
    if (at == block.length || !isEntry(block, at, block.length) || !nameIs(block, at, "..")) {
      bad(directory, "its second entry is not its parent");
      return 0;
    }
    directory.dotDot = u32(block, at);
    if (isInode(directory.dotDot)) {
      inodes.addName(directory.dotDot);
      checkType(directory, block, at);
    } else {
      bad(directory, "its parent is inode %d", directory.dotDot);
    }
    return at + DirectoryEntryLayout.recordLength(block, at);
  }

  private static boolean isEntry(byte[] block, int at, int end) {
    if (end - at < SMALLEST) {
      return false;
    }
    int length = DirectoryEntryLayout.recordLength(block, at);
    int name = u8(block, at + DirectoryEntryLayout.NAME_LENGTH);
    return length >= SMALLEST
        && length % 4 == 0
        && length <= end - at
        && DirectoryEntryLayout.NAME + name <= length;
  }

  private static boolean nameIs(byte[] block, int at, String name) {
    int length = u8(block, at + DirectoryEntryLayout.NAME_LENGTH);
    if (length != name.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (block[at + DirectoryEntryLayout.NAME + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private boolean isInode(long number) {
    return number == InodeLayout.ROOT_INODE
        || (number >= image.firstInode && number <= image.inodes);
  }

  private void entries(
      DirectoryFacts directory, byte[] block, int from, int end, Set<ByteBuffer> names) {
    int at = from;
    while (at < end) {
      if (!isEntry(block, at, end)) {
        bad(
            directory,
            "an entry of %d bytes, %d before the end",
            end - at < SMALLEST ? 0 : u16(block, at + DirectoryEntryLayout.RECORD_LENGTH),
            end - at);
        return;
      }
      if (i32(block, at) != 0) {
        entry(directory, block, at, names);
      }
      at += DirectoryEntryLayout.recordLength(block, at);
    }
  }

  private void entry(DirectoryFacts directory, byte[] block, int at, Set<ByteBuffer> names) {
    long inode = u32(block, at);
    int length = u8(block, at + DirectoryEntryLayout.NAME_LENGTH);
    ByteBuffer name = ByteBuffer.wrap(block, at + DirectoryEntryLayout.NAME, length);
    if (!isInode(inode) || inode == InodeLayout.ROOT_INODE) {
      bad(directory, "an entry names inode %d", inode);
      return;
    }
    if (!inodes.isUsed(inode)) {
      bad(directory, "an entry names inode %d, which is not in use", inode);
      return;
    }
    if (length == 0 || nameIs(block, at, ".") || nameIs(block, at, "..")) {
      bad(directory, "an entry has a name that it must not have");
    }
    if (!directory.opaque && !nameIsLegal(name)) {
      bad(directory, "a name contains / or a zero byte");
    }
    if (!names.add(name)) {
      bad(directory, "two entries have the same name");
    }
    inodes.addName(inode);
    checkType(directory, block, at);
    DirectoryFacts child = inodes.directories().get(inode);
    if (child != null) {
      if (child.parent != 0) {
        bad(directory, "directory %d has two names", inode);
      } else {
        child.parent = directory.inode;
      }
    }
  }

  private static boolean nameIsLegal(ByteBuffer name) {
    for (int i = name.position(); i < name.limit(); i++) {
      if (name.get(i) == '/' || name.get(i) == 0) {
        return false;
      }
    }
    return true;
  }

  private void checkType(DirectoryFacts directory, byte[] block, int at) {
    int found = u8(block, at + DirectoryEntryLayout.FILE_TYPE);
    FileType type = inodes.type(u32(block, at));
    int expected = image.hasFileType() ? type.entryCode() : 0;
    if (found != expected && type != FileType.UNKNOWN) {
      bad(directory, "inode %d is entered as type %d, not %d", u32(block, at), found, expected);
    }
  }
}
