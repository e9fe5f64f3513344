package io.rookery.cpu.engine;

import io.rookery.cpu.ir.Op;

/**
 * The interpreter's own micro-ops: frequent sequences in one dispatch. Fields as in {@link Op}
 * unless said otherwise.
 */
final class Fused {
  /**
   * SETF, JCC: compare r[a] with r[b], d the flags' kind (SUB), imm how far operands are shifted up
   * for that; plus the condition. Extra: target if true, target if false. Only the conditions 2 to
   * 7 and 12 to 15 exist.
   */
  static final int CMPJ = Op.FUSED;

  /**
   * SETFI, JCC: compare r[a] with imm, d the flags' kind (SUB, or LOGIC with imm 0), b the shift;
   * else as {@link #CMPJ}.
   */
  static final int CMPJI = CMPJ + 16;

  /** MOVI64, STORE64, ADDI64, CALL. Extra: target, return address. */
  static final int PUSH_CALL = CMPJI + 16;

  /** LOAD64, ADDI64, RET: imm is what RSP grows by. */
  static final int POP_RET = PUSH_CALL + 1;

  /** From here on: no ends of blocks. */
  static final int STRAIGHT = POP_RET + 1;

  // SETF, operation: with the flags of a + b, a - b.
  static final int ADDF64 = STRAIGHT;
  static final int ADDF32 = ADDF64 + 1;
  static final int SUBF64 = ADDF64 + 2;
  static final int SUBF32 = ADDF64 + 3;

  // Operation, SETFI: with the flags of the result.
  static final int ANDF64 = ADDF64 + 4;
  static final int ANDF32 = ADDF64 + 5;
  static final int ORF64 = ADDF64 + 6;
  static final int ORF32 = ADDF64 + 7;
  static final int XORF64 = ADDF64 + 8;
  static final int XORF32 = ADDF64 + 9;
  static final int ANDIF64 = ADDF64 + 10;
  static final int ANDIF32 = ADDF64 + 11;

  /** SETFI, ADDI64: d = a + imm with the flags of that. */
  static final int ADDIF64 = ADDF64 + 12;

  static final int ADDIF32 = ADDF64 + 13;

  /** SETFI, ADDI64: d = a - imm with the flags of that. */
  static final int SUBIF64 = ADDF64 + 14;

  static final int SUBIF32 = ADDF64 + 15;

  /** SETFI, shift by imm, with the flags of that. */
  static final int SHLIF64 = ADDF64 + 16;

  static final int SHLIF32 = ADDF64 + 17;
  static final int SHRIF64 = ADDF64 + 18;
  static final int SHRIF32 = ADDF64 + 19;

  /** STORE64, ADDI64: push r[d]. */
  static final int PUSH64 = ADDF64 + 20;

  /** LOAD64, ADDI64, MOV: pop to r[d]. */
  static final int POP64 = ADDF64 + 21;

  /**
   * MOVI64, LOAD: r[a] = the extra long, d = 8, 4 or 1 bytes there. A store to the same place may
   * follow.
   */
  static final int LOAD64_AT = ADDF64 + 22;

  static final int LOAD32_AT = ADDF64 + 23;
  static final int LOAD8_AT = ADDF64 + 24;

  private Fused() {}
}
