package io.rookery.cpu.ir;

/**
 * Micro-operation codes: what the lifter produces and both engines consume.
 *
 * <p>A micro-op is one {@code long}: bits 7:0 the operation, 15:8 {@code d}, 23:16 {@code a}, 31:24
 * {@code b}, 63:32 the signed 32-bit {@code imm}. {@code d}, {@code a} and {@code b} index the
 * register file ({@link Reg}) unless said otherwise. Operations whose comment names an extra long
 * are followed by it in the code.
 *
 * <p>Names ending in 32 compute on the low halves and zero-extend the result to 64 bits, as x86-64
 * does. A memory operand is {@code r[a] + (r[b & 63] << (b >>> 6)) + imm} with {@link Reg#ZERO} for
 * an absent base or index.
 *
 * <p>Order within an instruction: everything that may fault comes before everything that changes an
 * architectural register, flags or memory, so that faults are precise.
 */
public final class Op {
  // Moves and extensions.
  public static final int MOV = 0; // d = a
  public static final int MOVI = 1; // d = imm (sign-extended)
  public static final int MOVI64 = 2; // d = next long
  public static final int ZX8 = 3; // d = a & 0xff
  public static final int ZX16 = 4;
  public static final int ZX32 = 5;
  public static final int SX8 = 6; // sign-extended to 64 bits
  public static final int SX16 = 7;
  public static final int SX32 = 8;
  public static final int EXT8H = 9; // d = (a >>> 8) & 0xff
  public static final int INS8 = 10; // d = (d & ~0xff) | (a & 0xff)
  public static final int INS8H = 11; // d = (d & ~0xff00) | ((a & 0xff) << 8)
  public static final int INS16 = 12; // d = (d & ~0xffff) | (a & 0xffff)
  public static final int LEA64 = 13; // d = address
  public static final int LEA32 = 14; // d = address & 0xffffffff

  // Arithmetic and logic without flags.
  public static final int ADD64 = 16; // d = a + b
  public static final int SUB64 = 17;
  public static final int AND64 = 18;
  public static final int OR64 = 19;
  public static final int XOR64 = 20;
  public static final int MUL64 = 21; // low 64 bits
  public static final int SHL64 = 22; // count = b & 63
  public static final int SHR64 = 23;
  public static final int SAR64 = 24;
  public static final int ROL64 = 25;
  public static final int ROR64 = 26;
  public static final int ADD32 = 27;
  public static final int SUB32 = 28;
  public static final int AND32 = 29;
  public static final int OR32 = 30;
  public static final int XOR32 = 31;
  public static final int MUL32 = 32;
  public static final int SHL32 = 33; // count = b & 31
  public static final int SHR32 = 34;
  public static final int SAR32 = 35;
  public static final int ROL32 = 36;
  public static final int ROR32 = 37;
  public static final int ADDI64 = 38; // d = a + imm
  public static final int ANDI64 = 39;
  public static final int ORI64 = 40;
  public static final int XORI64 = 41;
  public static final int MULI64 = 42;
  public static final int SHLI64 = 43;
  public static final int SHRI64 = 44;
  public static final int SARI64 = 45;
  public static final int ROLI64 = 46;
  public static final int RORI64 = 47;
  public static final int ADDI32 = 48;
  public static final int ANDI32 = 49;
  public static final int ORI32 = 50;
  public static final int XORI32 = 51;
  public static final int MULI32 = 52;
  public static final int SHLI32 = 53;
  public static final int SHRI32 = 54;
  public static final int SARI32 = 55;
  public static final int ROLI32 = 56;
  public static final int RORI32 = 57;
  public static final int NEG64 = 58; // d = -a
  public static final int NEG32 = 59;
  public static final int NOT64 = 60; // d = ~a
  public static final int NOT32 = 61;
  public static final int BSWAP64 = 62;
  public static final int BSWAP32 = 63;
  public static final int MULHU64 = 64; // high 64 bits of the unsigned product
  public static final int MULHS64 = 65; // high 64 bits of the signed product

  // Flags: the lazy tuple (kind, x, y), see Flags.
  public static final int SETF = 70; // (kind, x, y) = (imm, a, b)
  public static final int SETFI = 71; // (kind, x, y) = (d as number, a, imm)
  public static final int SETFNZ =
      72; // as SETF, only if b != 0 (shifts by a variable count, masked before)
  public static final int SETFC =
      73; // as SETF; kind ADD becomes ADC1, SUB becomes SBB1 if d != 0 (carry in)
  public static final int GETF = 74; // d = the six status flags in EFLAGS positions
  public static final int PUTF = 75; // (kind, x, y) = (RAW, a, 0)
  public static final int GETCF = 76; // d = CF (0 or 1)
  public static final int SETCC =
      77; // d = condition imm ? 1 : 0   (imm: the tttn code, SDM vol. 2 B.1.4.7)
  public static final int CMOV = 78; // if (condition imm) d = a (all 64 bits)

