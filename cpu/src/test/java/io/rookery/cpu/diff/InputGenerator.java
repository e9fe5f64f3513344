package io.rookery.cpu.diff;

import io.rookery.cpu.decode.Insn;
import io.rookery.cpu.decode.Mnemonic;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.Random;

/** Random and edge inputs for an instruction, such that it does not fault. */
final class InputGenerator {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long[] INTEGERS = {
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    31,
    32,
    33,
    63,
    64,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    65536,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    0x1_0000_0000L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2,
    -128,
    -129,
    -32768,
    -32769,
    0x8080_8080_8080_8080L,
    0x7f7f_7f7f_7f7f_7f7fL,
    0x8000_8000_8000_8000L,
    0x7fff_7fff_7fff_7fffL,
    0x8000_0000_8000_0000L,
    0x00ff_00ff_00ff_00ffL
  };

  private static final int[] SINGLES = {
    0,
    0x8000_0000,
    0x3f80_0000,
    0xbf80_0000,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0000,
    0xffc1_2345,
    0x7f80_0001,
    0xffa0_0000,
    1,
    0x8000_0001,
    0x007f_ffff,
    0x0080_0000,
    0x7f7f_ffff,
    0xff7f_ffff,
    0x4f00_0000,
    0xcf00_0000,
    0x4eff_ffff,
    0x5f00_0000,
    0x3f00_0000,
    0x3fc0_0000,
    0x4020_0000,
    0x3f7f_ffff,
    0x3f80_0001,
    0x4b00_0001,
    0x3380_0000,
    0x0100_0000,
    0x1f80_0000,
    0x2000_0001
  };

  private static final long[] DOUBLES = {
    0,
    Long.MIN_VALUE,
    0x3ff0_0000_0000_0000L,
    0xbff0_0000_0000_0000L,
    0x7ff0_0000_0000_0000L,
    0xfff0_0000_0000_0000L,
    0x7ff8_0000_0000_0000L,
    0xfff8_1234_5678_9abcL,
    0x7ff0_0000_0000_0001L,
    0xfff4_0000_0000_0000L,
    1,
    0x8000_0000_0000_0001L,
    0x000f_ffff_ffff_ffffL,
    0x0010_0000_0000_0000L,
    0x7fef_ffff_ffff_ffffL,
    0xffef_ffff_ffff_ffffL,
    0x41e0_0000_0000_0000L,
    0xc1e0_0000_0000_0000L,
    0xc1e0_0000_0020_0000L,
    0x43e0_0000_0000_0000L,
    0xc3e0_0000_0000_0000L,
    0x3fe0_0000_0000_0000L,
    0x3ff8_0000_0000_0000L,
    0x4004_0000_0000_0000L,
    0x3fef_ffff_ffff_ffffL,
    0x3ff0_0000_0000_0001L,
    0x4330_0000_0000_0001L,
    0x47ef_ffff_f000_0000L,
    0x3810_0000_0000_0000L,
    0x36a0_0000_0000_0000L,
    0x3690_0000_0000_0001L,
    0x2000_0000_0000_0000L,
    0x1ff0_0000_0000_0001L
  };

  private static final int DATA_ALIGNMENT = 64;
  private static final int X87_ERROR_SUMMARY = 0x80;
  private static final int X87_BUSY = 0x8000;
  private static final int PAGE = 4096;
  private static final int CPU_NUMBER_ENTRY = 15;

  private final Layout layout;
  private final int mode;
  private final boolean faults;
  private final Random random;

  InputGenerator(long seed, Layout layout) {
    this(seed, layout, 64, false);
  }

  /** {@code mode}: 64 or 32; {@code faults}: whether many inputs shall make instructions fault. */
  InputGenerator(long seed, Layout layout, int mode, boolean faults) {
    this.layout = layout;
    this.mode = mode;
    this.faults = faults;
    this.random = new Random(seed);
  }

