package io.rookery.ext2;

import static io.rookery.ext2.DirectoryBlock.corrupt;
import static io.rookery.ext2.layout.LittleEndian.u32;
import static io.rookery.ext2.layout.LittleEndian.u8;

import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.DirectoryEntryLayout;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The entries of directories. The caller holds the directory's lock, for writing where entries
 * change. An indexed directory (dir_index) is read as the linear one that it also is; the first new
 * entry makes it linear for good by clearing its flag, a removed one leaves the index valid.
 */
final class Directory {
  static final byte[] DOT = {'.'};
  static final byte[] DOT_DOT = {'.', '.'};

  /** An entry: the inode it names, its type code, and its byte position in the directory. */
  record Entry(long inode, int typeCode, long place) {}

  /** An entry with its name, and the position of what follows. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record NamedEntry(byte[] name, long inode, FileType type, long next) {}

  private final Volume volume;
  private final Geometry geometry;
  private final BlockCache cache;
  private final BlockMap map;
  private final InlineData inline;
  private final DirectoryIndexes indexes;

  Directory(Volume volume, BlockMap map, InlineData inline, DirectoryIndexes indexes) {
    this.volume = volume;
    this.inline = inline;
    this.geometry = volume.geometry();
    this.cache = volume.cache();
    this.map = map;
    this.indexes = indexes;
  }

  /** The entry with this name, null if there is none. */
  @Nullable Entry find(Ext2Inode dir, byte[] name) throws IOException {
    DirectoryIndex index = index(dir);
    if (index == null) {
      return findLinear(dir, name);
    }
    Entry[] found = new Entry[1];
    index.candidates(
        DirectoryIndex.hash(name, 0, name.length),
        place -> {
          int at = (int) (place % geometry.blockSize());
          byte[] block = read(dir, place / geometry.blockSize());
          if (!DirectoryBlock.nameIs(block, at, name)) {
            return false;
          }
          found[0] = entry(block, at, place);
          return true;
        });
    return found[0];
  }

  private @Nullable Entry findLinear(Ext2Inode dir, byte[] name) throws IOException {
    for (long i = 0; i < blocks(dir); i++) {
      byte[] block = checkedBlock(dir, i);
      for (int at = 0; at < block.length; at += DirectoryEntryLayout.recordLength(block, at)) {
        if (u32(block, at) != 0 && DirectoryBlock.nameIs(block, at, name)) {
          return entry(block, at, i * block.length + at);
        }
      }
    }
    return null;
  }

  private Entry entry(byte[] block, int at, long place) {
    return new Entry(u32(block, at), typeCode(block, at), place);
  }

  private int typeCode(byte[] block, int at) {
    return geometry.hasFileType() ? u8(block, at + DirectoryEntryLayout.FILE_TYPE) : 0;
  }

  private int typeCode(FileType type) {
    return geometry.hasFileType() ? type.entryCode() : 0;
  }

  private long blocks(Ext2Inode dir) {
    if (inline.isIn(dir)) {
      return 1;
    }
    return dir.size() / geometry.blockSize();
  }

  private long blockAt(Ext2Inode dir, long index) throws IOException {
    long block = map.get(dir, index, 1).physical();
    if (block == 0) {
      throw corrupt(dir, index * geometry.blockSize(), "a hole", "a block of entries");
    }
    return block;
  }

  private byte[] read(Ext2Inode dir, long index) throws IOException {
    return inline.isIn(dir) ? inline.directoryBlock(dir) : cache.read(blockAt(dir, index));
  }

  /** Whether a block is a part of the on-disk index, which looks like one unused entry. */
  private static boolean isIndexNode(Ext2Inode dir, long index, byte[] block) {
    return dir.hasFlag(InodeLayout.FLAG_INDEXED_DIRECTORY)
        && DirectoryEntryLayout.isIndexNode(block, index);
  }

