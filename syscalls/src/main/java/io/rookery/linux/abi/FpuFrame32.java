package io.rookery.linux.abi;

import io.rookery.cpu.CpuState;

/**
 * The extended state in a signal frame of a 32-bit program: the x87 state as FSAVE stores it
 * (struct _fpstate_32), then the area that 64-bit frames have. When a handler returns, the x87
 * state is taken from the former.
 */
final class FpuFrame32 {
  private static final int LEGACY = 112;

  /** Bytes of both parts. */
  static final int SIZE = LEGACY + FpuFrame.SIZE;

  // struct _fpstate_32.
  private static final int CONTROL = 0;
  private static final int STATUS = 4;
  private static final int TAGS = 8;
  private static final int INSTRUCTION = 12;
  private static final int CODE_SELECTOR = 16;
  private static final int OPERAND = 20;
  private static final int DATA_SELECTOR = 24;
  private static final int ST = 28;
  private static final int STATUS_AGAIN = 108;

  // The FXSAVE image behind it (SDM vol. 1, table 10-2), and what Linux adds.
  private static final int FX_STATUS = 2;
  private static final int FX_TAGS = 4;
  private static final int FX_OPCODE = 6;
  private static final int FX_INSTRUCTION = 8;
  private static final int FX_OPERAND = 16;
  private static final int FX_ST = 32;
  private static final int SOFTWARE_SIZE = 468;

  private static final int RESERVED = 0xffff0000;
  private static final int USER32_CS = 0x23;
  private static final int USER_DS = 0x2b;
  private static final int MAXIMUM_EXPONENT = 0x7fff;

  private FpuFrame32() {}

  /** Where the state goes below {@code top}: the second part is aligned to 64 bytes. */
  static long place(long top) {
    return (top - FpuFrame.SIZE & -64L) - LEGACY;
  }

  static byte[] save(CpuState cpu) {
    byte[] fx = FpuFrame.save(cpu);
    byte[] b = new byte[LEGACY + fx.length];
    System.arraycopy(fx, 0, b, LEGACY, fx.length);
    if (FpuFrame.isExtended(cpu)) {
      Bytes.putInt(b, LEGACY + SOFTWARE_SIZE, SIZE);
    }
    int status = Bytes.getShort(fx, FX_STATUS) & 0xffff;
    Bytes.putInt(b, CONTROL, Bytes.getShort(fx, 0) & 0xffff | RESERVED);
    Bytes.putInt(b, STATUS, status | RESERVED);
    Bytes.putInt(b, TAGS, tags(fx, status) | RESERVED);
    Bytes.putInt(b, INSTRUCTION, Bytes.getInt(fx, FX_INSTRUCTION));
    Bytes.putInt(b, CODE_SELECTOR, USER32_CS);
    Bytes.putInt(b, OPERAND, Bytes.getInt(fx, FX_OPERAND));
    Bytes.putInt(b, DATA_SELECTOR, USER_DS | RESERVED);
    for (int i = 0; i < 8; i++) {
      System.arraycopy(fx, FX_ST + 16 * i, b, ST + 10 * i, 10);
    }
    Bytes.putShort(b, STATUS_AGAIN, status);
    return b;
  }

  /** The two-bit tags of the eight physical registers (SDM vol. 1, 8.1.7). */
  private static int tags(byte[] fx, int status) {
    int top = status >> 11 & 7;
    int tags = 0;
    for (int physical = 0; physical < 8; physical++) {
      int tag = 3;
      if ((fx[FX_TAGS] >> physical & 1) != 0) {
        int at = FX_ST + 16 * (physical - top & 7);
        tag = tag(Bytes.getLong(fx, at), Bytes.getShort(fx, at + 8) & MAXIMUM_EXPONENT);
      }
      tags |= tag << 2 * physical;
    }
    return tags;
  }

  /** Valid, zero, or special. */
  private static int tag(long significand, int exponent) {
    if (exponent == MAXIMUM_EXPONENT) {
      return 2;
    }
    if (exponent == 0) {
      return significand == 0 ? 1 : 2;
    }
    return significand < 0 ? 0 : 2;
  }

  /** Takes over a frame's state of {@link #SIZE} bytes. */
  static void restore(CpuState cpu, byte[] b) {
    byte[] fx = new byte[FpuFrame.SIZE];
    System.arraycopy(b, LEGACY, fx, 0, fx.length);
    if (Bytes.getInt(fx, SOFTWARE_SIZE) == SIZE) {
      Bytes.putInt(fx, SOFTWARE_SIZE, FpuFrame.SIZE);
    }
    Bytes.putShort(fx, 0, Bytes.getInt(b, CONTROL));
    Bytes.putShort(fx, FX_STATUS, Bytes.getInt(b, STATUS));
    int tags = Bytes.getInt(b, TAGS);
    int present = 0;
    for (int physical = 0; physical < 8; physical++) {
      present |= (tags >> 2 * physical & 3) != 3 ? 1 << physical : 0;
    }
    fx[FX_TAGS] = (byte) present;
    Bytes.putShort(fx, FX_OPCODE, Bytes.getInt(b, CODE_SELECTOR) >>> 16);
    Bytes.putLong(fx, FX_INSTRUCTION, Bytes.getInt(b, INSTRUCTION) & 0xffffffffL);
    Bytes.putLong(fx, FX_OPERAND, Bytes.getInt(b, OPERAND) & 0xffffffffL);
    for (int i = 0; i < 8; i++) {
      System.arraycopy(b, ST + 10 * i, fx, FX_ST + 16 * i, 10);
    }
    FpuFrame.restore(cpu, fx);
  }
}
