package io.rookery.cpu.decode;

/**
 * One decoded instruction. Filled by the decoder and reused; operands in Intel order, destination
 * first.
 *
 * <p>Implicit operands that the SDM's operand column shows (AL in {@code ADD AL,Ib}, CL in {@code
 * SHL Eb,CL}, the 1 of {@code SHL Eb,1}) are operands here too; those it does not show (RDX:RAX of
 * MUL, RSP of PUSH) are not.
 */
public final class Insn {
  /** Operand kinds. */
  public static final byte NONE = 0;

  /** General register {@code reg[i]} (0…15) of {@code bits[i]} (8, 16, 32, 64). */
  public static final byte GPR = 1;

  /** AH, CH, DH, BH: bits 15:8 of register {@code reg[i]} (0…3). */
  public static final byte GPR_HIGH = 2;

  /**
   * The memory operand, {@code bits[i]} wide (0 where the instruction does not access it, as LEA).
   */
  public static final byte MEM = 3;

  /** {@link #imm}, sign- or zero-extended to 64 bits as the instruction wants it. */
  public static final byte IMM = 4;

  /**
   * The second immediate {@link #imm2} (ENTER, far pointers' selector, EXTRQ/INSERTQ do not exist
   * here).
   */
  public static final byte IMM2 = 5;

  /**
   * A branch target: {@link #imm} is the absolute linear address, truncated to the mode's width.
   */
  public static final byte REL = 6;

  /** XMM ({@code bits} 128; scalars too: 32, 64) or YMM (256) register 0…15. */
  public static final byte VEC = 7;

  /** MM0…MM7. */
  public static final byte MMX = 8;

  /** ST(reg). */
  public static final byte ST = 9;

  /** Segment register: 0 ES, 1 CS, 2 SS, 3 DS, 4 FS, 5 GS. */
  public static final byte SEG = 10;

  /** Control or debug register (always a fault in user mode). */
  public static final byte CONTROL = 11;

  public Mnemonic mnemonic = Mnemonic.INVALID;

  /** Linear address, and length in bytes (1…15). */
  public long address;

  public int length;

  /** The address after it. */
  public long next;

  /** 64 or 32: the mode it was decoded in. */
  public int mode;

  /**
   * Effective operand size 16, 32 or 64 (default 64 for near branches, PUSH and POP in 64-bit
   * mode), address size 16, 32, 64.
   */
  public int operandBits;

  public int addressBits;

  public boolean lock;

  /** F3 and F2 prefixes where they are no part of the opcode. */
  public boolean rep;

  public boolean repne;

  /** VEX-encoded (upper parts of destination registers are zeroed). {@link #vexL} is its L bit. */
  public boolean vex;

  public boolean vexL;

  /** Operands: number, kinds, registers, widths. */
  public int operands;

  public final byte[] kind = new byte[4];
  public final int[] reg = new int[4];
  public final int[] bits = new int[4];

  /**
   * Memory operand: base and index are registers 0…15 or -1; scale is log2. A RIP-relative one has
   * base -1, {@link #ripRelative} and its linear address in disp.
   */
  public int base;

  public int index;
  public int scale;
  public long disp;
  public boolean ripRelative;

  /** Register number of a VSIB index (vector), else -1. */
  public int vsib;

  /**
   * Segment whose base counts: 4 FS, 5 GS, in 32-bit mode any explicitly given or default one; -1
   * where the base is zero anyway.
   */
  public int segment;

  public long imm;
  public long imm2;

  /** Condition code tttn, 0…15, of JCC, SETCC and CMOVCC (SDM vol. 2, B.1.4.7). */
  public int condition;

  /** Element width in bits (8, 16, 32, 64) of string instructions. */
  public int elementBits;

  // Scratch of the decoder: what stands around the operands.

  final byte[] window = new byte[Decoder.WINDOW];
  int cursor;
  int rex;
  int modrm;
  int prefixSegment;
  int vvvv;

  /** Puts everything to what an instruction without prefixes and operands has. */
  void reset(int newMode, long newAddress) {
    mode = newMode;
    address = newAddress;
    lock = false;
    rep = false;
    repne = false;
    vex = false;
    vexL = false;
    operands = 0;
    base = -1;
    index = -1;
    scale = 0;
    disp = 0;
    ripRelative = false;
    vsib = -1;
    segment = -1;
    imm = 0;
    imm2 = 0;
    condition = 0;
    elementBits = 0;
    operandBits = 32;
    addressBits = newMode;
    prefixSegment = -1;
    vvvv = -1;
  }
}