  private int seed(Ext2Inode dir) {
    return Checksums.inodeSeed(geometry.checksumSeed(), dir.number(), dir.raw());
  }

  private void verify(Ext2Inode dir, long index, byte[] block) throws Ext2Exception {
    boolean good =
        isIndexNode(dir, index, block)
            ? Checksums.indexMatches(seed(dir), block, DirectoryEntryLayout.indexCounts(index))
            : Checksums.directoryMatches(seed(dir), block);
    if (!good) {
      throw corrupt(dir, index * block.length, "a wrong checksum", "the block's");
    }
  }

  /** Puts a block's checksum into it, if the volume has any. */
  private void seal(Ext2Inode dir, long index, byte[] block) throws Ext2Exception {
    if (!geometry.checksums()) {
      return;
    }
    if (!isIndexNode(dir, index, block)) {
      Checksums.putDirectory(seed(dir), block);
    } else if (!Checksums.putIndex(seed(dir), block, DirectoryEntryLayout.indexCounts(index))) {
      throw corrupt(dir, index * block.length, "no index any more", "one as before");
    }
  }

  /** Where the entries of a block end: at its checksum, if there is one behind them. */
  private int end(Ext2Inode dir, long index, byte[] block) {
    boolean tail = geometry.checksums() && !inline.isIn(dir) && !isIndexNode(dir, index, block);
    return tail ? block.length - DirectoryEntryLayout.TAIL_SIZE : block.length;
  }

  private void check(Ext2Inode dir, long index, byte[] block) throws Ext2Exception {
    DirectoryBlock.check(block, end(dir, index, block), dir, index, geometry.inodes());
  }

  /**
   * A block whose entries are sound, each ending where the next one begins; a copy, because a file
   * of a damaged volume may have the same block and be written meanwhile.
   */
  private byte[] checkedBlock(Ext2Inode dir, long index) throws IOException {
    byte[] block = read(dir, index).clone();
    if (geometry.checksums() && !inline.isIn(dir)) {
      verify(dir, index, block);
    }
    check(dir, index, block);
    return block;
  }

  /** The directory's index, made if need be; null if the directory is too large for one. */
  private @Nullable DirectoryIndex index(Ext2Inode dir) throws IOException {
    DirectoryIndex index = dir.index;
    if (index != null) {
      return index;
    }
    index = new DirectoryIndex();
    for (long i = 0; i < blocks(dir); i++) {
      byte[] block = checkedBlock(dir, i);
      for (int at = 0; at < block.length; at += DirectoryEntryLayout.recordLength(block, at)) {
        if (u32(block, at) != 0) {
          index.add(DirectoryBlock.hash(block, at), i * block.length + at);
        }
      }
      index.setGap((int) i, DirectoryBlock.largestGap(block, end(dir, i, block)));
      if (index.bytes() > indexes.maxBytes()) {
        return null;
      }
    }
    dir.index = index;
    indexes.added(dir, index);
    return index;
  }

  /** Adds an entry; the name must be new. */
  void add(Ext2Inode dir, byte[] name, long inode, FileType type) throws IOException {
    moveOut(dir);
    makeLinear(dir);
    DirectoryIndex index = index(dir);
    int size = DirectoryEntryLayout.sizeFor(name.length);
    long target = blockWithRoom(dir, index, size);
    boolean append = target < 0;
    if (append) {
      target = append(dir);
    }
    long number = target;
    int[] change = new int[2]; // the entry's place, the largest gap that is left
    cache.modify(
        blockAt(dir, number),
        WriteOrder.NAMES,
        data -> {
          check(dir, number, data);
          int end = end(dir, number, data);
          int at = DirectoryBlock.placeWithRoom(data, end, size);
          if (at < 0) { // another directory, or file, has the block too
            throw corrupt(dir, number * data.length, "no room", size + " bytes as before");
          }
          change[0] = DirectoryBlock.insert(data, at, name, inode, typeCode(type));
          change[1] = DirectoryBlock.largestGap(data, end);
          seal(dir, number, data);
        });
    if (index != null) {
      index.add(
          DirectoryIndex.hash(name, 0, name.length), number * geometry.blockSize() + change[0]);
      index.setGap((int) number, change[1]);
      if (index.bytes() > indexes.maxBytes()) {
        dir.index = null;
      }
    }
    dir.touchContents();
  }

