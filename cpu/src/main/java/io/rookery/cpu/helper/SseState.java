package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;

/** MXCSR, the passage between x87 and MMX, and vector instructions with unusual memory accesses. */
public final class SseState {
  private static final int MXCSR_RESERVED = 0xffff0000;
  private static final int ERROR_SUMMARY = 0x80;

  private SseState() {}

  /** ZF and CF of PTEST: which of the two is zero. */
  public static long testFlags(long and, long andNot) {
    return (and == 0 ? Flags.ZF : 0) | (andNot == 0 ? Flags.CF : 0);
  }

  /** MXCSR. */
  public static long stmxcsr(long unused, CpuState s) {
    return s.mxcsr;
  }

  /** MXCSR = r[a]. */
  public static void ldmxcsr(CpuState s, int d, int a, int b, int imm) {
    int value = (int) s.r[a];
    if ((value & MXCSR_RESERVED) != 0) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
    s.mxcsr = value;
  }

  /**
   * The x87 unit becomes the MMX unit: TOP = 0, all registers valid; register d, if below 8, will
   * be written and gets the sign and exponent that MMX instructions leave there (SDM vol. 1, 9.5.1
   * and 9.5.2).
   */
  public static void mmxEnter(CpuState s, int d, int a, int b, int imm) {
    if ((s.x87.status & ERROR_SUMMARY) != 0) {
      throw new CpuFault(CpuFault.X87_ERROR);
    }
    s.x87.top = 0;
    s.x87.empty = 0;
    if (d < 8) {
      s.x87.signExponent[d] = 0xffff;
    }
  }

  /**
   * Stores those bytes of the imm quadwords from slot a on to address r[d] whose sign is set in the
   * quadwords from slot b on.
   */
  public static void maskMove(CpuState s, int d, int a, int b, int imm) {
    long address = s.r[d];
    for (int i = 0; i < 8 * imm; i++) {
      int shift = (i & 7) << 3;
      if ((s.r[b + (i >> 3)] >>> shift & 0x80) != 0) {
        Access.store8(address + i, s.r[a + (i >> 3)] >>> shift, s.base, s.perms, s.pages, s.space);
      }
    }
  }

  /** FXSAVE to address r[a]; imm: 1 with REX.W. */
  public static void fxsave(CpuState s, int d, int a, int b, int imm) {
    int length = s.longMode ? Fxsave.USED : Fxsave.XMM + 8 * 16;
    byte[] image = new byte[length];
    Fxsave.store(s, image, 0, imm != 0);
    s.space.write(s.r[a], image, 0, length);
  }

  /** FXRSTOR from address r[a]; imm: 1 with REX.W. */
  public static void fxrstor(CpuState s, int d, int a, int b, int imm) {
    byte[] image = new byte[Fxsave.SIZE];
    s.space.read(s.r[a], image, 0, Fxsave.SIZE);
    if (!Fxsave.load(s, image, 0, imm != 0)) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
  }

  /** Physical register of ST(i). */
  static int physical(CpuState s, int i) {
    return (s.x87.top + i) & 7;
  }

  /** Significand slot of ST(i). */
  static int slot(CpuState s, int i) {
    return Reg.MMX + physical(s, i);
  }
}
