package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.LittleEndian.u8;

import io.rookery.ext2.FileType;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.ExtentLayout;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One inode's fields, against each other and against the blocks it has. */
final class InodeCheck {
  private static final long INLINE_BYTES = InodeLayout.BLOCK_BYTES;

  private final Image image;
  private final Findings findings;
  private final BlockUse use;
  private final InodeTable inodes;
  private final XattrCheck xattrs;

  InodeCheck(Image image, Findings findings, BlockUse use, InodeTable inodes) {
    this.image = image;
    this.findings = findings;
    this.use = use;
    this.inodes = inodes;
    this.xattrs = new XattrCheck(image, findings, use);
  }

  void finish() {
    xattrs.checkUsers();
    inodes.setValueInodes(xattrs.valueInodes());
  }

  @SuppressWarnings("AnnotateFormatMethod") // of Error Prone, which is no dependency
  private void bad(long number, String format, Object... values) {
    findings.add(
        ProblemKind.INODE,
        number,
        "inode %d: %s",
        number,
        String.format(Locale.ROOT, format, values));
  }

  /** An inode that the volume keeps for itself. */
  void reserved(long number, byte[] raw) throws IOException {
    if (number == InodeLayout.RESIZE_INODE && Feature.RESIZE_INODE.in(image.compat)) {
      new ResizeInodeCheck(image, findings, use).run(raw);
      return;
    }
    if (number == InodeLayout.BAD_BLOCKS_INODE) { // only its pointers mean anything
      InodeBlocks claimed = new InodeBlocks(image, findings, use, number, null);
      new PointerWalk(image, claimed).run(raw);
      return;
    }
    FileType type = FileType.ofMode(u16(raw, InodeLayout.MODE));
    boolean journal =
        number == InodeLayout.JOURNAL_INODE
            && number == image.superblockInode(SuperblockLayout.JOURNAL_INODE);
    if (u16(raw, InodeLayout.LINKS_COUNT) == 0 && u16(raw, InodeLayout.MODE) == 0 && !journal) {
      if (image.isBlock(u32(raw, InodeLayout.FILE_ACL))) { // all that e2fsck looks at
        blocks(number, raw, FileType.UNKNOWN, null);
      }
      return;
    }
    boolean expected =
        type == FileType.REGULAR
            || (u16(raw, InodeLayout.MODE) == 0 && !journal)
            || (type == FileType.DIRECTORY && number >= 9);
    if (!expected) {
      bad(number, "mode %06o of a reserved one", u16(raw, InodeLayout.MODE));
      return;
    }
    blocks(number, raw, FileType.REGULAR, null);
  }

  /** An inode with names. */
  void used(long number, byte[] raw) throws IOException {
    FileType type = FileType.ofMode(u16(raw, InodeLayout.MODE));
    inodes.add(number, type, u16(raw, InodeLayout.LINKS_COUNT));
    int flags = i32(raw, InodeLayout.FLAGS);
    if (u32(raw, InodeLayout.DELETION_TIME) != 0) {
      bad(number, "in use, but with a time of deletion");
    }
    if (type == FileType.UNKNOWN) {
      bad(number, "mode %06o", u16(raw, InodeLayout.MODE));
    }
    checkUnusedFields(number, raw, type);
    checkFlags(number, flags, type);
    DirectoryFacts directory = null;
    if (type == FileType.DIRECTORY) {
      directory =
          new DirectoryFacts(
              number,
              (flags & InodeLayout.FLAG_INDEXED_DIRECTORY) != 0,
              (flags & (InodeLayout.FLAG_CASEFOLD | InodeLayout.FLAG_ENCRYPTED)) != 0,
              Checksums.inodeSeed(image.checksumSeed, number, raw));
      inodes.addDirectory(directory);
    }
    blocks(number, raw, type, directory);
  }

