package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;
import static io.rookery.ext2.layout.LittleEndian.u32;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.DirectoryEntryLayout;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds places for the blocks and inodes beyond a volume's new end, and changes everything that
 * names them. Nothing is written: what has its new place in free blocks is left in {@code fresh}
 * and, for the contents of files, in a list of copies; what changes where it is, in {@code
 * inPlace}. The volume must have been found sound, so that pointers and entries are what they
 * should be.
 */
final class ShrinkMove {
  private static final int COPY_BYTES = 1 << 20;

  /** Blocks of files that move together. */
  private record Run(long from, long to, int count) {}

  private final BlockDevice device;
  private final Geometry old;
  private final Geometry next;
  private final ResizedGroups groups;
  private final StagedBlocks fresh;
  private final StagedBlocks inPlace;
  private final List<Run> runs = new ArrayList<>();
  private final Map<Long, Long> newInodes = new HashMap<>();

  /** Blocks of attributes, which files may share. */
  private final Map<Long, Long> newXattrBlocks = new HashMap<>();

  ShrinkMove(
      BlockDevice device,
      Geometry old,
      Geometry next,
      ResizedGroups groups,
      StagedBlocks fresh,
      StagedBlocks inPlace) {
    this.device = device;
    this.old = old;
    this.next = next;
    this.groups = groups;
    this.fresh = fresh;
    this.inPlace = inPlace;
  }

  /**
   * Plans all moves.
   *
   * @throws Ext2Exception ENOSPC
   */
  void plan() throws IOException {
    forEachInode(next.groups(), this::planInode);
    forEachInode(0, this::moveBlocks);
  }

  /** Whether files get other inode numbers, so that names have to be changed. */
  boolean movesInodes() {
    return !newInodes.isEmpty();
  }

  private interface InodeAction {
    void run(long number, byte[] raw) throws IOException;
  }

  /** From a group on, inodes in use whose contents are files'. */
  private void forEachInode(int firstGroup, InodeAction action) throws IOException {
    int size = old.inodeSize();
    for (int group = firstGroup; group < old.groups(); group++) {
      long table = groups.before(group).inodeTable;
      byte[] block = new byte[old.blockSize()];
      for (int i = 0; i < old.inodesPerGroup(); i++) {
        int at = i * size % old.blockSize();
        if (at == 0) {
          long offset = old.byteOffset(table) + (long) i * size;
          device.read(offset, ByteBuffer.wrap(block));
        }
        long number = (long) group * old.inodesPerGroup() + i + 1;
        if (u16(block, at + InodeLayout.LINKS_COUNT) != 0 && number != InodeLayout.RESIZE_INODE) {
          byte[] raw = new byte[size];
          System.arraycopy(block, at, raw, 0, size);
          action.run(number, raw);
        }
      }
    }
  }

  private void planInode(long number, byte[] raw) throws IOException {
    newInodes.put(number, groups.allocateInode(type(raw) == FileType.DIRECTORY));
  }

  private static FileType type(byte[] raw) {
    return FileType.ofMode(u16(raw, InodeLayout.MODE));
  }

  private void moveBlocks(long number, byte[] raw) throws IOException {
    byte[] moved = raw.clone();
    long xattrs = u32(raw, InodeLayout.FILE_ACL);
    if (xattrs != 0) {
      put32(moved, InodeLayout.FILE_ACL, xattrBlock(xattrs));
    }
    if (hasBlocks(raw, xattrs)) {
      boolean directory = type(raw) == FileType.DIRECTORY;
      for (int slot = 0; slot < InodeLayout.BLOCK_BYTES / Integer.BYTES; slot++) {
        int level = Math.max(0, slot - InodeLayout.DIRECT_BLOCKS + 1);
        int at = InodeLayout.BLOCK + slot * Integer.BYTES;
        put32(moved, at, relocate(u32(raw, at), level, directory));
      }
    }
    long target = newInodes.getOrDefault(number, number);
    if (target != number || !Arrays.equals(raw, moved)) {
      putInode(target, moved);
    }
  }