  /** Fills {@code in} with a state for {@code insn}; false where none was found. */
  boolean fill(Insn insn, MachineState in) {
    for (int attempt = 0; attempt < 20; attempt++) {
      in.dataStart = dataStart();
      in.fsBase = 0;
      in.gsBase = 0;
      registers(insn, in);
      memory(insn, in);
      if (addresses(insn, in) && special(insn, in)) {
        if (mode == 32) {
          truncate(in);
        }
        return true;
      }
    }
    return false;
  }

  private void registers(Insn insn, MachineState in) {
    for (int i = 0; i < 16; i++) {
      in.gpr[i] = integer();
    }
    if (random.nextInt(4) == 0) {
      in.gpr[1] = random.nextInt(70);
    }
    in.gpr[4] = layout.stack() + 8L * random.nextInt(4);
    in.flags = (random.nextInt() & 0x8d5) | 2;
    if (insn.elementBits != 0 && random.nextBoolean()) {
      in.flags |= 0x400;
    }
    int kind = random.nextInt(6);
    for (int i = 0; i < in.vector.length; i++) {
      in.vector[i] = quadword(kind);
    }
    in.mxcsr = mxcsr();
    x87(in);
    if (faults) {
      unmask(in);
    }
  }

  /** Some floating-point exceptions trap; sometimes one of the x87 unit is pending. */
  private void unmask(MachineState in) {
    if (random.nextBoolean()) {
      in.mxcsr &= ~(random.nextInt(64) << 7);
      in.x87Control &= ~random.nextInt(64);
      int pending = in.x87Status & ~in.x87Control & 0x3f;
      if (random.nextInt(4) > 0) {
        in.x87Status &= ~pending;
      } else if (pending != 0) {
        in.x87Status |= X87_ERROR_SUMMARY | X87_BUSY;
      }
    }
  }

  private static void truncate(MachineState in) {
    for (int i = 0; i < 16; i++) {
      in.gpr[i] = i < 8 ? in.gpr[i] & 0xffff_ffffL : 0;
    }
  }

  private int mxcsr() {
    if (random.nextInt(3) > 0) {
      return 0x1f80;
    }
    int control = 0x1f80 | random.nextInt(4) << 13 | random.nextInt(64);
    return control | (random.nextInt(3) == 0 ? 0x8000 : 0) | (random.nextInt(3) == 0 ? 0x40 : 0);
  }

  private void x87(MachineState in) {
    in.x87Control = 0x37f;
    if (random.nextInt(2) == 0) {
      int precision = new int[] {0, 2, 3, 3}[random.nextInt(4)];
      in.x87Control = 0x7f | random.nextInt(4) << 10 | precision << 8;
    }
    int top = random.nextInt(8);
    in.x87Status = top << 11 | (random.nextInt(2) == 0 ? random.nextInt(64) : 0);
    in.x87Status |= random.nextInt(2) == 0 ? random.nextInt() & 0x4700 : 0;
    int kind = random.nextInt(5);
    in.x87Used = kind == 0 ? random.nextInt(256) : kind == 1 ? 0 : 0xff;
    if (kind == 2) {
      int depth = 1 + random.nextInt(7);
      in.x87Used = 0;
      for (int i = 0; i < depth; i++) {
        in.x87Used |= 1 << (top + i & 7);
      }
    }
    for (int i = 0; i < 8; i++) {
      extended(in, i);
    }
  }

  private void extended(MachineState in, int i) {
    int sign = random.nextBoolean() ? 0x8000 : 0;
    long fraction = random.nextInt(3) == 0 ? 0 : random.nextLong() >>> 1;
    if (random.nextInt(3) == 0) {
      fraction &= -1L << random.nextInt(63);
    }
    long integerBit = Long.MIN_VALUE;
    int exponent = 0x3fff + random.nextInt(140) - 70;
    switch (random.nextInt(12)) {
      case 0 -> {
        exponent = 0;
        fraction = 0;
        integerBit = 0;
      }
      case 1 -> {
        exponent = 0x7fff;
        fraction = 0;
      }
      case 2 -> {
        exponent = 0x7fff;
        fraction |= random.nextBoolean() ? 1L << 62 : 1;
      }
      case 3 -> {
        exponent = 0;
        integerBit = 0;
      }
      case 4 -> exponent = random.nextInt(0x7fff);
      case 5 -> {
        exponent = 0x3fff + random.nextInt(4);
        fraction = 0;
      }
      case 6 -> {
        if (random.nextInt(4) == 0) {
          integerBit = 0; // Unsupported: unnormal, pseudo-NaN, pseudo-denormal.
          exponent = random.nextInt(0x8000);
        }
      }
      default -> {}
    }
    in.significand[i] = integerBit | fraction;
    in.signExponent[i] = sign | exponent;
  }