  private void checkUnusedFields(long number, byte[] raw, FileType type) {
    boolean linux = u32(image.superblock, SuperblockLayout.CREATOR_OS) == 0;
    if (u32(raw, InodeLayout.FRAGMENT_ADDRESS) != 0) {
      bad(number, "i_faddr is not zero");
    }
    if (linux && !image.hasHugeFiles() && u16(raw, InodeLayout.BLOCKS_HIGH) != 0) {
      bad(number, "l_i_blocks_hi is not zero");
    }
    if (linux && !Feature.BITS_64.in(image.incompat) && u16(raw, InodeLayout.FILE_ACL_HIGH) != 0) {
      bad(number, "i_file_acl_hi is not zero");
    }
    if (type == FileType.DIRECTORY
        && !Feature.LARGE_DIR.in(image.incompat)
        && u32(raw, InodeLayout.SIZE_HIGH) != 0) {
      bad(number, "i_size_high of a directory is not zero");
    }
  }

  private void checkFlags(long number, int flags, FileType type) {
    if ((flags & InodeLayout.FLAG_EXTENTS) != 0 && !image.hasExtents()) {
      bad(number, "extents on a volume without");
    }
    if ((flags & InodeLayout.FLAG_INLINE_DATA) != 0 && !Feature.INLINE_DATA.in(image.incompat)) {
      bad(number, "inline data on a volume without");
    }
    if ((flags & InodeLayout.FLAG_IMAGIC) != 0 && !Feature.IMAGIC_INODES.in(image.compat)) {
      bad(number, "the imagic flag");
    }
    if ((flags & InodeLayout.FLAG_INDEXED_DIRECTORY) != 0
        && (type != FileType.DIRECTORY || !Feature.DIR_INDEX.in(image.compat))) {
      bad(number, "the flag of an indexed directory");
    }
    boolean special =
        switch (type) {
          case REGULAR, DIRECTORY, UNKNOWN -> false;
          case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, SOCKET, SYMLINK -> true;
        };
    if (special && (flags & (InodeLayout.FLAG_IMMUTABLE | InodeLayout.FLAG_APPEND)) != 0) {
      bad(number, "immutable or append-only, and no file");
    }
  }

  private void blocks(long number, byte[] raw, FileType type, @Nullable DirectoryFacts directory)
      throws IOException {
    byte[] inline = xattrs.checkInode(number, raw);
    InodeBlocks claimed = new InodeBlocks(image, findings, use, number, directory);
    xattrs.checkBlock(number, raw, claimed);
    int flags = i32(raw, InodeLayout.FLAGS);
    boolean hasInline = (flags & InodeLayout.FLAG_INLINE_DATA) != 0;
    switch (type) {
      case REGULAR, DIRECTORY -> {
        if (hasInline) {
          checkInline(number, raw, inline, directory);
        } else {
          walk(number, raw, claimed, directory != null);
          checkSize(number, raw, claimed, directory);
        }
      }
      case SYMLINK -> {
        if (!hasInline) {
          symlink(number, raw, claimed);
        }
      }
      case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, SOCKET -> special(number, raw, type);
      case UNKNOWN -> {}
    }
    checkCount(number, raw, claimed.count());
  }

  private void walk(long number, byte[] raw, InodeBlocks claimed, boolean directory)
      throws IOException {
    if ((i32(raw, InodeLayout.FLAGS) & InodeLayout.FLAG_EXTENTS) != 0) {
      int seed = Checksums.inodeSeed(image.checksumSeed, number, raw);
      new ExtentWalk(image, findings, claimed, number, seed, directory).run(raw);
    } else {
      new PointerWalk(image, claimed).run(raw);
    }
  }

  private static long size(byte[] raw) {
    return u32(raw, InodeLayout.SIZE) | u32(raw, InodeLayout.SIZE_HIGH) << 32;
  }

  private void checkInline(
      long number, byte[] raw, byte @Nullable [] value, @Nullable DirectoryFacts directory) {
    if (value == null) {
      bad(number, "inline data without its attribute");
      return;
    }
    long size = size(raw);
    long room = INLINE_BYTES + value.length;
    if (directory == null ? size < 0 || size > room : size != room) {
      bad(number, "size %d of inline data of %d bytes", size, room);
      return;
    }
    if (directory != null) {
      byte[] entries = new byte[(int) room];
      System.arraycopy(raw, InodeLayout.BLOCK, entries, 0, (int) INLINE_BYTES);
      System.arraycopy(value, 0, entries, (int) INLINE_BYTES, value.length);
      directory.inline = entries;
    }
  }

