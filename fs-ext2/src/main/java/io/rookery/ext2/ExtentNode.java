package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.layout.ExtentLayout;

/**
 * A copy of a node of an extent tree: extents in a leaf (depth 0), references to nodes elsewhere.
 * Entries are in the order of their first file blocks.
 */
final class ExtentNode {
  private final long block;
  private final byte[] data;

  /**
   * A node that was read.
   *
   * @param block where it is, 0 for the inode
   */
  ExtentNode(long block, byte[] data) {
    this.block = block;
    this.data = data;
  }

  /** An empty node that fills a block, or (block 0) the room in the inode. */
  static ExtentNode empty(long block, int bytes, int depth) {
    ExtentNode node = new ExtentNode(block, new byte[bytes]);
    put16(node.data, ExtentLayout.MAGIC, ExtentLayout.MAGIC_VALUE);
    put16(node.data, ExtentLayout.MAX_ENTRIES, fitting(bytes));
    node.setDepth(depth);
    return node;
  }

  /** Entries that have room in so many bytes, with a checksum behind them in blocks. */
  static int fitting(int bytes) {
    return (bytes - ExtentLayout.HEADER_SIZE) / ExtentLayout.ENTRY_SIZE;
  }

  long block() {
    return block;
  }

  byte[] data() {
    return data;
  }

  int depth() {
    return u16(data, ExtentLayout.DEPTH);
  }

  void setDepth(int depth) {
    put16(data, ExtentLayout.DEPTH, depth);
  }

  int entries() {
    return u16(data, ExtentLayout.ENTRIES);
  }

  private void setEntries(int entries) {
    put16(data, ExtentLayout.ENTRIES, entries);
  }

  int maxEntries() {
    return u16(data, ExtentLayout.MAX_ENTRIES);
  }

  /** Entries that have room. */
  int room() {
    return maxEntries() - entries();
  }

  private static int at(int entry) {
    return ExtentLayout.HEADER_SIZE + entry * ExtentLayout.ENTRY_SIZE;
  }

  /** Of an entry: its first file block. */
  long first(int entry) {
    return u32(data, at(entry));
  }

  void setFirst(int entry, long fileBlock) {
    put32(data, at(entry), fileBlock);
  }

  /** Of an inner node's entry: where the node below is. */
  long child(int entry) {
    return ExtentLayout.child(data, at(entry));
  }

  /** Of a leaf's entry: blocks. */
  int length(int entry) {
    int stored = u16(data, at(entry) + ExtentLayout.LENGTH);
    return stored <= ExtentLayout.MAX_LENGTH ? stored : stored - ExtentLayout.MAX_LENGTH;
  }

  /** Of a leaf's entry: whether it has data; otherwise it reads as zeros. */
  boolean isWritten(int entry) {
    return u16(data, at(entry) + ExtentLayout.LENGTH) <= ExtentLayout.MAX_LENGTH;
  }

  /** Of a leaf's entry: the first block on the device. */
  long physical(int entry) {
    return ExtentLayout.start(data, at(entry));
  }

  /** Of a leaf's entry: the file block behind it. */
  long end(int entry) {
    return first(entry) + length(entry);
  }

  void setExtent(int entry, long fileBlock, long physical, int length, boolean written) {
    put32(data, at(entry), fileBlock);
    put16(
        data, at(entry) + ExtentLayout.LENGTH, written ? length : length + ExtentLayout.MAX_LENGTH);
    ExtentLayout.putStart(data, at(entry), physical);
  }

  /** Makes an extent one that begins later. */
  void cutFront(int entry, int blocks) {
    setExtent(
        entry,
        first(entry) + blocks,
        physical(entry) + blocks,
        length(entry) - blocks,
        isWritten(entry));
  }

  void setLength(int entry, int length) {
    setExtent(entry, first(entry), physical(entry), length, isWritten(entry));
  }

  void insertExtent(int entry, long fileBlock, long physical, int length, boolean written) {
    open(entry);
    setExtent(entry, fileBlock, physical, length, written);
  }

  void insertChild(int entry, long fileBlock, long child) {
    open(entry);
    put32(data, at(entry), fileBlock);
    ExtentLayout.putChild(data, at(entry), child);
  }

  private void open(int entry) {
    System.arraycopy(data, at(entry), data, at(entry + 1), at(entries()) - at(entry));
    setEntries(entries() + 1);
  }

  /** Removes the entries from one on up to, without, another. */
  void remove(int from, int to) {
    System.arraycopy(data, at(to), data, at(from), at(entries()) - at(to));
    setEntries(entries() - (to - from));
  }

  /** Makes another node's entries from one on its own ones, which it must have room for. */
  void takeFrom(ExtentNode other, int from) {
    int count = other.entries() - from;
    System.arraycopy(other.data, at(from), data, at(0), count * ExtentLayout.ENTRY_SIZE);
    setEntries(count);
    other.setEntries(from);
  }

  /** The last entry that begins at a file block or before it; -1 if there is none. */
  int find(long fileBlock) {
    int low = 0;
    int high = entries();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (first(middle) <= fileBlock) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /** Whether an extent that begins at a place may become the continuation of a leaf's entry. */
  boolean continues(int entry, long fileBlock, long physical, int length, boolean written) {
    return entry >= 0
        && isWritten(entry) == written
        && end(entry) == fileBlock
        && physical(entry) + length(entry) == physical
        && length(entry) + length <= maxLength(written);
  }

  /** Makes a leaf's entry and the next one into one, if they are neighbours in all respects. */
  void join(int entry) {
    int next = entry + 1;
    if (entry >= 0
        && next < entries()
        && continues(entry, first(next), physical(next), length(next), isWritten(next))) {
      setLength(entry, length(entry) + length(next));
      remove(next, next + 1);
    }
  }

  /** The longest extent. */
  static int maxLength(boolean written) {
    return written ? ExtentLayout.MAX_LENGTH : ExtentLayout.MAX_LENGTH - 1;
  }
}