  // Memory. Loads zero-extend (Z) or sign-extend (S) to 64 bits.
  public static final int LOAD8 = 80;
  public static final int LOAD16 = 81;
  public static final int LOAD32 = 82;
  public static final int LOAD64 = 83;
  public static final int LOAD8S = 84;
  public static final int LOAD16S = 85;
  public static final int LOAD32S = 86;
  public static final int LOAD128 = 87; // r[d], r[d+1]; all or nothing
  public static final int LOAD256 = 88; // r[d] … r[d+3]; all or nothing
  public static final int STORE8 = 89; // memory = r[d]
  public static final int STORE16 = 90;
  public static final int STORE32 = 91;
  public static final int STORE64 = 92;
  public static final int STORE128 = 93; // r[d], r[d+1]; all or nothing
  public static final int STORE256 = 94;
  public static final int ALIGN16 = 95; // #GP unless the address is a multiple of 16
  public static final int ALIGN32 = 96;

  // Atomic read-modify-write on memory at r[a] (address already computed), operand r[b], old value
  // to d (zero-extended).
  // imm: operand size in bytes (1, 2, 4, 8).
  public static final int XADD = 97;
  public static final int XCHG = 98;
  public static final int XAND = 99;
  public static final int XOR = 100;
  public static final int XXOR = 101;
  public static final int CAS = 102; // d: expected in, old value out
  public static final int FENCE = 103;

  // Calls of helper methods (Helper): imm bits 11:0 the helper's id, 19:12 a third register c,
  // 27:20 a fourth e or an imm8.
  public static final int H1 = 110; // d = f(a [, imm8])
  public static final int H2 = 111; // d = f(a, b [, imm8])
  public static final int H3 = 112; // d = f(a, b, c [, imm8])
  public static final int H4 = 113; // d = f(a, b, c, e)
  // void f(CpuState s, int d, int a, int b, int imm20): may read and write the whole state and
  // memory; when it faults, what it
  // has changed by then stands (REP string instructions). d, a, b are passed as numbers. imm bits
  // 11:0 the helper's id,
  // 31:12 imm20 (signed).
  public static final int EXEC = 114;

  // Ends of blocks. Targets are guest linear addresses in the extra longs.
  public static final int JMP = 120; // extra: target
  public static final int JCC = 121; // condition d; extra: target if true, target if false
  public static final int JNZ = 122; // if a != 0; extra: target if true, target if false
  public static final int JMPR = 123; // indirect jump to r[a]
  public static final int CALL = 124; // extra: target, return address (already pushed)
  public static final int CALLR =
      125; // indirect call to r[a]; extra: return address (already pushed)
  public static final int RET = 126; // return to r[a] (already popped)
  public static final int SYSCALL =
      127; // imm: 0 SYSCALL, 1 INT 80h, 2 SYSENTER; extra: next instruction's address
  public static final int TRAP =
      128; // imm: CpuFault vector, d: 1 if reported after the instruction (trap); extra: RIP to

  // report

  /**
   * First number free for the interpreter's own fused operations; the lifter never produces them.
   */
  public static final int FUSED = 144;

  private Op() {}

  /** Number of longs that {@code op} takes in the code, its extra longs included. */
  public static int length(int op) {
    return switch (op) {
      case MOVI64, JMP, CALLR, SYSCALL, TRAP -> 2;
      case JCC, JNZ, CALL -> 3;
      default -> 1;
    };
  }

  public static long encode(int op, int d, int a, int b, int imm) {
    return (op & 0xffL)
        | (d & 0xffL) << 8
        | (a & 0xffL) << 16
        | (b & 0xffL) << 24
        | (long) imm << 32;
  }

  public static int op(long word) {
    return (int) word & 0xff;
  }

  public static int d(long word) {
    return (int) word >>> 8 & 0xff;
  }

  public static int a(long word) {
    return (int) word >>> 16 & 0xff;
  }

  public static int b(long word) {
    return (int) word >>> 24;
  }

  public static int imm(long word) {
    return (int) (word >> 32);
  }

  /**
   * The {@code b} operand of a memory micro-op. {@code scale}: log2, 0…3; {@code index}: a register
   * below 64.
   */
  public static int index(int index, int scale) {
    return index | scale << 6;
  }
}
