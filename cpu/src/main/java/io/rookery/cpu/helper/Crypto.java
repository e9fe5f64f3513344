package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;

/** AES-NI, PCLMULQDQ, SHA-NI and CRC32 (SDM vol. 2; FIPS 197 and 180-4). */
public final class Crypto {
  private static final byte[] SBOX = new byte[256];
  private static final byte[] INVERSE_SBOX = new byte[256];

  /** SubBytes and MixColumns of a byte in row 0; the other rows are rotations. */
  private static final int[] ENCRYPT = new int[256];

  private static final int[] DECRYPT = new int[256];

  /** InvMixColumns of a byte in row 0. */
  private static final int[] INVERSE_MIX = new int[256];

  private static final int[] CRC = new int[256];

  static {
    // The powers of 3 run through all elements of GF(2^8), and those of its inverse backwards.
    int p = 1;
    int q = 1;
    do {
      p ^= times2(p);
      q ^= q << 1;
      q ^= q << 2;
      q ^= q << 4;
      q &= 0xff;
      if ((q & 0x80) != 0) {
        q ^= 9;
      }
      int rotated = q * 0x101;
      int s = (q ^ rotated >> 7 ^ rotated >> 6 ^ rotated >> 5 ^ rotated >> 4 ^ 0x63) & 0xff;
      SBOX[p] = (byte) s;
      INVERSE_SBOX[s] = (byte) p;
    } while (p != 1);
    SBOX[0] = 0x63;
    INVERSE_SBOX[0x63] = 0;
    for (int i = 0; i < 256; i++) {
      int s = SBOX[i] & 0xff;
      int s2 = times2(s);
      ENCRYPT[i] = s2 | s << 8 | s << 16 | (s2 ^ s) << 24;
      INVERSE_MIX[i] = inverseMix(i);
      DECRYPT[i] = inverseMix(INVERSE_SBOX[i] & 0xff);
      int crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ (crc & 1) * 0x82f63b78;
      }
      CRC[i] = crc;
    }
  }

  private Crypto() {}

  private static int times2(int a) {
    return (a << 1 ^ (a >> 7) * 0x11b) & 0xff;
  }

  private static int inverseMix(int a) {
    int a2 = times2(a);
    int a4 = times2(a2);
    int a8 = times2(a4);
    return (a8 ^ a4 ^ a2) | (a8 ^ a) << 8 | (a8 ^ a4 ^ a) << 16 | (a8 ^ a2 ^ a) << 24;
  }

  // ---------------------------------------------------------------- AES

  // The low quadword of the result, columns 0 and 1. Columns 2 and 3 are the same function of the
  // swapped halves.

  private static int b(long a, int i) {
    return (int) (a >>> 8 * i) & 0xff;
  }

  private static int column(int[] table, int r0, int r1, int r2, int r3) {
    return table[r0]
        ^ Integer.rotateLeft(table[r1], 8)
        ^ Integer.rotateLeft(table[r2], 16)
        ^ Integer.rotateLeft(table[r3], 24);
  }

  private static int substituted(byte[] box, int r0, int r1, int r2, int r3) {
    return (box[r0] & 0xff) | (box[r1] & 0xff) << 8 | (box[r2] & 0xff) << 16 | box[r3] << 24;
  }

  public static long aesenc(long low, long high, long key) {
    return PackedMultiply.doublewords(
            column(ENCRYPT, b(low, 0), b(low, 5), b(high, 2), b(high, 7)),
            column(ENCRYPT, b(low, 4), b(high, 1), b(high, 6), b(low, 3)))
        ^ key;
  }

  public static long aesenclast(long low, long high, long key) {
    return PackedMultiply.doublewords(
            substituted(SBOX, b(low, 0), b(low, 5), b(high, 2), b(high, 7)),
            substituted(SBOX, b(low, 4), b(high, 1), b(high, 6), b(low, 3)))
        ^ key;
  }

  public static long aesdec(long low, long high, long key) {
    return PackedMultiply.doublewords(
            column(DECRYPT, b(low, 0), b(high, 5), b(high, 2), b(low, 7)),
            column(DECRYPT, b(low, 4), b(low, 1), b(high, 6), b(high, 3)))
        ^ key;
  }

  public static long aesdeclast(long low, long high, long key) {
    return PackedMultiply.doublewords(
            substituted(INVERSE_SBOX, b(low, 0), b(high, 5), b(high, 2), b(low, 7)),
            substituted(INVERSE_SBOX, b(low, 4), b(low, 1), b(high, 6), b(high, 3)))
        ^ key;
  }

  public static long aesimc(long a) {
    return PackedMultiply.doublewords(
        column(INVERSE_MIX, b(a, 0), b(a, 1), b(a, 2), b(a, 3)),
        column(INVERSE_MIX, b(a, 4), b(a, 5), b(a, 6), b(a, 7)));
  }

  /** A quadword of AESKEYGENASSIST, made of the quadword at the same place of the source. */
  public static long aeskeygenassist(long a, int rcon) {
    int word = substituted(SBOX, b(a, 4), b(a, 5), b(a, 6), b(a, 7));
    return PackedMultiply.doublewords(word, Integer.rotateRight(word, 8) ^ rcon & 0xff);
  }

  // ---------------------------------------------------------------- PCLMULQDQ

  private static final long M0 = 0x1111111111111111L;
  private static final long M1 = 0x2222222222222222L;
  private static final long M2 = 0x4444444444444444L;
  private static final long M3 = 0x8888888888888888L;

  /**
   * Low half of the carry-less product, by multiplications of numbers with holes of three bits, in
   * which carries die.
   */
  public static long clmulLow(long a, long b) {
    long a0 = a & M0;
    long a1 = a & M1;
    long a2 = a & M2;
    long a3 = a & M3;
    long b0 = b & M0;
    long b1 = b & M1;
    long b2 = b & M2;
    long b3 = b & M3;
    return ((a0 * b0 ^ a1 * b3 ^ a2 * b2 ^ a3 * b1) & M0)
        | ((a0 * b1 ^ a1 * b0 ^ a2 * b3 ^ a3 * b2) & M1)
        | ((a0 * b2 ^ a1 * b1 ^ a2 * b0 ^ a3 * b3) & M2)
        | ((a0 * b3 ^ a1 * b2 ^ a2 * b1 ^ a3 * b0) & M3);
  }

  public static long clmulHigh(long a, long b) {
    return Long.reverse(clmulLow(Long.reverse(a), Long.reverse(b))) >>> 1;
  }

  // ---------------------------------------------------------------- CRC32

  /** CRC-32C of the low {@code bytes} bytes of {@code value}, continued from {@code crc}. */
  public static long crc32c(long crc, long value, int bytes) {
    int sum = (int) crc;
    for (int i = 0; i < bytes; i++) {
      sum = sum >>> 8 ^ CRC[(sum ^ (int) (value >>> 8 * i)) & 0xff];
    }
    return sum & 0xffffffffL;
  }

  // ---------------------------------------------------------------- SHA

  /** Doubleword i (0…3) of the 128 bits from a slot on. */
  private static int word(CpuState s, int slot, int i) {
    return (int) (s.r[slot + (i >> 1)] >>> ((i & 1) << 5));
  }

  private static void set(CpuState s, int slot, int w0, int w1, int w2, int w3) {
    s.r[slot] = PackedMultiply.doublewords(w0, w1);
    s.r[slot + 1] = PackedMultiply.doublewords(w2, w3);
  }

  private static final int[] SHA1_K = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

  /** SHA1RNDS4: slots d = f(d, b), round function imm. */
  public static void sha1rnds4(CpuState s, int d, int a, int b, int imm) {
    int va = word(s, d, 3);
    int vb = word(s, d, 2);
    int vc = word(s, d, 1);
    int vd = word(s, d, 0);
    int ve = 0;
    for (int i = 0; i < 4; i++) {
      int f =
          switch (imm & 3) {
            case 0 -> (vb & vc) ^ (~vb & vd);
            case 2 -> (vb & vc) ^ (vb & vd) ^ (vc & vd);
            default -> vb ^ vc ^ vd;
          };
      int next = f + Integer.rotateLeft(va, 5) + word(s, b, 3 - i) + ve + SHA1_K[imm & 3];
      ve = vd;
      vd = vc;
      vc = Integer.rotateLeft(vb, 30);
      vb = va;
      va = next;
    }
    set(s, d, vd, vc, vb, va);
  }

  public static void sha1nexte(CpuState s, int d, int a, int b, int imm) {
    int e = Integer.rotateLeft(word(s, d, 3), 30) + word(s, b, 3);
    set(s, d, word(s, b, 0), word(s, b, 1), word(s, b, 2), e);
  }

  public static void sha1msg1(CpuState s, int d, int a, int b, int imm) {
    set(
        s,
        d,
        word(s, b, 2) ^ word(s, d, 0),
        word(s, b, 3) ^ word(s, d, 1),
        word(s, d, 0) ^ word(s, d, 2),
        word(s, d, 1) ^ word(s, d, 3));
  }

  public static void sha1msg2(CpuState s, int d, int a, int b, int imm) {
    int w16 = Integer.rotateLeft(word(s, d, 3) ^ word(s, b, 2), 1);
    int w17 = Integer.rotateLeft(word(s, d, 2) ^ word(s, b, 1), 1);
    int w18 = Integer.rotateLeft(word(s, d, 1) ^ word(s, b, 0), 1);
    int w19 = Integer.rotateLeft(word(s, d, 0) ^ w16, 1);
    set(s, d, w19, w18, w17, w16);
  }

  private static int sum0(int a) {
    return Integer.rotateRight(a, 2) ^ Integer.rotateRight(a, 13) ^ Integer.rotateRight(a, 22);
  }

  private static int sum1(int e) {
    return Integer.rotateRight(e, 6) ^ Integer.rotateRight(e, 11) ^ Integer.rotateRight(e, 25);
  }

  private static int choose(int e, int f, int g) {
    return (e & f) ^ (~e & g);
  }

  private static int majority(int a, int b, int c) {
    return (a & b) ^ (a & c) ^ (b & c);
  }

  /**
   * The sums T1 (FIPS 180-4, 6.2.2) of two rounds of SHA-256, the first in the low half. Arguments
   * have two words each, the first named in the high half: e f, g h, c d, and the message's words,
   * with their constants and the h of their round added.
   */
  public static long sha256rounds(long ef, long gh, long cd, long wkh) {
    int e = PackedMultiply.high(ef);
    int f = PackedMultiply.low(ef);
    int first = choose(e, f, PackedMultiply.high(gh)) + sum1(e) + PackedMultiply.low(wkh);
    int next = first + PackedMultiply.low(cd);
    int second = choose(next, e, f) + sum1(next) + PackedMultiply.high(wkh);
    return PackedMultiply.doublewords(first, second);
  }

  /** The variable a after each of two rounds, from a b, c d and the sums T1. */
  public static long sha256state(long ab, long cd, long t1) {
    int a = PackedMultiply.high(ab);
    int b = PackedMultiply.low(ab);
    int first = PackedMultiply.low(t1) + majority(a, b, PackedMultiply.high(cd)) + sum0(a);
    int second = PackedMultiply.high(t1) + majority(first, a, b) + sum0(first);
    return PackedMultiply.doublewords(first, second);
  }

  private static int sigma0(int w) {
    return Integer.rotateRight(w, 7) ^ Integer.rotateRight(w, 18) ^ w >>> 3;
  }

  private static int sigma1(int w) {
    return Integer.rotateRight(w, 17) ^ Integer.rotateRight(w, 19) ^ w >>> 10;
  }

  /** Half of SHA256MSG1: the two words of {@code words} and of the word behind them. */
  public static long sha256msg1(long words, long behind) {
    return PackedMultiply.doublewords(
        PackedMultiply.low(words) + sigma0(PackedMultiply.high(words)),
        PackedMultiply.high(words) + sigma0(PackedMultiply.low(behind)));
  }

  /** Half of SHA256MSG2. */
  public static long sha256msg2(long words, long before) {
    return PackedMultiply.doublewords(
        PackedMultiply.low(words) + sigma1(PackedMultiply.low(before)),
        PackedMultiply.high(words) + sigma1(PackedMultiply.high(before)));
  }
}
