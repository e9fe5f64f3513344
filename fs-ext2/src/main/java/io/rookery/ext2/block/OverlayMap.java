package io.rookery.ext2.block;

import static io.rookery.ext2.block.OverlayLayout.CLUSTER;
import static io.rookery.ext2.block.OverlayLayout.FIRST_FREE;
import static io.rookery.ext2.block.OverlayLayout.POINTERS;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The pointers of an overlay, all in memory, and which clusters of its file are in use. Not
 * thread-safe: changes need the overlay's writer lock and, as far as readers see them, its map
 * lock.
 */
final class OverlayMap {
  private final Storage file;
  private final long baseClusters;

  /** Data pointers by leaf page; null where a leaf has none. */
  private final long[] @Nullable [] leaves;

  private final long[] leafPointers;
  private final long[] middlePointers;
  private final BitSet dirtyLeaves = new BitSet();
  private final BitSet used = new BitSet();

  /** Clusters that the last flushed root still needs, free after the next flush. */
  private final BitSet freeAfterFlush = new BitSet();

  /** Clusters that no flushed root has ever needed. */
  private final BitSet fresh = new BitSet();

  private int searchFrom = FIRST_FREE;
  private long generation;
  private int baseChecksum;
  private boolean merging;

  OverlayMap(Storage file, long diskSize) {
    this.file = file;
    this.baseClusters = (diskSize + CLUSTER - 1) / CLUSTER;
    int leafCount = (int) ((baseClusters + POINTERS - 1) / POINTERS);
    this.leaves = new long[leafCount][];
    this.leafPointers = new long[leafCount];
    this.middlePointers = new long[(leafCount + POINTERS - 1) / POINTERS];
    used.set(0, FIRST_FREE);
  }

  long get(long cluster) {
    long[] leaf = leaves[(int) (cluster / POINTERS)];
    return leaf == null ? OverlayLayout.ABSENT : leaf[(int) (cluster % POINTERS)];
  }

  /** Points a cluster elsewhere; what it pointed at before is freed. */
  void put(long cluster, long pointer) {
    int index = (int) (cluster / POINTERS);
    long[] leaf = leaves[index];
    if (leaf == null) {
      leaf = new long[POINTERS];
      leaves[index] = leaf;
    }
    int slot = (int) (cluster % POINTERS);
    free(OverlayLayout.cluster(leaf[slot]));
    leaf[slot] = pointer;
    dirtyLeaves.set(index);
  }

  /** Takes a free cluster of the file. */
  int allocate() throws IOException {
    int cluster = used.nextClearBit(searchFrom);
    if (cluster == Integer.MAX_VALUE) {
      throw new DeviceFullException(file.name() + " cannot grow any more");
    }
    used.set(cluster);
    fresh.set(cluster);
    searchFrom = cluster + 1;
    return cluster;
  }

  private void free(int cluster) {
    if (cluster < FIRST_FREE) {
      return;
    }
    if (fresh.get(cluster)) {
      release(cluster);
    } else {
      freeAfterFlush.set(cluster);
    }
  }

  /** Gives back a cluster that was allocated and then not used. */
  void release(int cluster) {
    fresh.clear(cluster);
    used.clear(cluster);
    searchFrom = Math.min(searchFrom, cluster);
  }

  boolean dirty() {
    return !dirtyLeaves.isEmpty();
  }

  /** Bytes of the file in use. */
  long bytes() {
    return (long) used.cardinality() * CLUSTER;
  }

  boolean isEmpty() {
    return used.nextSetBit(FIRST_FREE) < 0;
  }

  /** The base's checksum at the last flush. */
  int baseChecksum() {
    return baseChecksum;
  }

  /** Whether a merge into the base has begun and not ended: the base is neither old nor new. */
  boolean merging() {
    return merging;
  }

  /** What the next flush says of the base. */
  void setBase(int checksum, boolean nowMerging) {
    baseChecksum = checksum;
    merging = nowMerging;
  }

  /** Forgets all changes; with the map lock held. */
  void clear() {
    for (int i = 0; i < leaves.length; i++) {
      long[] leaf = leaves[i];
      for (int slot = 0; leaf != null && slot < leaf.length; slot++) {
        free(OverlayLayout.cluster(leaf[slot]));
      }
      leaves[i] = null;
      free(OverlayLayout.cluster(leafPointers[i]));
      leafPointers[i] = 0;
    }
    for (int i = 0; i < middlePointers.length; i++) {
      free(OverlayLayout.cluster(middlePointers[i]));
      middlePointers[i] = 0;
    }
    dirtyLeaves.clear();
  }

  /** Writes the changed pages and then, between two barriers, the root. */
  void flush() throws IOException {
    BitSet dirtyMiddles = new BitSet();
    for (int i = dirtyLeaves.nextSetBit(0); i >= 0; i = dirtyLeaves.nextSetBit(i + 1)) {
      long[] leaf = leaves[i];
      if (leaf != null) {
        leafPointers[i] = writePage(leafPointers[i], leaf, 0);
        dirtyMiddles.set(i / POINTERS);
      }
    }
    for (int i = dirtyMiddles.nextSetBit(0); i >= 0; i = dirtyMiddles.nextSetBit(i + 1)) {
      middlePointers[i] = writePage(middlePointers[i], leafPointers, i * POINTERS);
    }
    file.force();
    fresh.clear(); // should the root be written and yet fail, it may need them
    writeRoot(generation + 1);
    file.force();
    generation++;
    dirtyLeaves.clear();
    used.andNot(freeAfterFlush);
    freeAfterFlush.clear();
    searchFrom = FIRST_FREE;
  }

