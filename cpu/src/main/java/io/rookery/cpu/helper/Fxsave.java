package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.X87State;
import io.rookery.cpu.ir.Reg;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The legacy region of the extended state: the 512 bytes of FXSAVE (SDM vol. 1, 10.5.1), which
 * Linux puts into signal frames too. Works on the thread that owns the state.
 */
public final class Fxsave {
  /** Bytes of the image. */
  public static final int SIZE = 512;

  /** The MXCSR bits that can be set. */
  public static final int MXCSR_MASK = 0xffff;

  // Offsets in the image.
  private static final int CONTROL = 0;
  private static final int STATUS = 2;
  private static final int TAGS = 4;
  private static final int OPCODE = 6;
  private static final int INSTRUCTION = 8;
  private static final int OPERAND = 16;
  private static final int MXCSR = 24;
  private static final int MXCSR_MASK_AT = 28;
  private static final int ST = 32;
  static final int XMM = 160;

  /** Bytes up to the end of XMM15. */
  static final int USED = XMM + 16 * 16;

  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private Fxsave() {}

  /**
   * Writes the image to {@code image} from {@code at} on: 416 bytes in 64-bit mode, 288 in 32-bit
   * mode (XMM0 to XMM7); those behind are left alone.
   *
   * @param wide the 64-bit form of the instruction and operand pointers (REX.W; Linux's signal
   *     frames)
   */
  public static void store(CpuState s, byte[] image, int at, boolean wide) {
    storeX87(s, image, at, wide);
    storeMxcsr(s, image, at);
    storeXmm(s, image, at);
  }

  static void storeMxcsr(CpuState s, byte[] image, int at) {
    INT.set(image, at + MXCSR, s.mxcsr);
    INT.set(image, at + MXCSR_MASK_AT, MXCSR_MASK);
  }

  /** The x87 part: bytes 0 to 23 and 32 to 159. */
  static void storeX87(CpuState s, byte[] image, int at, boolean wide) {
    X87State x87 = s.x87;
    SHORT.set(image, at + CONTROL, (short) x87.control);
    SHORT.set(image, at + STATUS, (short) (x87.status | x87.top << 11));
    image[at + TAGS] = (byte) ~x87.empty;
    image[at + TAGS + 1] = 0;
    SHORT.set(image, at + OPCODE, (short) x87.lastOpcode);
    LONG.set(
        image, at + INSTRUCTION, wide ? x87.lastInstruction : x87.lastInstruction & 0xffffffffL);
    LONG.set(image, at + OPERAND, wide ? x87.lastOperand : x87.lastOperand & 0xffffffffL);
    for (int i = 0; i < 8; i++) {
      LONG.set(image, at + ST + 16 * i, s.r[SseState.slot(s, i)]);
      LONG.set(image, at + ST + 16 * i + 8, (long) x87.signExponent[SseState.physical(s, i)]);
    }
  }

  static void storeXmm(CpuState s, byte[] image, int at) {
    for (int i = 0; i < (s.longMode ? 16 : 8); i++) {
      LONG.set(image, at + XMM + 16 * i, s.r[Reg.vector(i, 0)]);
      LONG.set(image, at + XMM + 16 * i + 8, s.r[Reg.vector(i, 1)]);
    }
  }

  /**
   * Restores the state from such an image; upper halves of YMM registers are left alone.
   *
   * @return false, with nothing changed, if reserved bits of MXCSR are set
   */
  public static boolean load(CpuState s, byte[] image, int at, boolean wide) {
    int mxcsr = mxcsr(image, at);
    if ((mxcsr & ~MXCSR_MASK) != 0) {
      return false;
    }
    s.mxcsr = mxcsr;
    loadX87(s, image, at, wide);
    loadXmm(s, image, at);
    return true;
  }

  static int mxcsr(byte[] image, int at) {
    return (int) INT.get(image, at + MXCSR);
  }

  static void loadX87(CpuState s, byte[] image, int at, boolean wide) {
    X87State x87 = s.x87;
    x87.control = X87Control.normalized((short) SHORT.get(image, at + CONTROL));
    int status = (short) SHORT.get(image, at + STATUS) & 0xffff;
    x87.top = status >> 11 & 7;
    x87.status = status & ~0x3800;
    X87Control.updateErrorSummary(x87);
    x87.empty = ~image[at + TAGS] & 0xff;
    x87.lastOpcode = (short) SHORT.get(image, at + OPCODE) & 0x7ff;
    long instruction = (long) LONG.get(image, at + INSTRUCTION);
    long operand = (long) LONG.get(image, at + OPERAND);
    x87.lastInstruction = wide ? instruction : instruction & 0xffffffffL;
    x87.lastOperand = wide ? operand : operand & 0xffffffffL;
    for (int i = 0; i < 8; i++) {
      s.r[SseState.slot(s, i)] = (long) LONG.get(image, at + ST + 16 * i);
      x87.signExponent[SseState.physical(s, i)] =
          (short) SHORT.get(image, at + ST + 16 * i + 8) & 0xffff;
    }
  }

  static void loadXmm(CpuState s, byte[] image, int at) {
    for (int i = 0; i < (s.longMode ? 16 : 8); i++) {
      s.r[Reg.vector(i, 0)] = (long) LONG.get(image, at + XMM + 16 * i);
      s.r[Reg.vector(i, 1)] = (long) LONG.get(image, at + XMM + 16 * i + 8);
    }
  }
}
