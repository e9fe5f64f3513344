package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.DirectoryEntryLayout;
import io.rookery.ext2.layout.Feature;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.util.Arrays;

/**
 * Contents that are in the inode itself (inline_data): in place of the block pointers first, the
 * rest as the value of an extended attribute. They are read there; before they change they move
 * into blocks, and nothing ever moves back.
 */
final class InlineData {
  /** The number of the parent, in front of a directory's entries. */
  private static final int PARENT = 4;

  private final Geometry geometry;
  private final Xattrs xattrs;
  private final boolean possible;

  InlineData(Volume volume) {
    this.geometry = volume.geometry();
    this.xattrs = volume.xattrs();
    this.possible = Feature.INLINE_DATA.in(geometry.featuresIncompat());
  }

  /** Whether an inode's contents are in itself. */
  boolean isIn(Ext2Inode inode) {
    return possible && inode.hasFlag(InodeLayout.FLAG_INLINE_DATA);
  }

  /** All bytes that are stored, which may be more than the size. */
  private byte[] stored(Ext2Inode inode) throws IOException {
    byte[] value = xattrs.inlineData(inode);
    if (value == null) {
      throw Ext2Exception.corrupt(
          "inline data of " + inode, InodeLayout.BLOCK, "none", "an attribute system.data");
    }
    byte[] data = new byte[InodeLayout.BLOCK_BYTES + value.length];
    System.arraycopy(inode.snapshot(), InodeLayout.BLOCK, data, 0, InodeLayout.BLOCK_BYTES);
    System.arraycopy(value, 0, data, InodeLayout.BLOCK_BYTES, value.length);
    return data;
  }

  /** The contents of a file or symlink. */
  byte[] read(Ext2Inode inode) throws IOException {
    byte[] data = stored(inode);
    if (inode.size() > data.length) {
      throw Ext2Exception.corrupt(
          "i_size of " + inode, InodeLayout.SIZE, inode.size(), "at most " + data.length);
    }
    return Arrays.copyOf(data, (int) inode.size());
  }

  /** A directory's entries in the form that they would have in a block. */
  byte[] directoryBlock(Ext2Inode dir) throws IOException {
    byte[] data = stored(dir);
    byte[] block = new byte[geometry.blockSize()];
    int at = putDots(block, dir.number(), u32(data, 0));
    int entries = data.length - PARENT;
    if (at + entries + DirectoryEntryLayout.NAME > block.length || entries % 4 != 0) {
      throw Ext2Exception.corrupt(
          "inline directory " + dir, InodeLayout.BLOCK, entries + " bytes", "less than a block");
    }
    System.arraycopy(data, PARENT, block, at, entries);
    at += entries;
    DirectoryEntryLayout.putRecordLength(block, at, block.length - at);
    return block;
  }

  /**
   * Makes an inode one with blocks, the first of which it gets unless its size becomes 0. The
   * block's contents are undefined.
   */
  void moveOut(Ext2Inode inode, BlockMap map, long size) throws IOException {
    byte[] before = inode.snapshot();
    byte[] pointers =
        Arrays.copyOfRange(before, InodeLayout.BLOCK, InodeLayout.BLOCK + InodeLayout.BLOCK_BYTES);
    inode.clearFlag(InodeLayout.FLAG_INLINE_DATA);
    map.initialise(inode);
    boolean done = false;
    try {
      if (size > 0) {
        map.add(inode, 0, 1);
      }
      done = true;
    } finally {
      if (!done) {
        inode.clearFlag(InodeLayout.FLAG_EXTENTS);
        inode.setFlag(InodeLayout.FLAG_INLINE_DATA);
        inode.setPointers(pointers);
      }
    }
    xattrs.removeInlineData(inode);
    inode.setSize(size);
  }

  private static int putDots(byte[] block, long self, long parent) {
    int at = 0;
    for (byte[] name : new byte[][] {Directory.DOT, Directory.DOT_DOT}) {
      int length = DirectoryEntryLayout.sizeFor(name.length);
      put32(block, at, name.length == 1 ? self : parent);
      DirectoryEntryLayout.putRecordLength(block, at, length);
      block[at + DirectoryEntryLayout.NAME_LENGTH] = (byte) name.length;
      block[at + DirectoryEntryLayout.FILE_TYPE] = (byte) FileType.DIRECTORY.entryCode();
      System.arraycopy(name, 0, block, at + DirectoryEntryLayout.NAME, name.length);
      at += length;
    }
    return at;
  }
}
