package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.LittleEndian.u8;

import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.XattrLayout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Extended attributes, in inodes and in blocks of their own. */
final class XattrCheck {
  private static final int SYSTEM_INDEX = 7;
  private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);

  /** A block of attributes: how many users it says that it has, and has. */
  private static final class Users {
    final long said;
    long seen;
    long valueBlocks;

    Users(long said) {
      this.said = said;
    }
  }

  private final Image image;
  private final Findings findings;
  private final BlockUse use;
  private final PagedBits valueInodes;
  private final Map<Long, Users> blocks = new LinkedHashMap<>();

  /** Blocks of the values that one inode has in other inodes. */
  private long valueBlocks;

  XattrCheck(Image image, Findings findings, BlockUse use) {
    this.image = image;
    this.findings = findings;
    this.use = use;
    this.valueInodes = new PagedBits(image.inodes + 1);
  }

  /** The inodes that hold attributes' values, as far as inodes have been seen. */
  PagedBits valueInodes() {
    return valueInodes;
  }

  /** Checks what is behind an inode's own fields; the value of system.data, null if none. */
  byte @Nullable [] checkInode(long inode, byte[] raw) {
    valueBlocks = 0;
    if (raw.length == InodeLayout.BASE_SIZE) {
      return null;
    }
    int extra = u16(raw, InodeLayout.EXTRA_SIZE);
    int room = raw.length - InodeLayout.BASE_SIZE;
    if (extra > room || extra % 4 != 0 || (extra != 0 && extra < 4)) {
      findings.add(ProblemKind.INODE, inode, "inode %d has an extra size of %d", inode, extra);
      return null;
    }
    int header = InodeLayout.BASE_SIZE + extra;
    if (header + 4 > raw.length || i32(raw, header) != XattrLayout.MAGIC_VALUE) {
      return null;
    }
    int first = header + XattrLayout.INODE_HEADER_SIZE;
    return checkEntries(inode, raw, first, first);
  }

  /** Checks an inode's block of attributes, if it has one. */
  void checkBlock(long inode, byte[] raw, InodeBlocks claimed) throws IOException {
    long high =
        Feature.BITS_64.in(image.incompat) ? (long) u16(raw, InodeLayout.FILE_ACL_HIGH) << 32 : 0;
    long block = u32(raw, InodeLayout.FILE_ACL) | high;
    if (block == 0) {
      claimed.addElsewhere(valueBlocks);
      return;
    }
    if (!Feature.EXT_ATTR.in(image.compat) || !image.isBlock(block)) {
      findings.add(ProblemKind.XATTR, inode, "attribute block %d of inode %d", block, inode);
      return;
    }
    claimed.addElsewhere(1);
    Users users = blocks.get(block);
    if (users == null) {
      if (use.isMetadata(block) || !use.add(block)) {
        findings.add(
            ProblemKind.SHARED_BLOCK,
            inode,
            "attribute block %d of inode %d has another owner",
            block,
            inode);
        return;
      }
      byte[] data = image.read(block);
      users = new Users(u32(data, XattrLayout.REFERENCE_COUNT));
      blocks.put(block, users);
      long before = valueBlocks;
      checkBlock(inode, block, data);
      users.valueBlocks = valueBlocks - before;
      valueBlocks = before;
    }
    users.seen++;
    claimed.addElsewhere(valueBlocks + users.valueBlocks);
  }

  private void checkBlock(long inode, long block, byte[] data) {
    if (i32(data, XattrLayout.MAGIC) != XattrLayout.MAGIC_VALUE
        || i32(data, XattrLayout.BLOCK_COUNT) != 1) {
      findings.add(
          ProblemKind.XATTR, inode, "attribute block %d of inode %d is none", block, inode);
      return;
    }
    if (image.hasChecksums()
        && i32(data, XattrLayout.CHECKSUM)
            != Checksums.xattrBlock(image.checksumSeed, block, data)) {
      findings.add(ProblemKind.CHECKSUM, inode, "attribute block %d fails its checksum", block);
    }
    checkEntries(inode, data, XattrLayout.BLOCK_HEADER_SIZE, 0);
  }

  private byte @Nullable [] checkEntries(long inode, byte[] data, int first, int origin) {
    BitSet taken = new BitSet(data.length);
    byte[] inline = null;
    int at = first;
    while (at + 4 <= data.length && i32(data, at) != 0) {
      String fault = checkEntry(data, at, origin, taken);
      if (!fault.isEmpty()) {
        findings.add(ProblemKind.XATTR, inode, "attributes of inode %d: %s", inode, fault);
        return null;
      }
      int nameLength = u8(data, at + XattrLayout.ENTRY_NAME_LENGTH);
      int name = at + XattrLayout.ENTRY_NAME;
      if (u8(data, at + XattrLayout.ENTRY_NAME_INDEX) == SYSTEM_INDEX
          && Arrays.equals(data, name, name + nameLength, DATA, 0, DATA.length)) {
        int value = origin + u16(data, at + XattrLayout.ENTRY_VALUE_OFFSET);
        int size = i32(data, at + XattrLayout.ENTRY_VALUE_SIZE);
        inline = size == 0 ? new byte[0] : Arrays.copyOfRange(data, value, value + size);
      }
      at += XattrLayout.entrySize(nameLength);
    }
    if (at + 4 <= data.length && taken.nextSetBit(at) >= 0 && taken.nextSetBit(at) < at + 4) {
      findings.add(ProblemKind.XATTR, inode, "attributes of inode %d do not end", inode);
    }
    return inline;
  }

  /** What is wrong with an entry, empty if nothing is. */
  private String checkEntry(byte[] data, int at, int origin, BitSet taken) {
    if (at + XattrLayout.ENTRY_NAME > data.length) {
      return "an entry is cut off";
    }
    int nameLength = u8(data, at + XattrLayout.ENTRY_NAME_LENGTH);
    int end = at + XattrLayout.entrySize(nameLength);
    if (end > data.length || !take(taken, at, end)) {
      return "a name of %d bytes does not fit".formatted(nameLength);
    }
    long valueInode = u32(data, at + XattrLayout.ENTRY_VALUE_INODE);
    long size = u32(data, at + XattrLayout.ENTRY_VALUE_SIZE);
    if (valueInode != 0) {
      boolean known = Feature.EA_INODE.in(image.incompat) && valueInode <= image.inodes;
      if (!known || valueInode < image.firstInode) {
        return "a value in inode " + valueInode;
      }
      valueInodes.add(valueInode);
      valueBlocks += (size + image.blockSize - 1) / image.blockSize;
      return "";
    }
    int offset = u16(data, at + XattrLayout.ENTRY_VALUE_OFFSET);
    long value = origin + (long) offset;
    if (size > 0
        && (value + size > data.length
            || !take(taken, (int) value, (int) Math.min(data.length, value + size + 3 & ~3L)))) {
      return "a value of %d bytes at %d".formatted(size, offset);
    }
    int hash = i32(data, at + XattrLayout.ENTRY_HASH);
    boolean mayLack = origin != 0 || size == 0;
    if ((hash == 0 && mayLack) || hash == hash(data, at, (int) value, (int) size, false)) {
      return "";
    }
    return hash == hash(data, at, (int) value, (int) size, true) ? "" : "hash %08x".formatted(hash);
  }

  private static boolean take(BitSet taken, int from, int to) {
    int next = taken.nextSetBit(from);
    if (next >= 0 && next < to) {
      return false;
    }
    taken.set(from, to);
    return true;
  }

  /** Linux took the name's bytes as signed or unsigned, as the processor had it. */
  private static int hash(byte[] data, int at, int value, int size, boolean unsigned) {
    int hash = 0;
    int name = at + XattrLayout.ENTRY_NAME;
    for (int i = name; i < name + u8(data, at); i++) {
      hash = Integer.rotateLeft(hash, 5) ^ (unsigned ? data[i] & 0xFF : data[i]);
    }
    for (int i = value; i < value + size && i + 4 <= data.length; i += Integer.BYTES) {
      hash = Integer.rotateLeft(hash, 16) ^ i32(data, i);
    }
    return hash;
  }

  /** When all inodes have been seen: whether blocks have as many users as they say. */
  void checkUsers() {
    blocks.forEach(
        (block, users) -> {
          if (users.said != users.seen) {
            findings.add(
                ProblemKind.XATTR,
                0,
                "attribute block %d counts %d users, it has %d",
                block,
                users.said,
                users.seen);
          }
        });
  }
}