  private long blockWithRoom(Ext2Inode dir, @Nullable DirectoryIndex index, int size)
      throws IOException {
    if (index != null) {
      return index.blockWithRoom(size);
    }
    for (long i = 0; i < blocks(dir); i++) {
      byte[] block = checkedBlock(dir, i);
      if (DirectoryBlock.largestGap(block, end(dir, i, block)) >= size) {
        return i;
      }
    }
    return -1;
  }

  /** Adds a block with one unused entry to the directory's end. */
  private long append(Ext2Inode dir) throws IOException {
    long index = blocks(dir);
    int blockSize = geometry.blockSize();
    if ((index + 1) * blockSize > Integer.MAX_VALUE) {
      throw new Ext2Exception(Ext2Exception.Reason.EFBIG, "directory " + dir + " of 2 GiB");
    }
    long block = map.add(dir, index, 1).physical();
    volume.directoryGrows();
    cache.create(
        block,
        data -> {
          DirectoryEntryLayout.putRecordLength(data, 0, end(dir, index, data));
          seal(dir, index, data);
        });
    dir.setSize((index + 1) * blockSize);
    return index;
  }

  /** Makes an existing entry name another inode. */
  void replace(Ext2Inode dir, Entry entry, long inode, FileType type) throws IOException {
    moveOut(dir);
    int at = (int) (entry.place() % geometry.blockSize());
    long number = entry.place() / geometry.blockSize();
    cache.modify(
        blockAt(dir, number),
        WriteOrder.NAMES,
        data -> {
          DirectoryBlock.putInode(data, at, inode, typeCode(type));
          seal(dir, number, data);
        });
    dir.touchContents();
  }

  /** Removes an entry: its room goes to the one before it in the block. */
  void remove(Ext2Inode dir, Entry entry) throws IOException {
    moveOut(dir);
    DirectoryIndex index = index(dir);
    int at = (int) (entry.place() % geometry.blockSize());
    long number = entry.place() / geometry.blockSize();
    int[] change = new int[2]; // the name's hash, the largest gap then
    cache.modify(
        blockAt(dir, number),
        data -> {
          check(dir, number, data);
          if (!DirectoryBlock.isEntry(data, at)) {
            throw corrupt(dir, entry.place(), "no entry any more", "one");
          }
          change[0] = DirectoryBlock.hash(data, at);
          DirectoryBlock.remove(data, at);
          change[1] = DirectoryBlock.largestGap(data, end(dir, number, data));
          seal(dir, number, data);
        });
    if (index != null) {
      index.remove(change[0], entry.place());
      index.setGap((int) number, change[1]);
    }
    dir.touchContents();
  }

  /** Writes the first block of a new directory. */
  void initialise(Ext2Inode dir, long parent) throws IOException {
    append(dir);
    int first = DirectoryEntryLayout.sizeFor(DOT.length);
    cache.modify(
        blockAt(dir, 0),
        data -> {
          DirectoryBlock.insert(data, 0, DOT, dir.number(), typeCode(FileType.DIRECTORY));
          DirectoryBlock.insert(data, 0, DOT_DOT, parent, typeCode(FileType.DIRECTORY));
          assert u32(data, first) == parent;
          seal(dir, 0, data);
        });
  }

