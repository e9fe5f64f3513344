package io.rookery.linux.abi;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.X87State;
import io.rookery.cpu.ir.Reg;

/**
 * The extended state in a signal frame: the XSAVE area in standard format with x87, SSE and AVX
 * components (SDM vol. 1, 13.4), marked as Linux does in the bytes that FXSAVE leaves to software.
 */
final class FpuFrame {
  /** Bytes of the area without the mark behind it. */
  static final int AREA = 832;

  /** Bytes in the frame. */
  static final int SIZE = AREA + 4;

  private static final int LEGACY = 512;
  private static final int FEATURES = 7;
  private static final int MAGIC1 = 0x46505853;
  private static final int MAGIC2 = 0x46505845;

  // Offsets (SDM vol. 1, table 10-2).
  private static final int FCW = 0;
  private static final int FSW = 2;
  private static final int FTW = 4;
  private static final int FOP = 6;
  private static final int FIP = 8;
  private static final int FDP = 16;
  private static final int MXCSR = 24;
  private static final int MXCSR_MASK = 28;
  private static final int ST = 32;
  private static final int XMM = 160;
  private static final int SOFTWARE = 464;
  private static final int XSTATE_BV = LEGACY;
  private static final int YMM_HIGH = 576;

  private static final int VALID_MXCSR = 0xffff;

  private FpuFrame() {}

  static byte[] save(CpuState cpu) {
    byte[] b = new byte[SIZE];
    X87State x = cpu.x87;
    Bytes.putShort(b, FCW, x.control);
    Bytes.putShort(b, FSW, (x.status & ~0x3800) | x.top << 11);
    b[FTW] = (byte) ~x.empty;
    Bytes.putShort(b, FOP, x.lastOpcode);
    Bytes.putLong(b, FIP, x.lastInstruction);
    Bytes.putLong(b, FDP, x.lastOperand);
    Bytes.putInt(b, MXCSR, cpu.mxcsr);
    Bytes.putInt(b, MXCSR_MASK, VALID_MXCSR);
    for (int i = 0; i < 8; i++) {
      int physical = x.top + i & 7;
      Bytes.putLong(b, ST + 16 * i, cpu.r[Reg.MMX + physical]);
      Bytes.putShort(b, ST + 16 * i + 8, x.signExponent[physical]);
    }
    for (int i = 0; i < 16; i++) {
      Bytes.putLong(b, XMM + 16 * i, cpu.r[Reg.vector(i, 0)]);
      Bytes.putLong(b, XMM + 16 * i + 8, cpu.r[Reg.vector(i, 1)]);
      Bytes.putLong(b, YMM_HIGH + 16 * i, cpu.r[Reg.vector(i, 2)]);
      Bytes.putLong(b, YMM_HIGH + 16 * i + 8, cpu.r[Reg.vector(i, 3)]);
    }
    Bytes.putInt(b, SOFTWARE, MAGIC1);
    Bytes.putInt(b, SOFTWARE + 4, SIZE);
    Bytes.putLong(b, SOFTWARE + 8, FEATURES);
    Bytes.putInt(b, SOFTWARE + 16, AREA);
    Bytes.putLong(b, XSTATE_BV, FEATURES);
    Bytes.putInt(b, AREA, MAGIC2);
    return b;
  }

  /** Takes over a frame's state; {@code b} holds at least the 512 bytes of FXSAVE. */
  static void restore(CpuState cpu, byte[] b) {
    boolean extended =
        b.length >= SIZE
            && Bytes.getInt(b, SOFTWARE) == MAGIC1
            && Bytes.getInt(b, SOFTWARE + 4) == SIZE
            && Bytes.getInt(b, AREA) == MAGIC2;
    long present = extended ? Bytes.getLong(b, XSTATE_BV) & FEATURES : 3;
    X87State x = cpu.x87;
    boolean x87 = (present & 1) != 0;
    x.control = x87 ? Bytes.getShort(b, FCW) & 0xffff : 0x37f;
    int status = x87 ? Bytes.getShort(b, FSW) & 0xffff : 0;
    x.status = status & ~0x3800;
    x.top = status >> 11 & 7;
    x.empty = x87 ? ~b[FTW] & 0xff : 0xff;
    x.lastOpcode = x87 ? Bytes.getShort(b, FOP) & 0x7ff : 0;
    x.lastInstruction = x87 ? Bytes.getLong(b, FIP) : 0;
    x.lastOperand = x87 ? Bytes.getLong(b, FDP) : 0;
    cpu.mxcsr = Bytes.getInt(b, MXCSR) & VALID_MXCSR;
    for (int i = 0; i < 8; i++) {
      int physical = x.top + i & 7;
      cpu.r[Reg.MMX + physical] = x87 ? Bytes.getLong(b, ST + 16 * i) : 0;
      x.signExponent[physical] = x87 ? Bytes.getShort(b, ST + 16 * i + 8) & 0xffff : 0;
    }
    for (int i = 0; i < 16; i++) {
      restoreVector(cpu, b, i, 0, XMM, (present & 2) != 0);
      restoreVector(cpu, b, i, 2, YMM_HIGH, (present & 4) != 0);
    }
  }

  private static void restoreVector(
      CpuState cpu, byte[] b, int register, int quad, int offset, boolean present) {
    int at = offset + 16 * register;
    cpu.r[Reg.vector(register, quad)] = present ? Bytes.getLong(b, at) : 0;
    cpu.r[Reg.vector(register, quad + 1)] = present ? Bytes.getLong(b, at + 8) : 0;
  }
}
