package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put32;
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

  private final Geometry geometry;
  private final BlockCache cache;
  private final BlockMap map;
  private final InlineData inline;
  private final DirectoryIndexes indexes;

  Directory(Volume volume, BlockMap map, InlineData inline, DirectoryIndexes indexes) {
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
          if (!nameIs(block, at, name)) {
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
        if (u32(block, at) != 0 && nameIs(block, at, name)) {
          return entry(block, at, i * block.length + at);
        }
      }
    }
    return null;
  }

  private static boolean nameIs(byte[] block, int at, byte[] name) {
    int from = at + DirectoryEntryLayout.NAME;
    return u8(block, at + DirectoryEntryLayout.NAME_LENGTH) == name.length
        && from + name.length <= block.length
        && Arrays.equals(block, from, from + name.length, name, 0, name.length);
  }

  private Entry entry(byte[] block, int at, long place) {
    return new Entry(u32(block, at), typeCode(block, at), place);
  }

  private int typeCode(byte[] block, int at) {
    return geometry.hasFileType() ? u8(block, at + DirectoryEntryLayout.FILE_TYPE) : 0;
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

  private void verify(Ext2Inode dir, long index, byte[] block) throws Ext2Exception {
    int seed = Checksums.inodeSeed(geometry.checksumSeed(), dir.number(), dir.raw());
    boolean node =
        (dir.flags() & InodeLayout.FLAG_INDEXED_DIRECTORY) != 0
            && DirectoryEntryLayout.isIndexNode(block, index);
    boolean good =
        node
            ? Checksums.indexMatches(seed, block, DirectoryEntryLayout.indexCounts(index))
            : Checksums.directoryMatches(seed, block);
    if (!good) {
      throw corrupt(dir, index * block.length, "a wrong checksum", "the block's");
    }
  }

  private static Ext2Exception corrupt(Ext2Inode dir, long at, Object found, String expected) {
    return Ext2Exception.corrupt("directory " + dir, at, found, expected);
  }

  /** A block whose entries are sound, each ending where the next one begins. */
  private byte[] checkedBlock(Ext2Inode dir, long index) throws IOException {
    byte[] block = read(dir, index);
    if (geometry.checksums() && !inline.isIn(dir)) {
      verify(dir, index, block);
    }
    int at = 0;
    while (at < block.length) {
      long where = index * block.length + at;
      if (block.length - at < DirectoryEntryLayout.NAME) {
        throw corrupt(dir, where, block.length - at + " bytes", "an entry of 8 at least");
      }
      int length = DirectoryEntryLayout.recordLength(block, at);
      int nameLength = u8(block, at + DirectoryEntryLayout.NAME_LENGTH);
      long inode = u32(block, at);
      int needed =
          inode == 0 ? DirectoryEntryLayout.NAME : DirectoryEntryLayout.sizeFor(nameLength);
      if (length < needed || length % 4 != 0 || length > block.length - at) {
        throw corrupt(
            dir,
            where,
            "record length " + length,
            "a multiple of 4 in %d..%d".formatted(needed, block.length - at));
      }
      if (inode != 0 && (inode > geometry.inodes() || !nameIsLegal(block, at, nameLength))) {
        throw corrupt(
            dir,
            where,
            "inode %d, name of %d bytes".formatted(inode, nameLength),
            "an inode up to %d, a name without / and NUL".formatted(geometry.inodes()));
      }
      at += length;
    }
    return block;
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
          index.add(hash(block, at), i * block.length + at);
        }
      }
      index.setGap((int) i, largestGap(block));
      if (index.bytes() > indexes.maxBytes()) {
        return null;
      }
    }
    dir.index = index;
    indexes.added(dir, index);
    return index;
  }

  private static int hash(byte[] block, int at) {
    return DirectoryIndex.hash(
        block, at + DirectoryEntryLayout.NAME, u8(block, at + DirectoryEntryLayout.NAME_LENGTH));
  }

  /** Bytes of an entry's record that the entry itself does not need. */
  private static int gap(byte[] block, int at) {
    int length = DirectoryEntryLayout.recordLength(block, at);
    return u32(block, at) == 0
        ? length
        : length - DirectoryEntryLayout.sizeFor(u8(block, at + DirectoryEntryLayout.NAME_LENGTH));
  }

  private static int largestGap(byte[] block) {
    int largest = 0;
    for (int at = 0; at < block.length; at += DirectoryEntryLayout.recordLength(block, at)) {
      largest = Math.max(largest, gap(block, at));
    }
    return largest;
  }

  /** Adds an entry; the name must be new. */
  void add(Ext2Inode dir, byte[] name, long inode, FileType type) throws IOException {
    DirectoryIndex index = index(dir);
    if ((dir.flags() & InodeLayout.FLAG_INDEXED_DIRECTORY) != 0) {
      dir.clearFlag(InodeLayout.FLAG_INDEXED_DIRECTORY);
    }
    int size = DirectoryEntryLayout.sizeFor(name.length);
    long target = blockWithRoom(dir, index, size);
    boolean append = target < 0;
    if (append) {
      target = append(dir);
    }
    byte[] block = cache.read(blockAt(dir, target));
    int at = 0;
    while (gap(block, at) < size) {
      at += DirectoryEntryLayout.recordLength(block, at);
    }
    int place = at;
    int[] newPlace = new int[1];
    cache.modify(
        blockAt(dir, target),
        data -> {
          newPlace[0] = insert(data, place, name, inode, type);
        });
    if (index != null) {
      index.add(
          DirectoryIndex.hash(name, 0, name.length), target * geometry.blockSize() + newPlace[0]);
      index.setGap((int) target, largestGap(cache.read(blockAt(dir, target))));
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
      if (largestGap(checkedBlock(dir, i)) >= size) {
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
    cache.create(block, data -> DirectoryEntryLayout.putRecordLength(data, 0, blockSize));
    dir.setSize((index + 1) * blockSize);
    return index;
  }

  /** Puts an entry into an unused one, or behind the used one at {@code at}; returns its place. */
  private int insert(byte[] data, int at, byte[] name, long inode, FileType type) {
    int place = at;
    if (u32(data, at) != 0) {
      int length = DirectoryEntryLayout.recordLength(data, at);
      int used = DirectoryEntryLayout.sizeFor(u8(data, at + DirectoryEntryLayout.NAME_LENGTH));
      DirectoryEntryLayout.putRecordLength(data, at, used);
      place = at + used;
      DirectoryEntryLayout.putRecordLength(data, place, length - used);
    }
    data[place + DirectoryEntryLayout.NAME_LENGTH] = (byte) name.length;
    System.arraycopy(name, 0, data, place + DirectoryEntryLayout.NAME, name.length);
    putInode(data, place, inode, type);
    return place;
  }

  private void putInode(byte[] data, int at, long inode, FileType type) {
    put32(data, at + DirectoryEntryLayout.INODE, inode);
    data[at + DirectoryEntryLayout.FILE_TYPE] =
        geometry.hasFileType() ? (byte) type.entryCode() : 0;
  }

  /** Makes an existing entry name another inode. */
  void replace(Ext2Inode dir, Entry entry, long inode, FileType type) throws IOException {
    int at = (int) (entry.place() % geometry.blockSize());
    cache.modify(
        blockAt(dir, entry.place() / geometry.blockSize()),
        data -> putInode(data, at, inode, type));
    dir.touchContents();
  }

  /** Removes an entry: its room goes to the one before it in the block. */
  void remove(Ext2Inode dir, Entry entry) throws IOException {
    DirectoryIndex index = index(dir);
    int at = (int) (entry.place() % geometry.blockSize());
    long number = entry.place() / geometry.blockSize();
    byte[] block = checkedBlock(dir, number);
    int hash = hash(block, at);
    int previous = -1;
    int next = 0;
    while (next < at) {
      previous = next;
      next += DirectoryEntryLayout.recordLength(block, next);
    }
    int before = previous;
    cache.modify(
        blockAt(dir, number),
        data -> {
          put32(data, at + DirectoryEntryLayout.INODE, 0);
          if (before >= 0) {
            DirectoryEntryLayout.putRecordLength(
                data,
                before,
                DirectoryEntryLayout.recordLength(data, before)
                    + DirectoryEntryLayout.recordLength(data, at));
          }
        });
    if (index != null) {
      index.remove(hash, entry.place());
      index.setGap((int) number, largestGap(cache.read(blockAt(dir, number))));
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
          insert(data, 0, DOT, dir.number(), FileType.DIRECTORY);
          insert(data, 0, DOT_DOT, parent, FileType.DIRECTORY);
          assert u32(data, first) == parent;
        });
  }

  /** Whether there is nothing but {@code .} and {@code ..}. */
  boolean isEmpty(Ext2Inode dir) throws IOException {
    for (long i = 0; i < blocks(dir); i++) {
      byte[] block = checkedBlock(dir, i);
      for (int at = 0; at < block.length; at += DirectoryEntryLayout.recordLength(block, at)) {
        if (u32(block, at) != 0 && !nameIs(block, at, DOT) && !nameIs(block, at, DOT_DOT)) {
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