  /** Device nodes and short symlinks keep something else in place of pointers. */
  private boolean hasBlocks(byte[] raw, long xattrs) {
    return switch (type(raw)) {
      case REGULAR, DIRECTORY -> true;
      case SYMLINK -> u32(raw, InodeLayout.BLOCKS_512) > (xattrs == 0 ? 0 : old.blockSize() / 512);
      case UNKNOWN, CHARACTER_DEVICE, BLOCK_DEVICE, FIFO, SOCKET -> false;
    };
  }

  private void putInode(long number, byte[] raw) throws IOException {
    int index = (int) ((number - 1) % next.inodesPerGroup());
    BlockGroup group = groups.get((int) ((number - 1) / next.inodesPerGroup()));
    int perBlock = next.blockSize() / raw.length;
    long block = group.inodeTable + index / perBlock;
    byte[] data = inPlace.read(block);
    System.arraycopy(raw, 0, data, index % perBlock * raw.length, raw.length);
    inPlace.put(block, data);
  }

  private long xattrBlock(long block) throws IOException {
    Long known = newXattrBlocks.get(block);
    long target = known == null ? relocate(block, 0, false) : known;
    newXattrBlocks.put(block, target);
    return target;
  }

  /** The block itself if it stays, else a free one. */
  private long target(long block) throws IOException {
    return block < next.blocks() ? block : groups.allocateBlock();
  }

  /**
   * Finds a place for a block and all that it points to.
   *
   * @param level how many levels of pointers are below the pointer
   */
  private long relocate(long block, int level, boolean directory) throws IOException {
    if (block == 0) {
      return 0;
    }
    long target = target(block);
    if (level == 0 && !(directory && movesInodes())) {
      if (target != block) {
        addCopy(block, target);
      }
      return target;
    }
    byte[] data = new byte[old.blockSize()];
    device.read(old.byteOffset(block), ByteBuffer.wrap(data));
    boolean changed = level == 0 ? renumber(data) : relocateAll(data, level - 1, directory);
    if (target != block) {
      fresh.put(target, data);
    } else if (changed) {
      inPlace.put(block, data);
    }
    return target;
  }

  private boolean relocateAll(byte[] pointers, int level, boolean directory) throws IOException {
    boolean changed = false;
    for (int at = 0; at < pointers.length; at += Integer.BYTES) {
      long block = u32(pointers, at);
      long target = relocate(block, level, directory);
      put32(pointers, at, target);
      changed |= target != block;
    }
    return changed;
  }

  /** Gives the entries of a directory's block the new numbers; nodes of an index look empty. */
  private boolean renumber(byte[] block) {
    boolean changed = false;
    for (int at = 0; at + DirectoryEntryLayout.NAME <= block.length; ) {
      Long number = newInodes.get(u32(block, at + DirectoryEntryLayout.INODE));
      if (number != null) {
        put32(block, at + DirectoryEntryLayout.INODE, number);
        changed = true;
      }
      at += Math.max(DirectoryEntryLayout.NAME, DirectoryEntryLayout.recordLength(block, at));
    }
    return changed;
  }

  private void addCopy(long from, long to) {
    Run last = runs.isEmpty() ? new Run(-1, -1, 0) : runs.getLast();
    int max = COPY_BYTES / old.blockSize();
    if (from == last.from + last.count && to == last.to + last.count && last.count < max) {
      runs.set(runs.size() - 1, new Run(last.from, last.to, last.count + 1));
    } else {
      runs.add(new Run(from, to, 1));
    }
  }

  /** Copies the contents of files into blocks that are free as long as nothing else is written. */
  void copy() throws IOException {
    for (Run run : runs) {
      ByteBuffer data = ByteBuffer.allocate(run.count * old.blockSize());
      device.read(old.byteOffset(run.from), data);
      device.write(old.byteOffset(run.to), data.flip());
    }
  }
}