  long integer() {
    return switch (random.nextInt(4)) {
      case 0 -> INTEGERS[random.nextInt(INTEGERS.length)];
      case 1 -> (int) random.nextLong();
      case 2 -> random.nextLong() >>> random.nextInt(64);
      default -> random.nextLong();
    };
  }

  private long quadword(int kind) {
    return switch (kind) {
      case 0 -> random.nextLong();
      case 1 -> INTEGERS[random.nextInt(INTEGERS.length)];
      case 2, 3 -> (long) single() << 32 | (single() & 0xffff_ffffL);
      default -> doublePrecision();
    };
  }

  private int single() {
    return switch (random.nextInt(4)) {
      case 0 -> SINGLES[random.nextInt(SINGLES.length)];
      case 1 -> random.nextInt();
      case 2 -> Float.floatToRawIntBits(random.nextInt(2000) - 1000);
      default -> Float.floatToRawIntBits((float) (random.nextGaussian() * 100));
    };
  }

  private long doublePrecision() {
    return switch (random.nextInt(4)) {
      case 0 -> DOUBLES[random.nextInt(DOUBLES.length)];
      case 1 -> random.nextLong();
      case 2 -> Double.doubleToRawLongBits(random.nextInt(2000) - 1000);
      default -> Double.doubleToRawLongBits(random.nextGaussian() * 100);
    };
  }

  private void memory(Insn insn, MachineState in) {
    int kind = random.nextInt(6);
    for (int i = 0; i < in.data.length; i += 8) {
      LONG.set(in.data, i, quadword(kind));
    }
    for (int i = 0; i < in.stack.length; i += 8) {
      LONG.set(in.stack, i, random.nextLong());
    }
    if (memoryBits(insn) == 80 && random.nextBoolean()) {
      int i = random.nextInt(8);
      int at = MachineState.DATA_BEFORE;
      LONG.set(in.data, at, in.significand[i]);
      LONG.set(in.data, at + 8, (long) in.signExponent[i]);
    }
  }

  /** Width of the memory operand, or 0. */
  private static int memoryBits(Insn insn) {
    for (int n = 0; n < insn.operands; n++) {
      if (insn.kind[n] == Insn.MEM) {
        return insn.bits[n];
      }
    }
    return 0;
  }

  static boolean hasMemory(Insn insn) {
    for (int n = 0; n < insn.operands; n++) {
      if (insn.kind[n] == Insn.MEM) {
        return true;
      }
    }
    return false;
  }

  /** Sets base and index so that the memory operand is in the data. */
  private boolean addresses(Insn insn, MachineState in) {
    if (!hasMemory(insn)) {
      return true;
    }
    if (insn.base < 0) {
      return insn.index < 0;
    }
    long target = layout.data();
    if (!needsAlignment(insn) && random.nextInt(3) == 0) {
      target += (long) random.nextInt(DATA_ALIGNMENT);
    }
    if (insn.vsib >= 0) {
      vectorIndex(insn, in);
    }
    if (insn.index >= 0 && insn.index != 4) {
      in.gpr[insn.index] = random.nextLong(64) - 32;
    }
    long index = insn.index < 0 ? 0 : in.gpr[insn.index] << insn.scale;
    if (faults && random.nextInt(3) > 0) {
      target = faultingTarget(in);
    }
    in.gpr[insn.base] = target - index - insn.disp;
    if (insn.mnemonic == Mnemonic.LEA && random.nextBoolean()) {
      in.gpr[insn.base] = integer();
    }
    return insn.base != 4 || insn.mnemonic != Mnemonic.POP;
  }

