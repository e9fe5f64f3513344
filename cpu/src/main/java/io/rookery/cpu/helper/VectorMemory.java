package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;
import java.util.Arrays;

/**
 * Masked and gathering memory accesses of AVX, as EXEC helpers; elements whose mask bit is clear
 * are not touched.
 */
public final class VectorMemory {
  // Fields of imm: 64-bit elements, 64-bit indices, scale, count (of quadwords or elements), index
  // register.
  public static final int WIDE = 1;
  public static final int WIDE_INDEX = 2;
  public static final int SCALE_SHIFT = 2;
  public static final int COUNT_SHIFT = 4;
  public static final int INDEX_SHIFT = 8;

  /** Field of imm: offsets of elements have 32 bits. */
  public static final int SHORT_OFFSETS = 1 << 12;

  /** Fields of imm: the base of FS or of GS is added to offsets. */
  public static final int IN_FS = 1 << 13;

  public static final int IN_GS = 1 << 14;

  private VectorMemory() {}

  private static long load(CpuState s, long address, boolean wide) {
    return wide
        ? Access.load64(address, s.base, s.perms, s.pages, s.space)
        : Access.load32(address, s.base, s.perms, s.pages, s.space);
  }

  /** Whether element n of the mask is set. */
  private static boolean selected(CpuState s, int mask, int n, boolean wide) {
    return (wide ? s.r[mask + n] : s.r[mask + n / 2] << 32 - 32 * (n & 1)) < 0;
  }

  private static void set(CpuState s, int slot, int n, boolean wide, long value) {
    if (wide) {
      s.r[slot + n] = value;
    } else {
      s.r[slot + n / 2] = PackedShuffle.pinsrd(s.r[slot + n / 2], value, n & 1);
    }
  }

  /** Loads imm's count of quadwords from address r[a] to slot d on, by the mask from slot b on. */
  public static void maskedLoad(CpuState s, int d, int a, int b, int imm) {
    boolean wide = (imm & WIDE) != 0;
    int quads = imm >> COUNT_SHIFT & 15;
    long[] loaded = new long[4];
    int elements = wide ? quads : 2 * quads;
    for (int n = 0; n < elements; n++) {
      if (selected(s, b, n, wide)) {
        long value = load(s, s.r[a] + (long) n * (wide ? 8 : 4), wide);
        loaded[wide ? n : n / 2] |= wide ? value : value << 32 * (n & 1);
      }
    }
    System.arraycopy(loaded, 0, s.r, d, quads);
  }

  /** An OR of nothing asks for the right to store. */
  private static void requireWritable(CpuState s, long address) {
    Access.getAndOr(address, 0, 1, s.base, s.perms, s.pages, s.space);
  }

  /** Stores from slot d on to address r[a], all selected elements or (on a fault) none. */
  public static void maskedStore(CpuState s, int d, int a, int b, int imm) {
    boolean wide = (imm & WIDE) != 0;
    int quads = imm >> COUNT_SHIFT & 15;
    int bytes = wide ? 8 : 4;
    int first = -1;
    int last = -1;
    for (int n = 0; n < 8 * quads / bytes; n++) {
      if (selected(s, b, n, wide)) {
        first = first < 0 ? n * bytes : first;
        last = n * bytes + bytes - 1;
      }
    }
    if (first < 0) {
      return;
    }
    // They lie on two pages at most; Intel's processors report these addresses, too.
    requireWritable(s, s.r[a] + first);
    requireWritable(s, s.r[a] + last);
    for (int n = 0; n < 8 * quads / bytes; n++) {
      if (selected(s, b, n, wide)) {
        if (wide) {
          Access.store64(s.r[a] + 8L * n, s.r[d + n], s.base, s.perms, s.pages, s.space);
        } else {
          long value = s.r[d + n / 2] >>> 32 * (n & 1);
          Access.store32(s.r[a] + 4L * n, value, s.base, s.perms, s.pages, s.space);
        }
      }
    }
  }

  /**
   * Gathers imm's count of elements to slot d on, from r[a] plus scaled indices; each one done
   * clears its element of the mask from slot b on, so that the instruction can be restarted after a
   * fault.
   */
  public static void gather(CpuState s, int d, int a, int b, int imm) {
    boolean wide = (imm & WIDE) != 0;
    int scale = imm >> SCALE_SHIFT & 3;
    int index = Reg.vector(imm >> INDEX_SHIFT & 15, 0);
    int count = imm >> COUNT_SHIFT & 15;
    int quads = Math.max(2, wide ? count : count / 2);
    // A fault leaves a mask that tells which elements are still to be loaded.
    for (int n = 0; n < (wide ? 4 : 8); n++) {
      boolean exists = n < (wide ? quads : 2 * quads);
      set(s, b, n, wide, exists && selected(s, b, n, wide) ? -1L : 0);
    }
    for (int n = 0; n < count; n++) {
      if (selected(s, b, n, wide)) {
        long element =
            (imm & WIDE_INDEX) != 0 ? s.r[index + n] : (int) (s.r[index + n / 2] >>> 32 * (n & 1));
        set(s, d, n, wide, load(s, linear(s, s.r[a] + (element << scale), imm), wide));
        Arrays.fill(s.r, d + quads, d + 4, 0);
      }
      set(s, b, n, wide, 0);
    }
  }

  /** The linear address of an element at {@code offset}. */
  private static long linear(CpuState s, long offset, int imm) {
    long address = (imm & SHORT_OFFSETS) != 0 ? offset & 0xffffffffL : offset;
    if ((imm & (IN_FS | IN_GS)) != 0) {
      address += s.r[(imm & IN_FS) != 0 ? Reg.FS_BASE : Reg.GS_BASE];
    }
    return s.longMode ? address : address & 0xffffffffL;
  }
}
