package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.X87State;
import io.rookery.cpu.ir.Reg;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The extended state of XSAVE (SDM vol. 1, chapter 13): x87, SSE and AVX, with the {@link Fxsave}
 * image at its start. The compacted format has the same layout, as there is only one extended
 * component. Works on the thread that owns the state.
 */
public final class Xsave {
  public static final int X87 = 1;
  public static final int SSE = 2;
  public static final int AVX = 4;

  /** XCR0: the components there are. */
  public static final int COMPONENTS = X87 | SSE | AVX;

  /** Offset and size of the upper halves of the YMM registers. */
  public static final int AVX_OFFSET = 576;

  public static final int AVX_SIZE = 256;

  /** Bytes of the whole area. */
  public static final int SIZE = AVX_OFFSET + AVX_SIZE;

  private static final int STATE_COMPONENTS = Fxsave.SIZE; // XSTATE_BV
  private static final int COMPACTION = Fxsave.SIZE + 8; // XCOMP_BV
  private static final int HEADER_END = AVX_OFFSET;
  private static final long COMPACT = Long.MIN_VALUE;
  private static final int DEFAULT_MXCSR = 0x1f80;

  // Fields of imm.
  private static final int WIDE = 1;
  private static final int COMPACTED = 2;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Xsave() {}

  /**
   * Writes all components and the header of the standard format to {@code image} from {@code at}
   * on, as in signal frames.
   */
  public static void store(CpuState s, byte[] image, int at) {
    Fxsave.store(s, image, at, true);
    Arrays.fill(image, at + STATE_COMPONENTS, at + HEADER_END, (byte) 0);
    LONG.set(image, at + STATE_COMPONENTS, (long) COMPONENTS);
    storeAvx(s, image, at);
  }

  /**
   * Restores all components from such an image; those that its header lacks become as after reset.
   *
   * @return false, with nothing changed, if reserved bits of the header or of MXCSR are set
   */
  public static boolean load(CpuState s, byte[] image, int at) {
    return load(s, image, at, COMPONENTS, true);
  }

  /** The upper halves of the YMM registers become zero. */
  public static void clearUpperHalves(CpuState s) {
    setVectors(s, 2, 4);
  }

  private static void storeAvx(CpuState s, byte[] image, int at) {
    for (int i = 0; i < (s.longMode ? 16 : 8); i++) {
      LONG.set(image, at + AVX_OFFSET + 16 * i, s.r[Reg.vector(i, 2)]);
      LONG.set(image, at + AVX_OFFSET + 16 * i + 8, s.r[Reg.vector(i, 3)]);
    }
  }

  private static void checkAlignment(long address) {
    if ((address & 63) != 0) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
  }

  private static int requested(CpuState s) {
    return (int) s.r[Reg.RAX] & COMPONENTS;
  }

  /**
   * XSAVE, XSAVEOPT and (imm 2) XSAVEC to address r[a], components from EDX:EAX; imm 1: with REX.W.
   */
  public static void xsave(CpuState s, int d, int a, int b, int imm) {
    long address = s.r[a];
    checkAlignment(address);
    int components = requested(s);
    boolean compacted = (imm & COMPACTED) != 0;
    int length = (components & AVX) != 0 ? SIZE : AVX_OFFSET;
    byte[] image = new byte[length];
    s.space.read(address, image, 0, length);
    if ((components & X87) != 0) {
      Fxsave.storeX87(s, image, 0, (imm & WIDE) != 0);
    }
    if ((components & (compacted ? SSE : SSE | AVX)) != 0) {
      Fxsave.storeMxcsr(s, image, 0);
    }
    if ((components & SSE) != 0) {
      Fxsave.storeXmm(s, image, 0);
    }
    if ((components & AVX) != 0) {
      storeAvx(s, image, 0);
    }
    long before = (long) LONG.get(image, STATE_COMPONENTS);
    LONG.set(image, STATE_COMPONENTS, compacted ? components : before & ~components | components);
    if (compacted) {
      LONG.set(image, COMPACTION, COMPACT | components);
    }
    s.space.write(address, image, 0, length);
  }

  /** XRSTOR from address r[a]; imm 1: with REX.W. */
  public static void xrstor(CpuState s, int d, int a, int b, int imm) {
    checkAlignment(s.r[a]);
    byte[] image = new byte[SIZE];
    s.space.read(s.r[a], image, 0, SIZE);
    if (!load(s, image, 0, requested(s), (imm & WIDE) != 0)) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
  }

  private static boolean load(CpuState s, byte[] image, int at, int components, boolean wide) {
    long present = (long) LONG.get(image, at + STATE_COMPONENTS);
    long compaction = (long) LONG.get(image, at + COMPACTION);
    boolean compacted = compaction < 0;
    int mxcsr = Fxsave.mxcsr(image, at);
    boolean loadsMxcsr =
        compacted ? (components & present & SSE) != 0 : (components & (SSE | AVX)) != 0;
    long allowed = compacted ? compaction & COMPONENTS : COMPONENTS;
    if ((present & ~allowed) != 0
        || (compaction & Long.MAX_VALUE & ~COMPONENTS) != 0
        || (!compacted && compaction != 0)
        || reserved(image, at)
        || (loadsMxcsr && (mxcsr & ~Fxsave.MXCSR_MASK) != 0)) {
      return false;
    }
    if ((components & X87) != 0) {
      if ((present & X87) != 0) {
        Fxsave.loadX87(s, image, at, wide);
      } else {
        resetX87(s);
      }
    }
    if (loadsMxcsr) {
      s.mxcsr = mxcsr;
    } else if ((components & SSE) != 0) {
      s.mxcsr = DEFAULT_MXCSR;
    }
    if ((components & SSE) != 0) {
      if ((present & SSE) != 0) {
        Fxsave.loadXmm(s, image, at);
      } else {
        setVectors(s, 0, 2);
      }
    }
    if ((components & AVX) != 0) {
      if ((present & AVX) != 0) {
        for (int i = 0; i < (s.longMode ? 16 : 8); i++) {
          s.r[Reg.vector(i, 2)] = (long) LONG.get(image, at + AVX_OFFSET + 16 * i);
          s.r[Reg.vector(i, 3)] = (long) LONG.get(image, at + AVX_OFFSET + 16 * i + 8);
        }
      } else {
        setVectors(s, 2, 4);
      }
    }
    return true;
  }

  /** Whether the rest of the header, which must be zero, is not. */
  private static boolean reserved(byte[] image, int at) {
    for (int i = at + COMPACTION + 8; i < at + HEADER_END; i++) {
      if (image[i] != 0) {
        return true;
      }
    }
    return false;
  }

  private static void resetX87(CpuState s) {
    X87Memory.fninit(s, 0, 0, 0, 0);
    X87State x87 = s.x87;
    Arrays.fill(x87.signExponent, 0);
    Arrays.fill(s.r, Reg.MMX, Reg.MMX + 8, 0);
  }

  private static void setVectors(CpuState s, int from, int to) {
    for (int i = 0; i < (s.longMode ? 16 : 8); i++) {
      Arrays.fill(s.r, Reg.vector(i, from), Reg.vector(i, to), 0);
    }
  }

  /**
   * VZEROUPPER: the upper halves of the YMM registers become zero; imm 0: VZEROALL, all of them.
   */
  public static void vzero(CpuState s, int d, int a, int b, int imm) {
    setVectors(s, imm, 4);
  }
}
