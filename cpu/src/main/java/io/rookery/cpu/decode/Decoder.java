package io.rookery.cpu.decode;

import io.rookery.cpu.CpuModel;

/**
 * Decodes x86 machine code into {@link Insn}s (SDM vol. 2, chapter 2), by the tables in
 * src/main/tables.
 *
 * <p>Immutable, so one instance per mode serves all threads; decoding allocates nothing.
 */
public final class Decoder {
  /** The longest instruction, in bytes. */
  public static final int MAX_LENGTH = 15;

  /**
   * More than any sequence of 15 prefixes, opcode, ModRM, SIB, displacement and immediates takes.
   */
  static final int WINDOW = 48;

  private static final Mnemonic[] MNEMONICS = Mnemonic.values();
  private static final int VEX_MAPS = 3;
  private static final int[] VEX_PREFIX = {0, Row.KEY_66, Row.KEY_F3, Row.KEY_F2};
  private static final int PREFIX_KEYS = Row.KEY_66 | Row.KEY_F3 | Row.KEY_F2;

  private final int mode;
  private final boolean mode64;

  /** What of the key mode and model decide. */
  private final int fixedKey;

  /** A decoder for {@link CpuModel#X86_64_V3}, which is all that the tables know. */
  public Decoder(int mode) {
    this(mode, CpuModel.X86_64_V3);
  }

  /**
   * {@code mode}: 64 for 64-bit mode, 32 for 32-bit protected and compatibility mode; {@code
   * model}: the processor, whose missing instructions are undefined.
   */
  public Decoder(int mode, CpuModel model) {
    if (mode != 64 && mode != 32) {
      throw new IllegalArgumentException("mode is 32 or 64, not " + mode);
    }
    this.mode = mode;
    this.mode64 = mode == 64;
    this.fixedKey =
        (mode64 ? Row.KEY_MODE64 : 0)
            | (model.includes(CpuModel.X86_64_V2) ? Row.KEY_V2 : 0)
            | (model.includes(CpuModel.X86_64_V3) ? Row.KEY_V3 : 0);
  }

  /**
   * Decodes the instruction in {@code bytes} at {@code offset}, of which {@code available} bytes
   * may be looked at; its linear address is {@code address}. Everything in {@code out} is set;
   * where the encoding is undefined its mnemonic is {@link Mnemonic#INVALID}, where the bytes do
   * not suffice {@link Mnemonic#TRUNCATED}, where it is longer than 15 bytes {@link
   * Mnemonic#TOO_LONG}, the length then being that of the bytes looked at.
   */
  public void decode(byte[] bytes, int offset, int available, long address, Insn out) {
    // Bytes behind the available ones may be read but decide nothing: who needs them is truncated.
    byte[] code = bytes;
    int start = offset;
    if (bytes.length - offset < WINDOW) {
      code = out.window;
      start = 0;
      System.arraycopy(bytes, offset, code, 0, Math.min(available, MAX_LENGTH));
    }
    out.reset(mode, address);
    boolean defined = parse(code, start, out);
    int length = out.cursor - start;
    if (length > available && available < MAX_LENGTH) {
      length = available;
      defined = false;
      out.mnemonic = Mnemonic.TRUNCATED;
    } else if (length > MAX_LENGTH) {
      length = MAX_LENGTH;
      defined = false;
      out.mnemonic = Mnemonic.TOO_LONG;
    } else if (!defined) {
      out.mnemonic = Mnemonic.INVALID;
    }
    out.length = length;
    out.next = mode64 ? address + length : (address + length) & 0xffffffffL;
    if (defined) {
      relocate(out);
    } else {
      out.operands = 0;
    }
  }

  /** Makes what is relative to the next instruction absolute. */
  private void relocate(Insn out) {
    if (out.ripRelative) {
      long target = out.next + out.disp;
      out.disp = out.addressBits == 64 ? target : target & 0xffffffffL;
    }
    if (out.operands > 0 && out.kind[0] == Insn.REL) {
      long target = out.next + out.imm;
      if (!mode64) {
        target &= out.operandBits == 16 ? 0xffffL : 0xffffffffL;
      }
      out.imm = target;
    }
  }