  /** An address around which something is not as it should be. */
  private long faultingTarget(MachineState in) {
    int kind = random.nextInt(mode == 64 ? 7 : 6);
    long offset = random.nextInt(40);
    if (kind < 2) {
      in.dataStart = layout.scratchEnd() - in.data.length;
    }
    return switch (kind) {
      case 0, 1 -> layout.scratchEnd() - offset;
      case 2 -> layout.readOnly() + offset;
      case 3 -> layout.readOnly() - offset;
      case 4 -> layout.data() + offset; // misaligned
      case 5 -> layout.readOnly() + PAGE - offset;
      default -> (1L << 47) + offset + (random.nextBoolean() ? 1L << 60 : 0);
    };
  }

  private void vectorIndex(Insn insn, MachineState in) {
    boolean quadwords =
        switch (insn.mnemonic) {
          case VGATHERQPS, VGATHERQPD, VPGATHERQD, VPGATHERQQ -> true;
          default -> false;
        };
    for (int q = 0; q < 4; q++) {
      int low = random.nextInt(16) - 8;
      int high = random.nextInt(16) - 8;
      in.vector[4 * insn.vsib + q] = quadwords ? low : (long) high << 32 | (low & 0xffff_ffffL);
    }
  }

  /** Whether a misaligned operand faults. */
  private static boolean needsAlignment(Insn insn) {
    return switch (insn.mnemonic) {
      case MOVAPS, MOVAPD, MOVDQA, MOVNTPS, MOVNTPD, MOVNTDQ, MOVNTDQA, CMPXCHG16B -> true;
      case FXSAVE, FXRSTOR, XSAVE, XSAVEC, XSAVEOPT, XRSTOR -> true;
      case MOVUPS, MOVUPD, MOVDQU, LDDQU -> false;
      default -> !insn.vex && memoryBits(insn) == 128;
    };
  }

