package io.rookery.cpu.jit;

import io.rookery.cpu.helper.Helper;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;

/** What each micro-op reads and writes. */
final class OpInfo {
  static final int A = 1;
  static final int B = 1 << 1;
  static final int C = 1 << 2;
  static final int E = 1 << 3;
  static final int D_IN = 1 << 4;
  static final int D_OUT = 1 << 5;

  /** Reads a memory operand's base {@code a} and index {@code b & 63}. */
  static final int ADDRESS = 1 << 6;

  /** {@code d} stands for two quadwords. */
  static final int PAIR = 1 << 7;

  /** {@code d} stands for four quadwords. */
  static final int QUAD = 1 << 8;

  /** May raise a guest fault, see {@link #mayFault}. */
  static final int FAULTS = 1 << 9;

  static final int FLAGS_IN = 1 << 10;
  static final int FLAGS_OUT = 1 << 11;

  /** Guest memory access through the permission table. */
  static final int ACCESS = 1 << 12;

  /** May write guest memory. */
  static final int STORES = 1 << 13;

  private static final int[] TABLE = new int[256];

  static {
    range(Op.MOV, Op.MOV, A | D_OUT);
    range(Op.MOVI, Op.MOVI64, D_OUT);
    range(Op.ZX8, Op.EXT8H, A | D_OUT);
    range(Op.INS8, Op.INS16, A | D_IN | D_OUT);
    range(Op.LEA64, Op.LEA32, ADDRESS | D_OUT);
    range(Op.ADD64, Op.ROR32, A | B | D_OUT);
    range(Op.ADDI64, Op.BSWAP32, A | D_OUT);
    range(Op.MULHU64, Op.MULHS64, A | B | D_OUT);
    range(Op.SETF, Op.SETF, A | B | FLAGS_OUT);
    range(Op.SETFI, Op.SETFI, A | FLAGS_OUT);
    range(Op.SETFNZ, Op.SETFNZ, A | B | FLAGS_IN | FLAGS_OUT);
    range(Op.SETFC, Op.SETFC, A | B | D_IN | FLAGS_OUT);
    range(Op.GETF, Op.GETF, D_OUT | FLAGS_IN);
    range(Op.PUTF, Op.PUTF, A | FLAGS_OUT);
    range(Op.GETCF, Op.SETCC, D_OUT | FLAGS_IN);
    range(Op.CMOV, Op.CMOV, A | D_IN | D_OUT | FLAGS_IN);
    range(Op.LOAD8, Op.LOAD256, ADDRESS | D_OUT | ACCESS | FAULTS);
    TABLE[Op.LOAD128] |= PAIR;
    TABLE[Op.LOAD256] |= QUAD;
    range(Op.STORE8, Op.STORE256, ADDRESS | D_IN | ACCESS | STORES | FAULTS);
    TABLE[Op.STORE128] |= PAIR;
    TABLE[Op.STORE256] |= QUAD;
    range(Op.ALIGN16, Op.ALIGN32, ADDRESS | FAULTS);
    range(Op.XADD, Op.XXOR, A | B | D_OUT | ACCESS | STORES | FAULTS);
    range(Op.CAS, Op.CAS, A | B | D_IN | D_OUT | ACCESS | STORES | FAULTS);
    range(Op.FENCE, Op.FENCE, 0);
    range(Op.H1, Op.H1, A | D_OUT | FAULTS);
    range(Op.H2, Op.H2, A | B | D_OUT | FAULTS);
    range(Op.H3, Op.H3, A | B | C | D_OUT | FAULTS);
    range(Op.H4, Op.H4, A | B | C | E | D_OUT | FAULTS);
    range(Op.EXEC, Op.EXEC, FLAGS_IN | FLAGS_OUT | FAULTS | STORES);
    range(Op.JMP, Op.JMP, 0);
    range(Op.JCC, Op.JCC, FLAGS_IN);
    range(Op.JNZ, Op.JNZ, A);
    range(Op.JMPR, Op.JMPR, A);
    range(Op.CALL, Op.CALL, 0);
    range(Op.CALLR, Op.RET, A);
    range(Op.SYSCALL, Op.SYSCALL, FLAGS_IN | FLAGS_OUT);
    range(Op.TRAP, Op.TRAP, FLAGS_IN);
  }

  private OpInfo() {}

  private static void range(int first, int last, int info) {
    for (int op = first; op <= last; op++) {
      TABLE[op] = info | 1 << 31;
    }
  }

  /**
   * The properties of {@code op}.
   *
   * @throws IllegalArgumentException for a number that is no micro-op of the lifter
   */
  static int of(int op) {
    int info = TABLE[op];
    if (info == 0) {
      throw new IllegalArgumentException("micro-op " + op);
    }
    return info;
  }

  /** Whether {@code word} may raise a guest fault: of the calls of helper methods, some. */
  static boolean mayFault(long word) {
    int op = Op.op(word);
    return (of(op) & FAULTS) != 0
        && (op < Op.H1 || op > Op.H4 || Helper.of(helper(word)).mayFault());
  }

  /** Whether {@code word} does nothing but compute its destination. */
  static boolean isPure(long word) {
    int info = of(Op.op(word));
    return (info & (D_OUT | FLAGS_OUT | ACCESS | STORES)) == D_OUT && !mayFault(word);
  }

  /** Number of consecutive registers that {@code d} stands for. */
  static int width(int info) {
    return (info & QUAD) != 0 ? 4 : (info & PAIR) != 0 ? 2 : 1;
  }

  /** Receives the registers of a micro-op. */
  interface Visitor {
    void register(int register, boolean written);
  }

  /**
   * Hands over each register that {@code word} reads, then each that it writes; EXEC's are not
   * known.
   */
  static void visit(long word, Visitor visitor) {
    int info = of(Op.op(word));
    int d = Op.d(word);
    if ((info & (A | ADDRESS)) != 0) {
      visitor.register(Op.a(word), false);
    }
    if ((info & B) != 0) {
      visitor.register(Op.b(word), false);
    }
    if ((info & ADDRESS) != 0) {
      visitor.register(Op.b(word) & 63, false);
    }
    if ((info & C) != 0) {
      visitor.register(third(word), false);
    }
    if ((info & E) != 0) {
      visitor.register(fourth(word), false);
    }
    int width = width(info);
    for (int i = 0; i < width; i++) {
      if ((info & D_IN) != 0) {
        visitor.register(d + i, false);
      }
      if ((info & D_OUT) != 0) {
        visitor.register(d + i, true);
      }
    }
  }

  /** The third operand register of H3 and H4. */
  static int third(long word) {
    return Op.imm(word) >>> 12 & 0xff;
  }

  /** The fourth operand register of H4, or the imm8 of the other helper calls. */
  static int fourth(long word) {
    return Op.imm(word) >>> 20 & 0xff;
  }

  /** The number of the helper method. */
  static int helper(long word) {
    return Op.imm(word) & 0xfff;
  }

  static boolean isTemporary(int register) {
    return register >= Reg.T0 && register < Reg.T0 + Reg.TEMPORARIES;
  }
}
