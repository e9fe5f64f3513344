package io.rookery.ext2;

import java.io.IOException;
import java.util.Arrays;

/**
 * Where a directory's names are: a hash table from the name's hash to the entry's place, to be
 * checked against the entry itself, and the largest gap of each block. Guarded by the directory's
 * lock.
 */
final class DirectoryIndex {
  /** A removed slot; entries' slots are 0 in no case and end in 2 or more. */
  private static final long REMOVED = 1;

  private static final int SMALLEST_ENTRY = 12;

  /** Hash in the upper half, place divided by four, plus two, in the lower; 0 is an empty slot. */
  private long[] table = new long[16];

  private int used;
  private int live;
  private int[] gaps = new int[4];
  private int blocks;
  private int firstGapHint;

  /** Receives the places that may hold a name. */
  interface Candidate {
    /** Returns true to stop. */
    boolean test(long place) throws IOException;
  }

  static int hash(byte[] data, int offset, int length) {
    int h = length;
    for (int i = 0; i < length; i++) {
      h = h * 31 + data[offset + i];
    }
    h *= 0x9E3779B1;
    return h ^ h >>> 15;
  }

  private static long slot(int hash, long place) {
    return (long) hash << 32 | (place >> 2) + 2;
  }

  private static long place(long slot) {
    return (Integer.toUnsignedLong((int) slot) - 2) << 2;
  }

  /** Offers the places of all names with this hash. */
  void candidates(int hash, Candidate candidate) throws IOException {
    int mask = table.length - 1;
    for (int i = hash & mask; table[i] != 0; i = i + 1 & mask) {
      if (table[i] != REMOVED
          && (int) (table[i] >>> 32) == hash
          && candidate.test(place(table[i]))) {
        return;
      }
    }
  }

  void add(int hash, long place) {
    if ((used + 1) * 2 > table.length) {
      resize();
    }
    insert(slot(hash, place));
    live++;
  }

  private void insert(long slot) {
    int mask = table.length - 1;
    int i = (int) (slot >>> 32) & mask;
    while (table[i] != 0) {
      i = i + 1 & mask;
    }
    table[i] = slot;
    used++;
  }

  private void resize() {
    long[] old = table;
    table = new long[Math.max(16, Integer.highestOneBit(live + 1) * 4)];
    used = 0;
    for (long slot : old) {
      if (slot != 0 && slot != REMOVED) {
        insert(slot);
      }
    }
  }

  void remove(int hash, long place) {
    long wanted = slot(hash, place);
    int mask = table.length - 1;
    for (int i = hash & mask; table[i] != 0; i = i + 1 & mask) {
      if (table[i] == wanted) {
        table[i] = REMOVED;
        live--;
        return;
      }
    }
  }

  /** The bytes that the table takes. */
  long bytes() {
    return 8L * table.length + 4L * gaps.length;
  }

  void setGap(int block, int gap) {
    if (block >= gaps.length) {
      gaps = Arrays.copyOf(gaps, Math.max(block + 1, gaps.length * 2));
    }
    blocks = Math.max(blocks, block + 1);
    gaps[block] = gap;
    if (block < firstGapHint) {
      firstGapHint = block;
    }
  }

  /** The first block with room for an entry of this size; -1 if there is none. */
  int blockWithRoom(int size) {
    boolean passing = true;
    for (int block = firstGapHint; block < blocks; block++) {
      if (gaps[block] >= size) {
        return block;
      }
      // Nothing fits into less than the smallest entry: never look there again.
      passing &= gaps[block] < SMALLEST_ENTRY;
      if (passing) {
        firstGapHint = block + 1;
      }
    }
    return -1;
  }
}
