package io.rookery.ext2;

import io.rookery.ext2.layout.LittleEndian;
import java.util.BitSet;

/** A group's bitmap: one block, bit n in byte n/8, lowest bit first. Not thread-safe. */
final class Bitmap {
  private final byte[] bytes;
  private final int size;

  /** Clear, but not to be given out yet. */
  private final BitSet released = new BitSet();

  /** A bitmap over the first {@code size} bits of the array, which it keeps. */
  Bitmap(byte[] bytes, int size) {
    this.bytes = bytes;
    this.size = size;
  }

  /** A block of bits: the first ones set, those beyond the end as well. */
  static Bitmap filled(int blockSize, int used, int total) {
    Bitmap bits = new Bitmap(new byte[blockSize], total);
    bits.set(0, used);
    bits.set(total, 8 * blockSize);
    return bits;
  }

  /** The same bits as one of another size; bits that come in are clear, all behind are set. */
  Bitmap resized(int newSize) {
    Bitmap bits = new Bitmap(bytes.clone(), newSize);
    for (int bit = size; bit < newSize; bit++) {
      bits.clear(bit);
    }
    bits.set(newSize, 8 * bytes.length);
    return bits;
  }

  /** Sets the bits from one on up to, without, another. */
  void set(int from, int to) {
    for (int bit = from; bit < to; bit++) {
      set(bit);
    }
  }

  byte[] bytes() {
    return bytes;
  }

  boolean get(int bit) {
    return isTaken(bit) && !released.get(bit);
  }

  private boolean isTaken(int bit) {
    return (bytes[bit >> 3] & 1 << (bit & 7)) != 0;
  }

  void set(int bit) {
    bytes[bit >> 3] |= (byte) (1 << (bit & 7));
  }

  void clear(int bit) {
    bytes[bit >> 3] &= (byte) ~(1 << (bit & 7));
  }

  /** Clears a bit that is not to be found clear before {@link #settle}. */
  void release(int bit) {
    released.set(bit);
  }

  /** Clears what was released; whether there was anything. */
  boolean settle() {
    boolean any = !released.isEmpty();
    released.stream().forEach(this::clear);
    released.clear();
    return any;
  }

  /** The first clear bit at or after {@code from}; -1 if there is none. */
  int nextClear(int from) {
    int bit = from;
    while (bit < size) {
      if ((bit & 63) == 0 && bit + 64 <= size) {
        long inverted = ~LittleEndian.i64(bytes, bit >> 3);
        if (inverted == 0) {
          bit += 64;
          continue;
        }
        return bit + Long.numberOfTrailingZeros(inverted);
      }
      if (!isTaken(bit)) {
        return bit;
      }
      bit++;
    }
    return -1;
  }

  /** How many clear bits follow each other from {@code from} on, at most {@code max}. */
  int clearRun(int from, int max) {
    int end = Math.min(size, from + max);
    int bit = from;
    while (bit < end && !isTaken(bit)) {
      bit++;
    }
    return bit - from;
  }

  int countClear() {
    int clear = 0;
    int bit = 0;
    for (; bit + 64 <= size; bit += 64) {
      clear += 64 - Long.bitCount(LittleEndian.i64(bytes, bit >> 3));
    }
    for (; bit < size; bit++) {
      clear += get(bit) ? 0 : 1;
    }
    return clear;
  }
}
