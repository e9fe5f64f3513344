package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Reg;

/**
 * Decimal adjustment of AL and AX, which exists outside 64-bit mode only (SDM vol. 2: AAA, AAD,
 * AAM, AAS, DAA, DAS), as EXEC helpers; imm is the instruction's immediate.
 */
public final class DecimalHelpers {
  private static final int DIGIT = 0xf;

  private DecimalHelpers() {}

  private static int flags(CpuState s) {
    return (int) Flags.status(s.flagsKind, s.flagsX, s.flagsY);
  }

  private static void setFlags(CpuState s, int flags) {
    s.flagsKind = Flags.RAW;
    s.flagsX = flags;
    s.flagsY = 0;
  }

  private static int ax(CpuState s) {
    return (int) s.r[Reg.RAX] & 0xffff;
  }

  private static void setAx(CpuState s, int value) {
    s.r[Reg.RAX] = (s.r[Reg.RAX] & ~0xffffL) | (value & 0xffff);
  }

  /** SF, ZF and PF of a byte. */
  private static int resultFlags(int value) {
    int al = value & 0xff;
    return (al & Flags.SF)
        | (al == 0 ? Flags.ZF : 0)
        | ((Integer.bitCount(al) & 1) == 0 ? Flags.PF : 0);
  }

  /** Whether the lower digit needs an adjustment. */
  private static boolean adjusts(int al, int flags) {
    return (al & DIGIT) > 9 || (flags & Flags.AF) != 0;
  }

  /** AAA. */
  public static void aaa(CpuState s, int d, int a, int b, int imm) {
    unpacked(s, 0x106);
  }

  /** AAS. */
  public static void aas(CpuState s, int d, int a, int b, int imm) {
    unpacked(s, -0x106);
  }

  private static void unpacked(CpuState s, int adjustment) {
    int ax = ax(s);
    boolean adjusts = adjusts(ax, flags(s));
    int result = (adjusts ? ax + adjustment : ax) & ~(0xff & ~DIGIT);
    setAx(s, result);
    setFlags(s, (adjusts ? Flags.AF | Flags.CF : 0) | resultFlags(result));
  }

  /** DAA. */
  public static void daa(CpuState s, int d, int a, int b, int imm) {
    packed(s, 1);
  }

  /** DAS. */
  public static void das(CpuState s, int d, int a, int b, int imm) {
    packed(s, -1);
  }

  private static void packed(CpuState s, int sign) {
    int before = flags(s);
    int old = ax(s) & 0xff;
    int al = old;
    int flags = 0;
    boolean high = old > 0x99 || (before & Flags.CF) != 0;
    if (adjusts(old, before)) {
      al += sign * 6;
      flags |= Flags.AF;
      if (al < 0) {
        flags |= Flags.CF;
      }
    }
    if (high) {
      al += sign * 0x60;
      flags |= Flags.CF;
    }
    setAx(s, (ax(s) & 0xff00) | (al & 0xff));
    setFlags(s, flags | resultFlags(al));
  }

  /** AAM. */
  public static void aam(CpuState s, int d, int a, int b, int imm) {
    int base = imm & 0xff;
    if (base == 0) {
      throw new CpuFault(CpuFault.DIVIDE_ERROR);
    }
    int al = ax(s) & 0xff;
    setAx(s, (al / base) << 8 | al % base);
    setFlags(s, resultFlags(al % base));
  }

  /** AAD. */
  public static void aad(CpuState s, int d, int a, int b, int imm) {
    int ax = ax(s);
    int al = ((ax & 0xff) + (ax >>> 8) * (imm & 0xff)) & 0xff;
    setAx(s, al);
    setFlags(s, resultFlags(al));
  }

  /** SALC, which no manual lists: AL = CF ? FFh : 0. */
  public static void salc(CpuState s, int d, int a, int b, int imm) {
    setAx(s, (ax(s) & 0xff00) | ((flags(s) & Flags.CF) != 0 ? 0xff : 0));
  }
}
