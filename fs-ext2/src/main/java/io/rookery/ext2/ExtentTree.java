package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.u16;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.layout.Checksums;
import io.rookery.ext2.layout.ExtentLayout;
import io.rookery.ext2.layout.InodeLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The nodes of files' extent trees. Every change keeps what e2fsck wants: a reference begins where
 * the node below does, no node but the root is empty. The caller holds the inode's lock.
 */
final class ExtentTree {
  private static final long END = 1L << 32;

  private final Geometry geometry;
  private final GroupTable groups;
  private final BlockCache cache;
  private final BlockAllocator allocator;
  private final BlockReleaser releaser;

  ExtentTree(Volume volume) {
    this.geometry = volume.geometry();
    this.groups = volume.groups();
    this.cache = volume.cache();
    this.allocator = volume.blocks();
    this.releaser = volume.releaser();
  }

  /**
   * The nodes from the root to a leaf, with the entry of each that leads on.
   *
   * @param from the first file block that the leaf is responsible for
   * @param to the one behind the last
   */
  record Path(List<ExtentNode> nodes, List<Integer> entries, long from, long to) {
    ExtentNode leaf() {
      return nodes.get(nodes.size() - 1);
    }
  }

  /** The empty tree of a new inode, in the form of its root. */
  static byte[] empty() {
    return ExtentNode.empty(0, InodeLayout.BLOCK_BYTES, 0).data();
  }

  /** The way to the leaf that is responsible for a file block; all nodes are checked. */
  Path find(Ext2Inode inode, long fileBlock) throws IOException {
    int base = InodeLayout.BLOCK;
    ExtentNode node =
        new ExtentNode(0, Arrays.copyOfRange(inode.raw(), base, base + InodeLayout.BLOCK_BYTES));
    int depth = node.depth();
    if (depth > ExtentLayout.MAX_DEPTH) {
      throw corrupt(inode, "depth " + depth, "at most " + ExtentLayout.MAX_DEPTH);
    }
    checkHeader(inode, node, depth);
    List<ExtentNode> nodes = new ArrayList<>(List.of(node));
    List<Integer> entries = new ArrayList<>();
    long key = 0;
    long from = 0;
    long to = END;
    while (depth > 0) {
      checkReferences(inode, node, key, to);
      // Blocks in front of the first reference are the first node's business too.
      int entry = Math.max(0, node.find(fileBlock));
      entries.add(entry);
      key = node.first(entry);
      from = entry == 0 ? from : key;
      to = entry + 1 < node.entries() ? node.first(entry + 1) : to;
      node = read(inode, node.child(entry));
      checkHeader(inode, node, --depth);
      nodes.add(node);
    }
    checkExtents(inode, node, key, to);
    return new Path(nodes, entries, from, to);
  }

  private ExtentNode read(Ext2Inode inode, long block) throws IOException {
    if (!groups.isDataBlock(block)) {
      throw corrupt(inode, "a node at block " + block, "a data block");
    }
    // A copy, because a file of a damaged volume may have the same block and be written meanwhile.
    byte[] data = cache.read(block).clone();
    if (geometry.checksums() && !Checksums.extentsMatch(seed(inode), data)) {
      throw corrupt(inode, "a wrong checksum in block " + block, "a right one");
    }
    return new ExtentNode(block, data);
  }

  private int seed(Ext2Inode inode) {
    return Checksums.inodeSeed(geometry.checksumSeed(), inode.number(), inode.raw());
  }

  private static void checkHeader(Ext2Inode inode, ExtentNode node, int depth)
      throws Ext2Exception {
    int magic = u16(node.data(), ExtentLayout.MAGIC);
    int fitting = ExtentNode.fitting(node.data().length);
    if (magic != ExtentLayout.MAGIC_VALUE
        || node.depth() != depth
        || node.room() < 0
        || (depth > 0 && node.entries() == 0)
        || node.maxEntries() > fitting
        || node.maxEntries() < fitting - 2) {
      throw corrupt(
          inode,
          "header %04x, depth %d, %d of %d entries"
              .formatted(magic, node.depth(), node.entries(), node.maxEntries()),
          "%04x, depth %d, room for %d entries"
              .formatted(ExtentLayout.MAGIC_VALUE, depth, fitting));
    }
  }

  private static void checkReferences(Ext2Inode inode, ExtentNode node, long key, long to)
      throws Ext2Exception {
    for (int i = 0; i < node.entries(); i++) {
      long first = node.first(i);
      if (first < key || first >= to || (i > 0 && first <= node.first(i - 1))) {
        throw corrupt(inode, "a node at file block " + first, "%d..%d".formatted(key, to));
      }
    }
  }

  private void checkExtents(Ext2Inode inode, ExtentNode node, long key, long to)
      throws Ext2Exception {
    long next = key;
    for (int i = 0; i < node.entries(); i++) {
      int length = node.length(i);
      if (node.first(i) < next || length == 0 || node.end(i) > to) {
        throw corrupt(
            inode,
            "an extent of %d blocks at file block %d".formatted(length, node.first(i)),
            "%d..%d".formatted(next, to));
      }
      if (!groups.areDataBlocks(node.physical(i), length)) {
        throw corrupt(
            inode, "%d blocks at block %d".formatted(length, node.physical(i)), "data blocks");
      }
      next = node.end(i);
    }
  }