  /** Reads one instruction up to {@code out.cursor}; false where it is undefined. */
  private boolean parse(byte[] code, int start, Insn out) {
    int p = start;
    int last = start + MAX_LENGTH - 1;
    int key = fixedKey;
    int rex = 0;
    int opcode = code[p++] & 0xff;
    while (PREFIX[opcode] != 0) {
      switch (opcode) {
        case 0x26, 0x2e, 0x36, 0x3e -> {
          if (!mode64) {
            out.prefixSegment = opcode >>> 3 & 3;
          }
          rex = 0;
        }
        case 0x64, 0x65 -> {
          out.prefixSegment = opcode & 7;
          rex = 0;
        }
        case 0x66 -> {
          key |= Row.KEY_66;
          rex = 0;
        }
        case 0x67 -> {
          out.addressBits = mode >>> 1;
          rex = 0;
        }
        case 0xf0 -> {
          out.lock = true;
          rex = 0;
        }
        case 0xf2 -> {
          key = (key & ~Row.KEY_F3) | Row.KEY_F2;
          rex = 0;
        }
        case 0xf3 -> {
          key = (key & ~Row.KEY_F2) | Row.KEY_F3;
          rex = 0;
        }
        default -> {
          if (!mode64) {
            return select(code, p, 0, opcode, key, 0, out);
          }
          rex = opcode; // Only one directly before the opcode counts.
        }
      }
      if (p > last) {
        out.cursor = last + 2;
        return false;
      }
      opcode = code[p++] & 0xff;
    }
    if (opcode == 0x0f) {
      opcode = code[p++] & 0xff;
      return switch (opcode) {
        case 0x38 -> select(code, p + 1, 2, code[p] & 0xff, key, rex, out);
        case 0x3a -> select(code, p + 1, 3, code[p] & 0xff, key, rex, out);
        default -> select(code, p, 1, opcode, key, rex, out);
      };
    }
    if ((opcode == 0xc4 || opcode == 0xc5) && (mode64 || (code[p] & 0xc0) == 0xc0)) {
      return parseVex(code, p, opcode == 0xc4, key, rex, out);
    }
    return select(code, p, 0, opcode, key, rex, out);
  }

  /** SDM vol. 2, 2.3.5; {@code p} is behind the C4 ({@code three}) or C5. */
  private boolean parseVex(byte[] code, int p, boolean three, int key, int rex, Insn out) {
    int first = code[p++] & 0xff;
    int last = first;
    int map = 1;
    int bits = ~first >>> 5 & 4; // R
    if (three) {
      map = first & 0x1f;
      last = code[p++] & 0xff;
      bits |= (~first >>> 5 & 3) | (last >>> 4 & 8); // X, B and W
    }
    if (map == 0) {
      out.cursor = p;
      return false;
    }
    if (map > VEX_MAPS || out.lock || rex != 0 || (key & PREFIX_KEYS) != 0) {
      return undefined(code, p + 1, VEX_MAPS + map, code[p] & 0xff, out);
    }
    int vexKey = key | VEX_PREFIX[last & 3];
    out.vex = true;
    if ((last & 4) != 0) {
      out.vexL = true;
      vexKey |= Row.KEY_L;
    }
    out.vvvv = ~last >>> 3 & 15;
    return select(
        code, p + 1, VEX_MAPS + map, code[p] & 0xff, vexKey, mode64 ? bits : bits & 8, out);
  }

