package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.LittleEndian.u8;

import io.rookery.ext2.layout.DirectoryEntryLayout;
import java.util.Arrays;

/**
 * The entries of one block of a directory, up to the block's end or to the checksum there. All but
 * {@link #check} and {@link #nameIs} need a block that was checked, and that nobody else changes.
 */
final class DirectoryBlock {
  private DirectoryBlock() {}

  static Ext2Exception corrupt(Ext2Inode dir, long at, Object found, String expected) {
    return Ext2Exception.corrupt("directory " + dir, at, found, expected);
  }

  /** Requires that the entries are sound, each ending where the next one begins. */
  static void check(byte[] block, int end, Ext2Inode dir, long index, long inodes)
      throws Ext2Exception {
    int at = 0;
    while (at < end) {
      long where = index * block.length + at;
      if (end - at < DirectoryEntryLayout.NAME) {
        throw corrupt(dir, where, end - at + " bytes", "an entry of 8 at least");
      }
      int length = DirectoryEntryLayout.recordLength(block, at);
      int nameLength = u8(block, at + DirectoryEntryLayout.NAME_LENGTH);
      long inode = u32(block, at);
      int needed =
          inode == 0 ? DirectoryEntryLayout.NAME : DirectoryEntryLayout.sizeFor(nameLength);
      if (length < needed || length % 4 != 0 || length > end - at) {
        throw corrupt(
            dir,
            where,
            "record length " + length,
            "a multiple of 4 in %d..%d".formatted(needed, end - at));
      }
      if (inode != 0 && (inode > inodes || !nameIsLegal(block, at, nameLength))) {
        throw corrupt(
            dir,
            where,
            "inode %d, name of %d bytes".formatted(inode, nameLength),
            "an inode up to %d, a name without / and NUL".formatted(inodes));
      }
      at += length;
    }
  }

  private static boolean nameIsLegal(byte[] block, int at, int length) {
    int from = at + DirectoryEntryLayout.NAME;
    for (int i = from; i < from + length; i++) {
      if (block[i] == '/' || block[i] == 0) {
        return false;
      }
    }
    return length > 0;
  }

  static boolean nameIs(byte[] block, int at, byte[] name) {
    int from = at + DirectoryEntryLayout.NAME;
    return u8(block, at + DirectoryEntryLayout.NAME_LENGTH) == name.length
        && from + name.length <= block.length
        && Arrays.equals(block, from, from + name.length, name, 0, name.length);
  }

  static int hash(byte[] block, int at) {
    return DirectoryIndex.hash(
        block, at + DirectoryEntryLayout.NAME, u8(block, at + DirectoryEntryLayout.NAME_LENGTH));
  }

  /** Bytes of an entry's record that the entry itself needs. */
  static int used(byte[] block, int at) {
    return u32(block, at) == 0
        ? 0
        : DirectoryEntryLayout.sizeFor(u8(block, at + DirectoryEntryLayout.NAME_LENGTH));
  }

  private static int gap(byte[] block, int at) {
    return DirectoryEntryLayout.recordLength(block, at) - used(block, at);
  }

  /** Where the last entry begins. */
  static int last(byte[] block, int end) {
    int at = 0;
    while (at + DirectoryEntryLayout.recordLength(block, at) < end) {
      at += DirectoryEntryLayout.recordLength(block, at);
    }
    return at;
  }

  static int largestGap(byte[] block, int end) {
    int largest = 0;
    for (int at = 0; at < end; at += DirectoryEntryLayout.recordLength(block, at)) {
      largest = Math.max(largest, gap(block, at));
    }
    return largest;
  }

  /** The first entry with so large a gap; -1 if there is none. */
  static int placeWithRoom(byte[] block, int end, int size) {
    for (int at = 0; at < end; at += DirectoryEntryLayout.recordLength(block, at)) {
      if (gap(block, at) >= size) {
        return at;
      }
    }
    return -1;
  }

  /** Whether an entry in use begins here. */
  static boolean isEntry(byte[] block, int place) {
    int at = 0;
    while (at < place) {
      at += DirectoryEntryLayout.recordLength(block, at);
    }
    return at == place && u32(block, at) != 0;
  }

  /** Puts an entry into an unused one, or behind the used one at {@code at}; returns its place. */
  static int insert(byte[] block, int at, byte[] name, long inode, int typeCode) {
    int place = at;
    if (u32(block, at) != 0) {
      int length = DirectoryEntryLayout.recordLength(block, at);
      int used = DirectoryEntryLayout.sizeFor(u8(block, at + DirectoryEntryLayout.NAME_LENGTH));
      DirectoryEntryLayout.putRecordLength(block, at, used);
      place = at + used;
      DirectoryEntryLayout.putRecordLength(block, place, length - used);
    }
    block[place + DirectoryEntryLayout.NAME_LENGTH] = (byte) name.length;
    System.arraycopy(name, 0, block, place + DirectoryEntryLayout.NAME, name.length);
    putInode(block, place, inode, typeCode);
    return place;
  }

  static void putInode(byte[] block, int at, long inode, int typeCode) {
    put32(block, at + DirectoryEntryLayout.INODE, inode);
    block[at + DirectoryEntryLayout.FILE_TYPE] = (byte) typeCode;
  }

  /** Removes an entry: its room goes to the one before it. */
  static void remove(byte[] block, int place) {
    int length = DirectoryEntryLayout.recordLength(block, place);
    int before = -1;
    for (int at = 0; at < place; at += DirectoryEntryLayout.recordLength(block, at)) {
      before = at;
    }
    put32(block, place + DirectoryEntryLayout.INODE, 0);
    if (before >= 0) {
      DirectoryEntryLayout.putRecordLength(
          block, before, DirectoryEntryLayout.recordLength(block, before) + length);
    }
  }
}
