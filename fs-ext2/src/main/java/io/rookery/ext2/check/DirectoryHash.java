package io.rookery.ext2.check;

import static io.rookery.ext2.layout.LittleEndian.i32;

import io.rookery.ext2.layout.SuperblockLayout;

/** The hashes of names that order a directory's index. */
final class DirectoryHash {
  static final int LEGACY = 0;
  static final int HALF_MD4 = 1;
  static final int TEA = 2;

  /** Versions from this on take the name's bytes as unsigned. */
  static final int UNSIGNED = 3;

  private static final int EOF = 0x7FFFFFFF << 1;
  private static final int[] MD4 = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
  private static final int[][] ORDERS = {
    {0, 1, 2, 3, 4, 5, 6, 7}, {1, 3, 5, 7, 0, 2, 4, 6}, {3, 7, 2, 6, 1, 5, 0, 4}
  };
  private static final int[][] SHIFTS = {{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}};
  private static final int[] ADDENDS = {0, 0x5A827999, 0x6ED9EBA1};

  private final int version;
  private final int[] seed = new int[4];

  DirectoryHash(int version, byte[] superblock) {
    this.version = version;
    boolean seeded = false;
    for (int i = 0; i < seed.length; i++) {
      seed[i] = i32(superblock, SuperblockLayout.HASH_SEED + i * Integer.BYTES);
      seeded |= seed[i] != 0;
    }
    if (!seeded) {
      System.arraycopy(MD4, 0, seed, 0, seed.length);
    }
  }

  /** The hash of a name, to be compared unsigned; its lowest bit is zero. */
  int of(byte[] data, int from, int length) {
    boolean unsigned = version >= UNSIGNED;
    int hash =
        switch (version % UNSIGNED) {
          case LEGACY -> legacy(data, from, length, unsigned);
          case HALF_MD4 -> blocks(data, from, length, 8, unsigned)[1];
          default -> blocks(data, from, length, 4, unsigned)[0];
        };
    hash &= ~1;
    return hash == EOF ? EOF - 2 : hash;
  }

  private static int legacy(byte[] data, int from, int length, boolean unsigned) {
    int hash0 = 0x12A3FE2D;
    int hash1 = 0x37ABE8F9;
    for (int i = from; i < from + length; i++) {
      int c = unsigned ? data[i] & 0xFF : data[i];
      int hash = hash1 + (hash0 ^ c * 7152373);
      if (hash < 0) {
        hash -= 0x7FFFFFFF;
      }
      hash1 = hash0;
      hash0 = hash;
    }
    return hash0 << 1;
  }

  private int[] blocks(byte[] data, int from, int length, int words, boolean unsigned) {
    int[] state = seed.clone();
    int[] in = new int[words];
    int left = length;
    for (int at = from; left > 0; at += words * 4) {
      fill(in, data, at, left, unsigned);
      if (words == 8) {
        halfMd4(state, in);
      } else {
        tea(state, in);
      }
      left -= words * 4;
    }
    return state;
  }

  private static void fill(int[] in, byte[] data, int from, int length, boolean unsigned) {
    int pad = length | length << 8;
    pad |= pad << 16;
    for (int word = 0; word < in.length; word++) {
      int value = pad;
      for (int i = word * 4; i < Math.min(length, word * 4 + 4); i++) {
        value = (unsigned ? data[from + i] & 0xFF : data[from + i]) + (value << 8);
      }
      in[word] = value;
    }
  }

  private static void halfMd4(int[] state, int[] in) {
    int a = state[0];
    int b = state[1];
    int c = state[2];
    int d = state[3];
    for (int round = 0; round < 3; round++) {
      for (int step = 0; step < 8; step++) {
        int f =
            switch (round) {
              case 0 -> d ^ b & (c ^ d);
              case 1 -> (b & c) + ((b ^ c) & d);
              default -> b ^ c ^ d;
            };
        int sum = a + f + in[ORDERS[round][step]] + ADDENDS[round];
        a = d;
        d = c;
        c = b;
        b = Integer.rotateLeft(sum, SHIFTS[round][step & 3]);
      }
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }

  private static void tea(int[] state, int[] in) {
    int b0 = state[0];
    int b1 = state[1];
    int sum = 0;
    for (int i = 0; i < 16; i++) {
      sum += 0x9E3779B9;
      b0 += (b1 << 4) + in[0] ^ b1 + sum ^ (b1 >>> 5) + in[1];
      b1 += (b0 << 4) + in[2] ^ b0 + sum ^ (b0 >>> 5) + in[3];
    }
    state[0] += b0;
    state[1] += b1;
  }
}