  /** Adjusts what the instruction at hand needs. */
  private boolean special(Insn insn, MachineState in) {
    switch (insn.mnemonic) {
      case MOVS, CMPS, SCAS, LODS, STOS -> {
        in.gpr[6] = layout.data() + random.nextInt(200);
        in.gpr[7] = layout.data() + random.nextInt(200);
        in.gpr[1] = random.nextInt(20);
        if (random.nextInt(2) == 0) {
          in.data[MachineState.DATA_BEFORE + random.nextInt(200)] = (byte) in.gpr[0];
          repeat(in);
        }
        if (faults && random.nextBoolean()) {
          in.dataStart = layout.scratchEnd() - in.data.length;
          in.gpr[6] = layout.scratchEnd() - random.nextInt(100);
          in.gpr[7] =
              (random.nextBoolean() ? in.gpr[6] : layout.scratchEnd()) - random.nextInt(100);
        }
      }
      case RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE -> {
        in.fsBase = canonical(integer());
        in.gsBase = canonical(integer());
        if (insn.reg[0] != 4 && random.nextInt(4) > 0) {
          in.gpr[insn.reg[0]] = canonical(in.gpr[insn.reg[0]]);
        }
      }
      case LAR, LSL, VERR, VERW -> {
        return selector(insn, in);
      }
      case XLAT -> in.gpr[3] = layout.data();
      case MASKMOVQ, MASKMOVDQU -> in.gpr[7] = layout.data() + random.nextInt(64);
      case BT, BTS, BTR, BTC -> {
        if (hasMemory(insn) && insn.kind[1] == Insn.GPR) {
          int bit = random.nextInt(1600) - 800;
          if (insn.reg[1] == insn.base || insn.reg[1] == insn.index) {
            return false;
          }
          in.gpr[insn.reg[1]] = bit;
        }
      }
      case DIV, IDIV -> {
        return (faults && random.nextBoolean()) || divisible(insn, in);
      }
      case PUSH, PUSHF, PUSHA -> {
        if (faults && random.nextBoolean()) {
          in.gpr[4] = layout.scratch() + random.nextInt(12);
        }
      }
      case POP -> {
        if (faults && random.nextBoolean() && !hasMemory(insn)) {
          in.gpr[4] = layout.scratchEnd() - random.nextInt(12);
        }
      }
      case LEAVE, ENTER -> in.gpr[5] = layout.stack() + 8L * random.nextInt(8);
      case POPF -> sanitizeFlags(in);
      case RET -> LONG.set(in.stack, stackOffset(in), insn.address + 0x40);
      case JMP, CALL -> {
        if (insn.kind[0] == Insn.GPR) {
          in.gpr[insn.reg[0]] = insn.address + 0x40;
          return insn.reg[0] != 4;
        }
        if (insn.kind[0] == Insn.MEM) {
          int at = dataOffset(insn, in);
          if (at >= 0) {
            LONG.set(in.data, at, insn.address + 0x40);
          }
        }
      }
      case LDMXCSR -> {
        int at = dataOffset(insn, in);
        if (at < 0) {
          return faults;
        }
        LONG.set(in.data, at, ((long) LONG.get(in.data, at) & ~0xffff_ffffL) | mxcsr());
      }
      case FXRSTOR -> {
        int at = dataOffset(insn, in);
        if (at >= 0 && at + 32 < in.data.length) {
          in.data[at] |= 0x3f;
          INT.set(in.data, at + 24, mxcsr() | (faults ? random.nextInt(4) << 15 : 0));
        }
      }
      case XSAVE, XSAVEC, XSAVEOPT, XRSTOR -> {
        return extendedState(insn, in);
      }
      case FLDCW, FLDENV, FRSTOR -> {
        int at = dataOffset(insn, in);
        if (at < 0) {
          return faults;
        }
        in.data[at] |= 0x3f;
      }
      case PCMPESTRI, PCMPESTRM -> {
        if (random.nextInt(3) > 0) {
          in.gpr[0] = random.nextLong(40) - 20;
          in.gpr[2] = random.nextLong(40) - 20;
        }
      }
      default -> {
        if (usesStackPointer(insn) && !stack(insn) && random.nextInt(4) == 0 && insn.base != 4) {
          in.gpr[4] = integer();
        }
      }
    }
    return true;
  }

  /** Asks for components that every processor with AVX has, and gives XRSTOR an area to load. */
  private boolean extendedState(Insn insn, MachineState in) {
    if (insn.index == 0 || insn.index == 2) {
      return false; // other components would be asked for
    }
    in.gpr[0] = random.nextInt(8);
    in.gpr[2] = 0;
    int at = dataOffset(insn, in);
    if (insn.mnemonic != Mnemonic.XRSTOR
        || at < 0
        || at + 576 > in.data.length
        || (faults && random.nextInt(4) == 0)) {
      return true;
    }
    in.data[at] |= 0x3f;
    INT.set(in.data, at + 24, mxcsr());
    for (int i = 0; i < 64; i += 8) {
      LONG.set(in.data, at + 512 + i, 0L);
    }
    int components = random.nextInt(8);
    LONG.set(in.data, at + 512, (long) components);
    if (random.nextBoolean()) {
      LONG.set(in.data, at + 520, Long.MIN_VALUE | components | random.nextInt(8));
    }
    return true;
  }

  /** Mostly a selector of the table's; none of the entry that tells on which processor this is. */
  private boolean selector(Insn insn, MachineState in) {
    int selector = random.nextInt(random.nextInt(4) > 0 ? 0x80 : 0x10000);
    if (selector >>> 3 == CPU_NUMBER_ENTRY) {
      return false;
    }
    int n = insn.operands - 1;
    if (insn.kind[n] == Insn.GPR) {
      in.gpr[insn.reg[n]] = in.gpr[insn.reg[n]] & ~0xffffL | selector;
      return true;
    }
    long offset = effective(insn, in) - in.dataStart;
    if (offset < 0 || offset > in.data.length - 2) {
      return faults;
    }
    in.data[(int) offset] = (byte) selector;
    in.data[(int) offset + 1] = (byte) (selector >> 8);
    return true;
  }