  /** Looks for the row of an opcode; {@code p} is behind it. */
  private boolean select(
      byte[] code, int p, int map, int opcode, int prefixKey, int rex, Insn out) {
    int key = prefixKey | ((rex & 8) != 0 ? Row.KEY_W : 0) | ((rex & 1) != 0 ? Row.KEY_B : 0);
    out.cursor = p;
    out.rex = rex;
    out.modrm = 0xc0;
    int list = DecodeTables.TOP[map << 8 | opcode];
    if ((list & DecodeTables.MODRM) != 0) {
      int modrm = code[p] & 0xff;
      out.modrm = modrm;
      out.cursor = p + 1;
      key |= (modrm >= 0xc0 ? Row.KEY_REGISTER : 0) | (modrm & 7) << Row.KEY_RM_SHIFT;
      boolean group = (list & DecodeTables.GROUP) != 0;
      list &= DecodeTables.INDEX;
      if (group) {
        list = DecodeTables.GROUPS[list + (modrm >>> 3 & 7)];
      }
    }
    int row = DecodeTables.LISTS[list];
    while (row != 0) {
      int match = Row.match(row);
      if (((key ^ match) & match >>> 16) == 0) {
        return apply(code, Row.row(row), match, key, opcode, out);
      }
      row = DecodeTables.LISTS[++list];
    }
    return map > 1 && undefined(code, p, map, opcode, out);
  }

  /**
   * Moves on over what an undefined instruction of a map other than the first two consists of; its
   * opcode lies in front of {@code p}. It may prove too long, which comes first (#GP). VEX maps
   * that do not exist count as having an immediate.
   *
   * @return false
   */
  private static boolean undefined(byte[] code, int p, int map, int opcode, Insn out) {
    boolean vex = map > VEX_MAPS;
    out.cursor = p;
    if (vex && map == VEX_MAPS + 1 && opcode == 0x77) {
      return false; // VZEROUPPER's: no ModRM byte
    }
    out.modrm = code[p] & 0xff;
    out.cursor = p + 1;
    if (out.modrm < 0xc0) {
      OperandReader.memory(code, false, out);
    }
    boolean none = map < 3 || map == VEX_MAPS + 2 || map == VEX_MAPS + 5 || map == VEX_MAPS + 6;
    if (!none && (map != VEX_MAPS + 1 || hasImmediate(opcode))) {
      out.cursor++;
    }
    return false;
  }

  private static boolean hasImmediate(int opcode) {
    return (opcode >= 0x70 && opcode <= 0x73)
        || opcode == 0xc2
        || (opcode >= 0xc4 && opcode <= 0xc6);
  }

  /** Fills in what the row says; {@code match} are its conditions. */
  private boolean apply(byte[] code, long row, int match, int key, int opcode, Insn out) {
    out.mnemonic = MNEMONICS[Row.mnemonic(row)];
    if (out.vex) {
      out.operandBits = mode64 && (key & Row.KEY_W) != 0 ? 64 : 32;
    } else {
      out.rep = (key & ~match & Row.KEY_F3) != 0;
      out.repne = (key & ~match & Row.KEY_F2) != 0;
      out.operandBits = operandBits(row, key & ~(match & Row.KEY_66));
    }
    if ((row & Row.CONDITION) != 0) {
      out.condition = opcode & 15;
    }
    if ((row & Row.ANY_MOD) != 0) {
      out.modrm |= 0xc0;
    }
    out.segment = OperandReader.segment(out, OperandReader.DS);
    if (out.modrm < 0xc0 && !OperandReader.memory(code, Row.hasVectorIndex(row), out)) {
      return false;
    }
    boolean lockable = !out.lock || ((row & Row.LOCK) != 0 && out.modrm < 0xc0);
    return OperandReader.operands(code, row, opcode, out) && lockable;
  }

  private int operandBits(long row, int key) {
    if (mode64 && ((row & Row.FORCED64) != 0 || (key & Row.KEY_W) != 0)) {
      return 64;
    }
    if ((key & Row.KEY_66) != 0) {
      return 16;
    }
    return mode64 && (row & Row.DEFAULT64) != 0 ? 64 : 32;
  }

  /** 1 for legacy prefixes and those bytes that are REX prefixes in 64-bit mode. */
  private static final byte[] PREFIX = prefixes();

  private static byte[] prefixes() {
    byte[] table = new byte[256];
    int[] legacy = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3};
    for (int prefix : legacy) {
      table[prefix] = 1;
    }
    for (int rex = 0x40; rex < 0x50; rex++) {
      table[rex] = 1;
    }
    return table;
  }
}
