package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.Segments;
import io.rookery.cpu.ir.Flags;

/**
 * LAR, LSL, VERR and VERW, as EXEC helpers: register {@code a} holds the selector; ZF says whether
 * the answer is yes.
 */
public final class SegmentHelpers {
  private SegmentHelpers() {}

  /** LAR to register {@code d}, {@code imm} bits of it. */
  public static void segmentRights(CpuState s, int d, int a, int b, int imm) {
    answer(s, d, imm, Segments.rights(s, selector(s, a)));
  }

  /** LSL to register {@code d}, {@code imm} bits of it. */
  public static void segmentLimit(CpuState s, int d, int a, int b, int imm) {
    answer(s, d, imm, Segments.limit(s, selector(s, a)));
  }

  public static void verifyRead(CpuState s, int d, int a, int b, int imm) {
    setZeroFlag(s, Segments.isReadable(s, selector(s, a)));
  }

  public static void verifyWrite(CpuState s, int d, int a, int b, int imm) {
    setZeroFlag(s, Segments.isWritable(s, selector(s, a)));
  }

  private static int selector(CpuState s, int register) {
    return (int) s.r[register] & 0xffff;
  }

  private static void answer(CpuState s, int d, int bits, long value) {
    setZeroFlag(s, value >= 0);
    if (value >= 0) {
      s.r[d] = bits == 16 ? s.r[d] & ~0xffffL | value & 0xffff : value;
    }
  }

  private static void setZeroFlag(CpuState s, boolean value) {
    long others = Flags.status(s.flagsKind, s.flagsX, s.flagsY) & ~Flags.ZF;
    s.flagsKind = Flags.RAW;
    s.flagsX = others | (value ? Flags.ZF : 0);
    s.flagsY = 0;
  }
}