  /** An address of user programs. */
  private static long canonical(long address) {
    return address & 0x3fff_ffff_ffffL;
  }

  private void repeat(MachineState in) {
    byte value = in.data[MachineState.DATA_BEFORE];
    for (int i = 0; i < 400; i++) {
      in.data[MachineState.DATA_BEFORE - 100 + i] = value;
    }
    in.data[MachineState.DATA_BEFORE + random.nextInt(250)] ^= 1;
  }

  private static boolean usesStackPointer(Insn insn) {
    for (int n = 0; n < insn.operands; n++) {
      if (insn.kind[n] == Insn.GPR && insn.reg[n] == 4) {
        return true;
      }
    }
    return false;
  }

  private static boolean stack(Insn insn) {
    return switch (insn.mnemonic) {
      case PUSH, POP, PUSHF, POPF, CALL, RET, ENTER, LEAVE, PUSHA, POPA -> true;
      default -> false;
    };
  }

  private long dataStart() {
    return layout.data() - MachineState.DATA_BEFORE;
  }

  private int stackOffset(MachineState in) {
    return (int) (in.gpr[4] - (layout.stack() - MachineState.STACK_BEFORE));
  }

  private void sanitizeFlags(MachineState in) {
    int at = stackOffset(in);
    // TF would trap, NT is not looked at in user mode, AC may fault.
    LONG.set(in.stack, at, (long) LONG.get(in.stack, at) & ~0x44100L);
  }

  /** Offset of the memory operand in the data; negative if a quadword there is not within. */
  private int dataOffset(Insn insn, MachineState in) {
    long offset = effective(insn, in) - in.dataStart;
    return offset < 0 || offset > in.data.length - 8 ? -1 : (int) offset;
  }

  static long effective(Insn insn, MachineState in) {
    long address = insn.disp;
    if (insn.base >= 0) {
      address += in.gpr[insn.base];
    }
    if (insn.index >= 0) {
      address += in.gpr[insn.index] << insn.scale;
    }
    return insn.addressBits == 32 ? address & 0xffff_ffffL : address;
  }

  /** Makes the quotient fit. */
  private boolean divisible(Insn insn, MachineState in) {
    int bits = insn.bits[0];
    boolean signed = insn.mnemonic == Mnemonic.IDIV;
    boolean indexed = hasMemory(insn) && (insn.index == 0 || insn.index == 2);
    if (random.nextInt(3) > 0 && !indexed) {
      long rax = in.gpr[0];
      if (bits == 8) {
        in.gpr[0] = signed ? (byte) rax & 0xffff : rax & 0xff;
      } else {
        in.gpr[2] = signed && (rax << (64 - bits)) < 0 ? -1 : 0;
      }
    }
    BigInteger divisor = operand(insn, in, bits, signed);
    if (divisor.signum() == 0) {
      return false;
    }
    BigInteger dividend;
    if (bits == 8) {
      dividend = number(in.gpr[0], 16, signed);
    } else {
      dividend = number(in.gpr[2], bits, signed).shiftLeft(bits).or(number(in.gpr[0], bits, false));
    }
    BigInteger quotient = dividend.divide(divisor);
    return signed ? quotient.bitLength() < bits : quotient.bitLength() <= bits;
  }

  private BigInteger operand(Insn insn, MachineState in, int bits, boolean signed) {
    return switch (insn.kind[0]) {
      case Insn.GPR -> number(in.gpr[insn.reg[0]], bits, signed);
      case Insn.GPR_HIGH -> number(in.gpr[insn.reg[0]] >>> 8, bits, signed);
      default ->
          dataOffset(insn, in) < 0
              ? BigInteger.ONE
              : number((long) LONG.get(in.data, dataOffset(insn, in)), bits, signed);
    };
  }

  private static BigInteger number(long value, int bits, boolean signed) {
    long extended = value << (64 - bits);
    if (signed) {
      return BigInteger.valueOf(extended >> (64 - bits));
    }
    return new BigInteger(Long.toUnsignedString(extended >>> (64 - bits)));
  }
}
