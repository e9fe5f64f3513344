package io.rookery.cpu.decode;

/**
 * How a row of the opcode tables is packed; src/main/tables/README.txt explains what rows mean.
 *
 * <p>A row is a long: four operands of 11 bits (place in the upper six, width in the lower five),
 * ten bits of mnemonic, and flags. Beside it stands an int, its conditions: the bits that the key
 * of an instruction must have in 15:0, those that are looked at in 31:16.
 */
final class Row {
  // Bits of the key.
  static final int KEY_66 = 1;
  static final int KEY_F3 = 1 << 1;
  static final int KEY_F2 = 1 << 2;
  static final int KEY_MODE64 = 1 << 3;
  static final int KEY_REGISTER = 1 << 4;
  static final int KEY_W = 1 << 5;
  static final int KEY_L = 1 << 6;
  static final int KEY_B = 1 << 7;
  static final int KEY_RM_SHIFT = 8;
  static final int KEY_RM = 7 << KEY_RM_SHIFT;

  /** The processor is at least x86-64-v2, v3. */
  static final int KEY_V2 = 1 << 11;

  static final int KEY_V3 = 1 << 12;

  static final int OPERAND_BITS = 11;
  static final int OPERAND_MASK = (1 << OPERAND_BITS) - 1;
  static final int WIDTH_BITS = 5;
  static final int WIDTH_MASK = (1 << WIDTH_BITS) - 1;
  static final int MNEMONIC_SHIFT = 4 * OPERAND_BITS;
  static final int MNEMONIC_MASK = (1 << 10) - 1;

  static final long LOCK = 1L << 54;
  static final long DEFAULT64 = 1L << 55;
  static final long FORCED64 = 1L << 56;
  static final long ANY_MOD = 1L << 57;
  static final long CONDITION = 1L << 58;
  static final long DISTINCT = 1L << 59;

  // Places of operands. 0 ends the list.
  static final int A = 1;
  static final int B = 2;
  static final int C = 3;
  static final int D = 4;
  static final int E = 5;
  static final int G = 6;
  static final int H = 7;
  static final int I = 8;
  static final int I_SIGNED = 9;
  static final int J = 10;
  static final int L = 11;
  static final int M = 12;
  static final int N = 13;
  static final int O = 14;
  static final int P = 15;
  static final int Q = 16;
  static final int R = 17;
  static final int S = 18;
  static final int U = 19;
  static final int V = 20;
  static final int VM = 21;
  static final int W = 22;
  static final int X = 23;
  static final int Y = 24;
  static final int Z = 25;
  static final int RAX = 26;
  static final int RCX = 27;
  static final int RDX = 28;
  static final int ST0 = 29;
  static final int STI = 30;
  static final int XMM0 = 31;
  static final int ONE = 32;
  static final int FIXED_SEGMENT = 33; // + 0…5

  // Widths. The first ones are fixed.
  static final int NONE = 0;
  static final int BYTE = 1;
  static final int WORD = 2;
  static final int DWORD = 3;
  static final int QWORD = 4;
  static final int DQWORD = 5;
  static final int QQWORD = 6;
  static final int TEN_BYTES = 7;
  static final int OPERAND = 8; // v
  static final int OPERAND_MAX32 = 9; // z
  static final int OPERAND_MIN32 = 10; // y
  static final int MODE = 11; // m
  static final int FAR = 12; // p
  static final int PAIR = 13; // a
  static final int DESCRIPTOR = 14; // s
  static final int VECTOR = 15; // x
  static final int VECTOR_HALF = 16;
  static final int VECTOR_QUARTER = 17;
  static final int VECTOR_EIGHTH = 18;

  /** Chars of a row in {@link DecodeTables#ROWS}: the row and its conditions, low ones first. */
  private static final int CHARS = 6;

  private Row() {}

  /** Row number {@code number}. */
  static long row(int number) {
    char[] rows = DecodeTables.ROWS;
    int at = CHARS * number;
    return rows[at]
        | (long) rows[at + 1] << 16
        | (long) rows[at + 2] << 32
        | (long) rows[at + 3] << 48;
  }

  /** The conditions of row number {@code number}. */
  static int match(int number) {
    char[] rows = DecodeTables.ROWS;
    int at = CHARS * number;
    return rows[at + 4] | rows[at + 5] << 16;
  }

  /** Whether the second operand is memory with a vector of indices, as gathers have it. */
  static boolean hasVectorIndex(long row) {
    return (row & DISTINCT) != 0;
  }

  static int place(int operand) {
    return operand >>> WIDTH_BITS;
  }

  static int width(int operand) {
    return operand & WIDTH_MASK;
  }

  static int mnemonic(long row) {
    return (int) (row >>> MNEMONIC_SHIFT) & MNEMONIC_MASK;
  }
}