  private long writePage(long old, long[] pointers, int from) throws IOException {
    ByteBuffer page = OverlayLayout.page();
    int n = Math.min(POINTERS, pointers.length - from);
    for (int i = 0; i < n; i++) {
      page.putLong(i * Long.BYTES, pointers[from + i]);
    }
    int cluster = allocate();
    file.write((long) cluster * CLUSTER, page.duplicate());
    free(OverlayLayout.cluster(old));
    return OverlayLayout.pointer(cluster, OverlayLayout.checksum(page));
  }

  void writeRoot(long newGeneration) throws IOException {
    ByteBuffer page = OverlayLayout.page();
    page.putInt(0, OverlayLayout.ROOT_MAGIC);
    page.putLong(OverlayLayout.ROOT_GENERATION, newGeneration);
    page.putInt(OverlayLayout.ROOT_BASE_CRC, baseChecksum);
    page.putInt(OverlayLayout.ROOT_FLAGS, merging ? OverlayLayout.FLAG_MERGING : 0);
    for (int i = 0; i < middlePointers.length; i++) {
      page.putLong(OverlayLayout.ROOT_TABLE + i * Long.BYTES, middlePointers[i]);
    }
    OverlayLayout.seal(page);
    long slot = OverlayLayout.ROOT_SLOT_0 + newGeneration % OverlayLayout.ROOT_SLOTS;
    file.write(slot * CLUSTER, page);
  }

  /** Reads the newest root and everything below it but the data. */
  void load() throws IOException {
    ByteBuffer root = null;
    for (int slot = 0; slot < OverlayLayout.ROOT_SLOTS; slot++) {
      ByteBuffer page = readCluster(OverlayLayout.ROOT_SLOT_0 + slot);
      long pageGeneration = page.getLong(OverlayLayout.ROOT_GENERATION);
      if (page.getInt(0) == OverlayLayout.ROOT_MAGIC
          && OverlayLayout.sealed(page)
          && pageGeneration % OverlayLayout.ROOT_SLOTS == slot
          && (root == null || pageGeneration > generation)) {
        root = page;
        generation = pageGeneration;
      }
    }
    if (root == null) {
      throw new DeviceFormatException(file.name() + ": neither root slot is valid");
    }
    baseChecksum = root.getInt(OverlayLayout.ROOT_BASE_CRC);
    merging = (root.getInt(OverlayLayout.ROOT_FLAGS) & OverlayLayout.FLAG_MERGING) != 0;
    for (int i = 0; i < middlePointers.length; i++) {
      middlePointers[i] = root.getLong(OverlayLayout.ROOT_TABLE + i * Long.BYTES);
      ByteBuffer middle = readPage(middlePointers[i], "middle page " + i);
      int n = Math.min(POINTERS, leafPointers.length - i * POINTERS);
      for (int j = 0; middle != null && j < n; j++) {
        loadLeaf(i * POINTERS + j, middle.getLong(j * Long.BYTES));
      }
    }
  }

  private void loadLeaf(int index, long pointer) throws IOException {
    leafPointers[index] = pointer;
    ByteBuffer page = readPage(pointer, "leaf page " + index);
    if (page == null) {
      return;
    }
    long[] leaf = new long[POINTERS];
    long first = (long) index * POINTERS;
    for (int i = 0; i < POINTERS && first + i < baseClusters; i++) {
      leaf[i] = page.getLong(i * Long.BYTES);
      take(OverlayLayout.cluster(leaf[i]), "cluster " + (first + i));
    }
    leaves[index] = leaf;
  }

  private @Nullable ByteBuffer readPage(long pointer, String what) throws IOException {
    int cluster = OverlayLayout.cluster(pointer);
    if (cluster == OverlayLayout.ABSENT) {
      return null;
    }
    take(cluster, what);
    ByteBuffer page = readCluster(cluster);
    int sum = OverlayLayout.checksum(page);
    if (cluster < FIRST_FREE || sum != OverlayLayout.crc(pointer)) {
      throw new DeviceFormatException(
          "%s: %s in cluster %d has checksum %08x, expected %08x"
              .formatted(file.name(), what, cluster, sum, OverlayLayout.crc(pointer)));
    }
    return page;
  }

  private void take(int cluster, String what) throws IOException {
    if (cluster == OverlayLayout.ABSENT || cluster == OverlayLayout.ZEROS) {
      return;
    }
    long size = file.size();
    if (cluster < FIRST_FREE || (cluster + 1L) * CLUSTER > size || used.get(cluster)) {
      throw new DeviceFormatException(
          "%s: %s lies in cluster %d, outside the file of %d bytes or used twice"
              .formatted(file.name(), what, cluster, size));
    }
    used.set(cluster);
  }

  private ByteBuffer readCluster(int cluster) throws IOException {
    ByteBuffer page = OverlayLayout.page();
    file.read((long) cluster * CLUSTER, page);
    return page.flip();
  }
}
