package io.rookery.cpu.decode;

/** Reads the operands that a row of the opcode tables asks for. The cursor stands behind ModRM. */
final class OperandReader {
  private static final int ES = 0;
  static final int DS = 3;
  private static final int SS = 2;

  private static final int REX_R = 4;
  private static final int REX_X = 2;
  private static final int REX_B = 1;

  /** Base and index of the 16-bit ModRM forms (SDM vol. 2, table 2-1). */
  private static final byte[] BASE16 = {3, 3, 5, 5, 6, 7, 5, 3};

  private static final byte[] INDEX16 = {6, 7, 6, 7, -1, -1, -1, -1};

  private OperandReader() {}

  /**
   * Reads SIB and displacement of a ModRM memory operand; false where it is undefined, which is a
   * vector of indices without a SIB byte.
   */
  static boolean memory(byte[] code, boolean vectorIndex, Insn out) {
    int mod = out.modrm >>> 6;
    int rm = out.modrm & 7;
    if (out.addressBits == 16) {
      memory16(code, mod, rm, out);
      return !vectorIndex;
    }
    int base = rm;
    boolean sib = rm == 4;
    if (sib) {
      int b = code[out.cursor++] & 0xff;
      base = b & 7;
      out.scale = b >>> 6;
      int index = (b >>> 3 & 7) | ((out.rex & REX_X) != 0 ? 8 : 0);
      if (vectorIndex) {
        out.vsib = index;
      } else if (index != 4) {
        out.index = index;
      } else {
        out.scale = 0;
      }
    } else if (vectorIndex) {
      return false;
    }
    if (mod == 0 && base == 5) {
      out.disp = dword(code, out);
      out.ripRelative = !sib && out.mode == 64;
    } else {
      out.base = base | ((out.rex & REX_B) != 0 ? 8 : 0);
      if (mod == 1) {
        out.disp = code[out.cursor++];
      } else if (mod == 2) {
        out.disp = dword(code, out);
      }
    }
    out.segment = segment(out, out.base == 4 || out.base == 5 ? SS : DS);
    return true;
  }

  private static void memory16(byte[] code, int mod, int rm, Insn out) {
    if (mod == 0 && rm == 6) {
      out.disp = word(code, out);
    } else {
      out.base = BASE16[rm];
      out.index = INDEX16[rm];
      if (mod == 1) {
        out.disp = code[out.cursor++];
      } else if (mod == 2) {
        out.disp = (short) word(code, out);
      }
    }
    out.segment = segment(out, out.base == 5 ? SS : DS);
  }

  /** The segment whose base counts: in 64-bit mode only FS and GS have one. */
  static int segment(Insn out, int byDefault) {
    if (out.prefixSegment >= 0) {
      return out.prefixSegment;
    }
    return out.mode == 64 ? -1 : byDefault;
  }

  /** Fills in the operands of {@code row}; false where one of them is undefined. */
  static boolean operands(byte[] code, long row, int opcode, Insn out) {
    int n = 0;
    boolean usesVvvv = false;
    for (long rest = row; ; rest >>>= Row.OPERAND_BITS) {
      int operand = n == 4 ? 0 : (int) rest & Row.OPERAND_MASK;
      if (operand == 0) {
        break;
      }
      int place = Row.place(operand);
      out.bits[n] = bits(Row.width(operand), out);
      switch (place) {
        case Row.E -> rm(Insn.GPR, n, out);
        case Row.G -> gpr(reg(out), n, out);
        case Row.R -> gpr(rmNumber(out), n, out);
        case Row.Z -> gpr((opcode & 7) | ((out.rex & REX_B) != 0 ? 8 : 0), n, out);
        case Row.M, Row.VM -> out.kind[n] = Insn.MEM;
        case Row.V -> set(Insn.VEC, reg(out), n, out);
        case Row.W -> rm(Insn.VEC, n, out);
        case Row.U -> set(Insn.VEC, rmNumber(out), n, out);
        case Row.P -> set(Insn.MMX, out.modrm >>> 3 & 7, n, out);
        case Row.Q -> rm(Insn.MMX, n, out);
        case Row.N -> set(Insn.MMX, out.modrm & 7, n, out);
        case Row.H -> {
          set(Insn.VEC, vvvv(out), n, out);
          usesVvvv = true;
        }
        case Row.B -> {
          set(Insn.GPR, vvvv(out), n, out);
          usesVvvv = true;
        }
        case Row.L -> {
          int is4 = (code[out.cursor++] & 0xff) >>> 4;
          set(Insn.VEC, out.mode == 64 ? is4 : is4 & 7, n, out);
        }
        case Row.I -> immediate(unsigned(code, out.bits[n], out), n, out);
        case Row.I_SIGNED -> signedImmediate(code, n, out);
        case Row.J -> {
          out.kind[n] = Insn.REL;
          out.imm = signed(code, out.bits[n], out);
        }
        case Row.A -> {
          int offsetBits = out.operandBits == 16 ? 16 : 32;
          immediate(unsigned(code, offsetBits, out), 0, out);
          immediate(word(code, out), 1, out);
          out.bits[0] = offsetBits;
          out.bits[1] = 16;
          n = 1;
        }
        case Row.O -> {
          out.kind[n] = Insn.MEM;
          out.disp = unsigned(code, out.addressBits, out);
        }
        case Row.X -> {
          out.elementBits = out.bits[n];
          out.segment = segment(out, DS);
          n--;
        }
        case Row.Y -> {
          if (out.elementBits == 0) {
            out.segment = out.mode == 64 ? -1 : ES; // A source's segment counts more.
          }
          out.elementBits = out.bits[n];
          n--;
        }
        case Row.S -> {
          int segment = out.modrm >>> 3 & 7;
          if (segment > 5 || (n == 0 && segment == 1)) {
            return false;
          }
          set(Insn.SEG, segment, n, out);
        }
        case Row.C, Row.D -> {
          int number = reg(out);
          if (place == Row.C ? !isControl(number) : number > 7) {
            return false;
          }
          set(Insn.CONTROL, number, n, out);
        }
        case Row.RAX -> set(Insn.GPR, 0, n, out);
        case Row.RCX -> set(Insn.GPR, 1, n, out);
        case Row.RDX -> set(Insn.GPR, 2, n, out);
        case Row.ST0 -> set(Insn.ST, 0, n, out);
        case Row.STI -> set(Insn.ST, out.modrm & 7, n, out);
        case Row.XMM0 -> set(Insn.VEC, 0, n, out);
        case Row.ONE -> immediate(1, n, out);
        default -> set(Insn.SEG, place - Row.FIXED_SEGMENT, n, out);
      }
      n++;
    }
    out.operands = n;
    if (out.vex && !usesVvvv && out.vvvv != 0) {
      return false;
    }
    return (row & Row.DISTINCT) == 0 || distinct(out);
  }

