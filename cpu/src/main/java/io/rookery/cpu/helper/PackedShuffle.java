package io.rookery.cpu.helper;

/**
 * Packs, unpacks, shuffles, blends, extensions and sign masks (SDM vol. 2), results a quadword at a
 * time.
 */
public final class PackedShuffle {
  private static final long EVEN8 = 0x00ff00ff00ff00ffL;
  private static final long EVEN16 = 0x0000ffff0000ffffL;
  private static final long LOW32 = 0xffffffffL;

  private PackedShuffle() {}

  /** The even bytes, moved together into the low half. */
  private static long compress8(long a) {
    long x = a & EVEN8;
    x = (x | x >>> 8) & EVEN16;
    return (x | x >>> 16) & LOW32;
  }

  private static long compress16(long a) {
    long x = a & EVEN16;
    return (x | x >>> 16) & LOW32;
  }

  private static long spread8(long a) {
    long x = a & LOW32;
    x = (x | x << 16) & EVEN16;
    return (x | x << 8) & EVEN8;
  }

  private static long spread16(long a) {
    long x = a & LOW32;
    return (x | x << 16) & EVEN16;
  }

  private static long clamp16(long a, long least, long greatest) {
    return PackedInteger.pminsw(PackedInteger.pmaxsw(a, least), greatest);
  }

  private static long clamp32(long a, long least, long greatest) {
    return PackedInteger.pminsd(PackedInteger.pmaxsd(a, least), greatest);
  }

  public static long packsswb(long low, long high) {
    return compress8(clamp16(low, 0xff80ff80ff80ff80L, 0x007f007f007f007fL))
        | compress8(clamp16(high, 0xff80ff80ff80ff80L, 0x007f007f007f007fL)) << 32;
  }

  public static long packuswb(long low, long high) {
    return compress8(clamp16(low, 0, EVEN8)) | compress8(clamp16(high, 0, EVEN8)) << 32;
  }

  public static long packssdw(long low, long high) {
    return compress16(clamp32(low, 0xffff8000ffff8000L, 0x00007fff00007fffL))
        | compress16(clamp32(high, 0xffff8000ffff8000L, 0x00007fff00007fffL)) << 32;
  }

  public static long packusdw(long low, long high) {
    return compress16(clamp32(low, 0, EVEN16)) | compress16(clamp32(high, 0, EVEN16)) << 32;
  }

  // Interleaving: the low halves of a and b, and (…high) their high halves.

  public static long interleave8(long a, long b) {
    return spread8(a) | spread8(b) << 8;
  }

  public static long interleave8High(long a, long b) {
    return spread8(a >>> 32) | spread8(b >>> 32) << 8;
  }

  public static long interleave16(long a, long b) {
    return spread16(a) | spread16(b) << 16;
  }

  public static long interleave16High(long a, long b) {
    return spread16(a >>> 32) | spread16(b >>> 32) << 16;
  }

  public static long interleave32(long a, long b) {
    return (a & LOW32) | b << 32;
  }

  public static long interleave32High(long a, long b) {
    return a >>> 32 | (b & ~LOW32);
  }

  /** Two of the four doublewords of high:low, selected by imm bits 1:0 and 3:2. */
  public static long select32(long low, long high, int imm) {
    long first = ((imm & 2) == 0 ? low : high) >>> ((imm & 1) << 5);
    long second = ((imm & 8) == 0 ? low : high) >>> ((imm & 4) << 3);
    return (first & LOW32) | second << 32;
  }

  /**
   * Two of the four doublewords of high:low, selected by bits 1:0 of the doublewords of control.
   */
  public static long permute32(long low, long high, long control) {
    return select32(low, high, (int) control & 3 | (int) (control >>> 30) & 12);
  }

  /** Doublewords from high where bit 2 of control's is set, else from low. */
  public static long permute32Half(long low, long high, long control) {
    long mask = PackedInteger.fill(control << 29 & PackedInteger.SIGN32, 31);
    return low ^ ((low ^ high) & mask);
  }