  /** Moves entries that are in the inode into a block: before anything of them changes. */
  private void moveOut(Ext2Inode dir) throws IOException {
    if (!inline.isIn(dir)) {
      return;
    }
    byte[] entries = inline.directoryBlock(dir);
    int end =
        geometry.checksums() ? entries.length - DirectoryEntryLayout.TAIL_SIZE : entries.length;
    DirectoryBlock.check(entries, entries.length, dir, 0, geometry.inodes());
    int last = DirectoryBlock.last(entries, entries.length);
    if (end - last < DirectoryEntryLayout.NAME) {
      throw corrupt(dir, last, "entries up to there", "room for a checksum");
    }
    DirectoryEntryLayout.putRecordLength(entries, last, end - last);
    inline.moveOut(dir, map, geometry.blockSize());
    cache.create(
        blockAt(dir, 0),
        data -> {
          System.arraycopy(entries, 0, data, 0, data.length);
          seal(dir, 0, data);
        });
    dir.index = null; // with the gaps of a block that had no checksum
  }

  /**
   * Gives the on-disk index up, which new entries would make wrong. Where blocks end in checksums
   * the blocks of the index have to become blocks of entries.
   */
  private void makeLinear(Ext2Inode dir) throws IOException {
    if (!dir.hasFlag(InodeLayout.FLAG_INDEXED_DIRECTORY)) {
      return;
    }
    List<Long> nodes = new ArrayList<>();
    if (geometry.checksums()) {
      for (long i = 0; i < blocks(dir); i++) {
        if (isIndexNode(dir, i, checkedBlock(dir, i))) {
          nodes.add(i);
        }
      }
    }
    dir.clearFlag(InodeLayout.FLAG_INDEXED_DIRECTORY);
    for (long node : nodes) {
      cache.modify(
          blockAt(dir, node),
          data -> {
            int end = end(dir, node, data);
            int last = DirectoryBlock.last(data, data.length);
            Arrays.fill(data, last + DirectoryBlock.used(data, last), data.length, (byte) 0);
            DirectoryEntryLayout.putRecordLength(data, last, end - last);
            seal(dir, node, data);
          });
    }
    if (!nodes.isEmpty()) {
      dir.index = null; // with the gaps of blocks without checksums
    }
  }

  /** Whether there is nothing but {@code .} and {@code ..}. */
  boolean isEmpty(Ext2Inode dir) throws IOException {
    for (long i = 0; i < blocks(dir); i++) {
      byte[] block = checkedBlock(dir, i);
      for (int at = 0; at < block.length; at += DirectoryEntryLayout.recordLength(block, at)) {
        if (u32(block, at) != 0
            && !DirectoryBlock.nameIs(block, at, DOT)
            && !DirectoryBlock.nameIs(block, at, DOT_DOT)) {
          return false;
        }
      }
    }
    return true;
  }

  /** The entries of the block that holds a position, from that position on; empty at the end. */
  List<NamedEntry> list(Ext2Inode dir, long position) throws IOException {
    List<NamedEntry> entries = new ArrayList<>();
    int blockSize = geometry.blockSize();
    long blocks = blocks(dir);
    for (long index = position / blockSize; entries.isEmpty() && index < blocks; index++) {
      byte[] block = checkedBlock(dir, index);
      long start = index * blockSize;
      int at = 0;
      while (at < blockSize) {
        int next = at + DirectoryEntryLayout.recordLength(block, at);
        if (start + at >= position && u32(block, at) != 0) {
          int from = at + DirectoryEntryLayout.NAME;
          entries.add(
              new NamedEntry(
                  Arrays.copyOfRange(
                      block, from, from + u8(block, at + DirectoryEntryLayout.NAME_LENGTH)),
                  u32(block, at),
                  FileType.ofEntryCode(typeCode(block, at)),
                  start + next));
        }
        at = next;
      }
    }
    return entries;
  }

  /** The inode that a directory's {@code ..} names. */
  long parent(Ext2Inode dir) throws IOException {
    Entry entry = find(dir, DOT_DOT);
    if (entry == null) {
      throw corrupt(dir, 0, "no ..", "one");
    }
    return entry.inode();
  }
}