  /** Gathers: destination, index and mask must be three registers. */
  private static boolean distinct(Insn out) {
    return out.reg[0] != out.vsib && out.reg[0] != out.reg[2] && out.reg[2] != out.vsib;
  }

  private static boolean isControl(int number) {
    return number == 0 || (number >= 2 && number <= 4) || number == 8;
  }

  private static int reg(Insn out) {
    return (out.modrm >>> 3 & 7) | ((out.rex & REX_R) != 0 ? 8 : 0);
  }

  private static int rmNumber(Insn out) {
    return (out.modrm & 7) | ((out.rex & REX_B) != 0 ? 8 : 0);
  }

  private static int vvvv(Insn out) {
    return out.mode == 64 ? out.vvvv : out.vvvv & 7;
  }

  private static void set(byte kind, int reg, int n, Insn out) {
    out.kind[n] = kind;
    out.reg[n] = reg;
  }

  /** General register {@code reg}; without REX the byte registers 4…7 are AH, CH, DH and BH. */
  private static void gpr(int reg, int n, Insn out) {
    if (out.bits[n] == 8 && reg >= 4 && out.rex == 0) {
      set(Insn.GPR_HIGH, reg - 4, n, out);
    } else {
      set(Insn.GPR, reg, n, out);
    }
  }

  /** What ModRM.rm names: memory, or a register of {@code kind}. */
  private static void rm(byte kind, int n, Insn out) {
    if (out.modrm < 0xc0) {
      out.kind[n] = Insn.MEM;
    } else if (kind == Insn.GPR) {
      gpr(rmNumber(out), n, out);
    } else {
      set(kind, kind == Insn.MMX ? out.modrm & 7 : rmNumber(out), n, out);
    }
  }

  /** A further immediate becomes {@link Insn#imm2}. */
  private static void immediate(long value, int n, Insn out) {
    if (n > 0 && out.kind[n - 1] == Insn.IMM) {
      out.kind[n] = Insn.IMM2;
      out.imm2 = value;
    } else {
      out.kind[n] = Insn.IMM;
      out.imm = value;
    }
  }

  /** Is, Iz: the immediate counts as an operand of full size. */
  private static void signedImmediate(byte[] code, int n, Insn out) {
    out.kind[n] = Insn.IMM;
    out.imm = signed(code, out.bits[n], out);
    out.bits[n] = out.operandBits;
  }

  private static long signed(byte[] code, int bits, Insn out) {
    return switch (bits) {
      case 8 -> code[out.cursor++];
      case 16 -> (short) word(code, out);
      default -> dword(code, out);
    };
  }

  private static long unsigned(byte[] code, int bits, Insn out) {
    return switch (bits) {
      case 8 -> code[out.cursor++] & 0xffL;
      case 16 -> word(code, out);
      case 32 -> dword(code, out) & 0xffffffffL;
      default -> (dword(code, out) & 0xffffffffL) | (long) dword(code, out) << 32;
    };
  }

  private static int word(byte[] code, Insn out) {
    int p = out.cursor;
    out.cursor = p + 2;
    return (code[p] & 0xff) | (code[p + 1] & 0xff) << 8;
  }

  private static int dword(byte[] code, Insn out) {
    int p = out.cursor;
    out.cursor = p + 4;
    return (code[p] & 0xff)
        | (code[p + 1] & 0xff) << 8
        | (code[p + 2] & 0xff) << 16
        | code[p + 3] << 24;
  }

  private static int bits(int width, Insn out) {
    return switch (width) {
      case Row.NONE -> 0;
      case Row.BYTE -> 8;
      case Row.WORD -> 16;
      case Row.DWORD -> 32;
      case Row.QWORD -> 64;
      case Row.DQWORD -> 128;
      case Row.QQWORD -> 256;
      case Row.TEN_BYTES -> 80;
      case Row.OPERAND -> out.operandBits;
      case Row.OPERAND_MAX32 -> Math.min(out.operandBits, 32);
      case Row.OPERAND_MIN32 -> Math.max(out.operandBits, 32);
      case Row.MODE -> out.mode;
      case Row.FAR -> out.operandBits + 16;
      case Row.PAIR -> 2 * out.operandBits;
      case Row.DESCRIPTOR -> out.mode == 64 ? 80 : 48;
      case Row.VECTOR -> out.vexL ? 256 : 128;
      case Row.VECTOR_HALF -> out.vexL ? 128 : 64;
      case Row.VECTOR_QUARTER -> out.vexL ? 64 : 32;
      case Row.VECTOR_EIGHTH -> out.vexL ? 32 : 16;
      default -> throw new AssertionError(width);
    };
  }
}