  /** high if bit 1 of control is set, else low. */
  public static long permute64(long low, long high, long control) {
    return (control & 2) != 0 ? high : low;
  }

  /** The four words, selected by two bits of imm each (PSHUFW, PSHUFLW, PSHUFHW). */
  public static long select16(long a, int imm) {
    return (a >>> ((imm & 3) << 4) & 0xffff)
        | (a >>> ((imm >> 2 & 3) << 4) & 0xffff) << 16
        | (a >>> ((imm >> 4 & 3) << 4) & 0xffff) << 32
        | a >>> ((imm >> 6 & 3) << 4) << 48;
  }

  /**
   * Eight bytes of high:low, selected by the control bytes; zero where the control byte is
   * negative.
   */
  public static long pshufb(long low, long high, long control) {
    long result = 0;
    for (int shift = 0; shift < 64; shift += 8) {
      int c = (int) (control >>> shift);
      long source = (c & 8) == 0 ? low : high;
      long value = source >>> ((c & 7) << 3) & 0xff;
      result |= (value & (~c << 24 >> 31)) << shift;
    }
    return result;
  }

  /** PSHUFB on MMX registers: three bits of each control byte count. */
  public static long pshufbMmx(long a, long control) {
    return pshufb(a, a, control);
  }

  /** Replaces word imm (0…3). */
  public static long pinsrw(long a, long value, int imm) {
    int shift = (imm & 3) << 4;
    return (a & ~(0xffffL << shift)) | (value & 0xffff) << shift;
  }

  public static long pinsrb(long a, long value, int imm) {
    int shift = (imm & 7) << 3;
    return (a & ~(0xffL << shift)) | (value & 0xff) << shift;
  }

  public static long pinsrd(long a, long value, int imm) {
    int shift = (imm & 1) << 5;
    return (a & ~(LOW32 << shift)) | (value & LOW32) << shift;
  }

  // Sign masks.

  /** The eight sign bits of the bytes. */
  public static long movmsk8(long a) {
    return ((a & PackedInteger.SIGN8) >>> 7) * 0x0102040810204080L >>> 56;
  }

  public static long pmovmskb(long low, long high) {
    return movmsk8(low) | movmsk8(high) << 8;
  }

  public static long movmskps(long low, long high) {
    return (low >>> 31 & 1) | (low >>> 62 & 2) | (high >>> 29 & 4) | (high >>> 60 & 8);
  }

  public static long movmskpd(long low, long high) {
    return low >>> 63 | (high >>> 62 & 2);
  }

  // Blends: b where the mask is set.

  public static long pblendvb(long a, long b, long mask) {
    return a ^ ((a ^ b) & PackedInteger.fill(mask & PackedInteger.SIGN8, 7));
  }

  public static long blendvps(long a, long b, long mask) {
    return a ^ ((a ^ b) & PackedInteger.fill(mask & PackedInteger.SIGN32, 31));
  }

  public static long blendvpd(long a, long b, long mask) {
    return a ^ ((a ^ b) & mask >> 63);
  }

  /** All ones in the bytes whose sign is set. */
  public static long signs8(long a) {
    return PackedInteger.fill(a & PackedInteger.SIGN8, 7);
  }

  public static long signs32(long a) {
    return PackedInteger.fill(a & PackedInteger.SIGN32, 31);
  }

  // Extensions of the first lanes of a to a quadword.

  public static long pmovzxbw(long a) {
    return spread8(a);
  }

  public static long pmovzxwd(long a) {
    return spread16(a);
  }

  public static long pmovzxbd(long a) {
    return (a & 0xff) | (a >>> 8 & 0xff) << 32;
  }

  public static long pmovsxbw(long a) {
    long x = spread8(a);
    return x | (x & 0x0080008000800080L) * 0x1fe;
  }

  public static long pmovsxwd(long a) {
    return ((short) a & LOW32) | (long) (short) (a >>> 16) << 32;
  }

  public static long pmovsxbd(long a) {
    return ((byte) a & LOW32) | (long) (byte) (a >>> 8) << 32;
  }
}