  private static Ext2Exception corrupt(Ext2Inode inode, String found, String expected) {
    return Ext2Exception.corrupt("extent tree of " + inode, InodeLayout.BLOCK, found, expected);
  }

  /** Puts a changed node back into its place. */
  private void store(Ext2Inode inode, ExtentNode node) throws IOException {
    byte[] data = node.data();
    if (node.block() == 0) {
      inode.setPointers(data);
      return;
    }
    if (geometry.checksums()) {
      Checksums.putExtents(seed(inode), data);
    }
    cache.create(node.block(), bytes -> System.arraycopy(data, 0, bytes, 0, data.length));
  }

  /** Stores the leaf of a path, and the references to it if it begins elsewhere now. */
  void storeLeaf(Ext2Inode inode, Path path) throws IOException {
    int level = path.nodes.size() - 1;
    if (path.leaf().entries() == 0 && level > 0) {
      removeNode(inode, path, level);
    } else {
      store(inode, path.leaf());
      storeKeys(inode, path, level);
    }
  }

  private void storeKeys(Ext2Inode inode, Path path, int below) throws IOException {
    for (int level = below; level > 0; level--) {
      ExtentNode parent = path.nodes.get(level - 1);
      int entry = path.entries.get(level - 1);
      long first = path.nodes.get(level).first(0);
      if (parent.first(entry) == first) {
        return;
      }
      parent.setFirst(entry, first);
      store(inode, parent);
      if (entry > 0) {
        return;
      }
    }
  }

  private void removeNode(Ext2Inode inode, Path path, int level) throws IOException {
    ExtentNode parent = path.nodes.get(level - 1);
    int entry = path.entries.get(level - 1);
    parent.remove(entry, entry + 1);
    if (parent.entries() == 0 && level > 1) {
      removeNode(inode, path, level - 1);
    } else {
      if (parent.entries() == 0) {
        parent.setDepth(0);
      }
      store(inode, parent);
      if (parent.entries() > 0) {
        storeKeys(inode, path, level - 1);
      }
    }
    releaser.release(inode, path.nodes.get(level).block());
  }

  /** Moves the entries of the only node below the root into the root, as long as they fit. */
  void flatten(Ext2Inode inode, long fileBlock) throws IOException {
    while (true) {
      Path path = find(inode, fileBlock);
      ExtentNode root = path.nodes.get(0);
      if (root.depth() == 0 || root.entries() > 1) {
        return;
      }
      ExtentNode child = path.nodes.get(1);
      if (child.entries() > root.maxEntries()) {
        return;
      }
      root.takeFrom(child, 0);
      root.setDepth(child.depth());
      store(inode, root);
      releaser.release(inode, child.block());
    }
  }

  /**
   * The way to the leaf that is responsible for a file block, which has room for so many entries
   * then (at most two).
   *
   * @throws Ext2Exception ENOSPC; the tree says what it said before
   */
  Path makeRoom(Ext2Inode inode, long fileBlock, int wanted) throws IOException {
    while (true) {
      Path path = find(inode, fileBlock);
      if (path.leaf().room() >= wanted) {
        return path;
      }
      // The lowest node above the leaf with room for a reference takes one to a new node.
      int level = path.nodes.size() - 2;
      while (level >= 0 && path.nodes.get(level).room() == 0) {
        level--;
      }
      if (level < 0) {
        grow(inode, path.nodes.get(0));
      } else {
        split(inode, path, level, fileBlock);
      }
    }
  }

  /** Moves the root's entries into a node of their own. */
  private void grow(Ext2Inode inode, ExtentNode root) throws IOException {
    if (root.depth() == ExtentLayout.MAX_DEPTH) {
      throw new Ext2Exception(Reason.EFBIG, "%s has too many extents".formatted(inode));
    }
    ExtentNode child = newNode(inode, root, root.depth());
    child.takeFrom(root, 0);
    store(inode, child);
    root.setDepth(root.depth() + 1);
    root.insertChild(0, child.first(0), child.block());
    store(inode, root);
  }

  /** Moves a part of the entries of the node below a level into a new one beside it. */
  private void split(Ext2Inode inode, Path path, int level, long fileBlock) throws IOException {
    ExtentNode parent = path.nodes.get(level);
    ExtentNode full = path.nodes.get(level + 1);
    int last = full.entries() - 1;
    // A file that grows at its end leaves full nodes behind.
    int at = full.first(last) <= fileBlock ? last : (last + 1) / 2;
    ExtentNode right = newNode(inode, full, full.depth());
    right.takeFrom(full, at);
    store(inode, right);
    store(inode, full);
    parent.insertChild(path.entries.get(level) + 1, right.first(0), right.block());
    store(inode, parent);
  }

  private ExtentNode newNode(Ext2Inode inode, ExtentNode near, int depth) throws IOException {
    long goal = near.block();
    if (goal == 0) {
      goal = depth > 0 ? near.child(0) : near.physical(near.entries() - 1);
    }
    long block = allocator.allocate(goal, 1).first();
    inode.addBlocks(1);
    return ExtentNode.empty(block, geometry.blockSize(), depth);
  }
}
