package io.rookery.cpu.ir;

/**
 * Layout of the guest register file: indices into {@code CpuState.r}, and the register operands of
 * micro-ops.
 *
 * <p>Every register is one 64-bit slot. Vector registers are four consecutive quadwords each (bits
 * 63:0 first), so that an SSE instruction is lifted to operations on quadwords.
 */
public final class Reg {
  public static final int RAX = 0;
  public static final int RCX = 1;
  public static final int RDX = 2;
  public static final int RBX = 3;
  public static final int RSP = 4;
  public static final int RBP = 5;
  public static final int RSI = 6;
  public static final int RDI = 7;
  public static final int R8 = 8;
  public static final int R15 = 15;

  /** First temporary; dead at every instruction boundary. */
  public static final int T0 = 16;

  public static final int T1 = 17;
  public static final int T2 = 18;
  public static final int T3 = 19;
  public static final int T4 = 20;
  public static final int T5 = 21;
  public static final int T6 = 22;
  public static final int T7 = 23;

  /** Number of temporaries: T0 … T0+31. */
  public static final int TEMPORARIES = 32;

  /** Always zero; never a destination. */
  public static final int ZERO = 48;

  /** Base of the FS segment (thread pointer in 64-bit mode). */
  public static final int FS_BASE = 49;

  /** Base of the GS segment. */
  public static final int GS_BASE = 50;

  /** Direction of string instructions: 1 when EFLAGS.DF is clear, -1 when it is set. */
  public static final int DIRECTION = 51;

  /**
   * Selectors in the segment registers ES, CS, SS, DS, FS and GS, in the order of their numbers in
   * instructions.
   */
  public static final int SELECTOR = 52;

  /** First quadword of XMM0/YMM0; register i, quadword q is {@code VECTOR + 4 * i + q}. */
  public static final int VECTOR = 64;

  /**
   * MMX registers MM0…MM7, which are the significands of the x87 physical registers (SDM vol. 1,
   * 9.2.2).
   */
  public static final int MMX = 128;

  /** Number of slots in the register file. */
  public static final int COUNT = 136;

  private Reg() {}

  /** Index of quadword {@code q} (0…3) of vector register {@code i} (0…15). */
  public static int vector(int i, int q) {
    return VECTOR + 4 * i + q;
  }
}