  private void checkSize(
      long number, byte[] raw, InodeBlocks claimed, @Nullable DirectoryFacts directory) {
    long size = size(raw);
    if (directory != null) {
      long blocks = size / image.blockSize;
      int spare = u8(image.superblock, SuperblockLayout.PREALLOCATED_DIRECTORY_BLOCKS);
      long end = claimed.last() + 1;
      if (size % image.blockSize != 0 || size == 0 || blocks > end || end - blocks > spare) {
        bad(number, "size %d of a directory of %d blocks", size, end);
      } else if (claimed.mapped() < blocks) {
        findings.add(
            ProblemKind.DIRECTORY, number, "directory %d lacks some of its blocks", number);
      }
      return;
    }
    boolean extents = (i32(raw, InodeLayout.FLAGS) & InodeLayout.FLAG_EXTENTS) != 0;
    boolean verity = (i32(raw, InodeLayout.FLAGS) & InodeLayout.FLAG_VERITY) != 0;
    long limit = extents ? (1L << 32) * image.blockSize - 1 : pointersReach();
    long last = claimed.lastInitialised();
    if (size < 0 || size > limit || (last >= 0 && size < last * image.blockSize && !verity)) {
      bad(number, "size %d with a last block %d", size, last);
    }
  }

  private long pointersReach() {
    long p = image.blockSize / Integer.BYTES;
    return Math.min(
        (InodeLayout.DIRECT_BLOCKS + p + p * p + p * p * p) * image.blockSize, Long.MAX_VALUE);
  }

  private void symlink(long number, byte[] raw, InodeBlocks claimed) throws IOException {
    long size = size(raw);
    boolean extents = (i32(raw, InodeLayout.FLAGS) & InodeLayout.FLAG_EXTENTS) != 0;
    if (size == 0 || size >= image.blockSize) {
      bad(number, "symlink of %d bytes", size);
    } else if (size < INLINE_BYTES && !extents) {
      int length = 0;
      while (length < INLINE_BYTES && raw[InodeLayout.BLOCK + length] != 0) {
        length++;
      }
      if (length != size && !isEncrypted(raw)) {
        bad(number, "symlink of %d bytes says %d", length, size);
      }
    } else {
      walk(number, raw, claimed, false);
      if (claimed.mapped() != 1 || claimed.last() != 0) {
        bad(number, "symlink with %d blocks", claimed.mapped());
        return;
      }
      checkTarget(number, raw, size, extents);
    }
  }

  private void checkTarget(long number, byte[] raw, long size, boolean extents) throws IOException {
    long block =
        extents
            ? ExtentLayout.start(raw, InodeLayout.BLOCK + ExtentLayout.HEADER_SIZE)
            : u32(raw, InodeLayout.BLOCK);
    if (!image.isBlock(block) || isEncrypted(raw)) {
      return;
    }
    byte[] target = image.read(block);
    int length = 0;
    while (length < target.length && target[length] != 0) {
      length++;
    }
    if (length != size) {
      bad(number, "symlink of %d bytes says %d", length, size);
    }
  }

  private static boolean isEncrypted(byte[] raw) {
    return (i32(raw, InodeLayout.FLAGS) & InodeLayout.FLAG_ENCRYPTED) != 0;
  }

  private void special(long number, byte[] raw, FileType type) {
    if (size(raw) != 0) {
      bad(number, "a special file of %d bytes", size(raw));
    }
    boolean device = type == FileType.CHARACTER_DEVICE || type == FileType.BLOCK_DEVICE;
    for (int slot = device ? 4 : 0; slot < 15; slot++) {
      if (u32(raw, InodeLayout.BLOCK + slot * Integer.BYTES) != 0) {
        bad(number, "a special file with blocks");
        return;
      }
    }
  }

  private void checkCount(long number, byte[] raw, long blocks) {
    boolean huge = image.hasHugeFiles();
    long counted =
        u32(raw, InodeLayout.BLOCKS_512)
            | (huge ? (long) u16(raw, InodeLayout.BLOCKS_HIGH) << 32 : 0);
    boolean whole = huge && (i32(raw, InodeLayout.FLAGS) & InodeLayout.FLAG_HUGE_FILE) != 0;
    long expected = whole ? blocks : blocks * (image.blockSize / 512);
    if (counted != expected) {
      bad(number, "i_blocks is %d, should be %d", counted, expected);
    }
  }
}
