package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;
import io.rookery.mmu.AddressSpace;

/**
 * Repeated string instructions, in steps of a bounded number of elements (SDM vol. 1, 7.3.9). RSI,
 * RDI and RCX are kept up to date element by element, so that a fault leaves them as hardware does.
 * {@code d} receives 1 when elements remain, else 0.
 */
public final class StringHelpers {
  /** Elements in one step: short enough for a poll to be honoured soon. */
  private static final int STEP = 1 << 16;

  private static final int ADDRESS_SHIFT = 8;
  private static final int EQUAL = 1 << 16;

  private StringHelpers() {}

  /**
   * The {@code imm} argument: element and address width in bits, and whether CMPS and SCAS go on
   * while equal.
   */
  public static int describe(int elementBits, int addressBits, boolean whileEqual) {
    return elementBits | addressBits << ADDRESS_SHIFT | (whileEqual ? EQUAL : 0);
  }

  private static long mask(int imm) {
    int bits = imm >>> ADDRESS_SHIFT & 0xff;
    return bits == 64 ? -1L : (1L << bits) - 1;
  }

  /** Linear addresses of 32-bit programs have 32 bits. */
  private static long linear(CpuState s, long address) {
    return s.longMode ? address : address & 0xffffffffL;
  }

  private static int bytes(int imm) {
    return (imm & 0xff) / 8;
  }

  private static long load(CpuState s, long address, int bytes) {
    AddressSpace space = s.space;
    return switch (bytes) {
      case 1 -> Access.load8(address, s.base, s.perms, s.pages, space);
      case 2 -> Access.load16(address, s.base, s.perms, s.pages, space);
      case 4 -> Access.load32(address, s.base, s.perms, s.pages, space);
      default -> Access.load64(address, s.base, s.perms, s.pages, space);
    };
  }

  private static void store(CpuState s, long address, long value, int bytes) {
    AddressSpace space = s.space;
    switch (bytes) {
      case 1 -> Access.store8(address, value, s.base, s.perms, s.pages, space);
      case 2 -> Access.store16(address, value, s.base, s.perms, s.pages, space);
      case 4 -> Access.store32(address, value, s.base, s.perms, s.pages, space);
      default -> Access.store64(address, value, s.base, s.perms, s.pages, space);
    }
  }

  /**
   * A pointer or counter register moved on; with 32-bit addresses the upper half is cleared, with
   * 16-bit ones it is kept.
   */
  private static void set(CpuState s, int register, long value, long mask) {
    s.r[register] = mask == 0xffff ? s.r[register] & ~mask | value & mask : value & mask;
  }

  private static void count(CpuState s, int d, long remaining, long mask) {
    set(s, Reg.RCX, remaining, mask);
    s.r[d] = remaining != 0 ? 1 : 0;
  }

  public static void repMovs(CpuState s, int d, int a, int b, int imm) {
    long mask = mask(imm);
    int bytes = bytes(imm);
    long segment = s.r[a];
    long step = s.r[Reg.DIRECTION] * bytes;
    long remaining = s.r[Reg.RCX] & mask;
    for (int n = 0; n < STEP && remaining != 0; n++) {
      long source = s.r[Reg.RSI] & mask;
      long destination = s.r[Reg.RDI] & mask;
      store(s, destination, load(s, linear(s, source + segment), bytes), bytes);
      set(s, Reg.RSI, source + step, mask);
      set(s, Reg.RDI, destination + step, mask);
      set(s, Reg.RCX, --remaining, mask);
    }
    count(s, d, remaining, mask);
  }

  public static void repStos(CpuState s, int d, int a, int b, int imm) {
    long mask = mask(imm);
    int bytes = bytes(imm);
    long step = s.r[Reg.DIRECTION] * bytes;
    long value = s.r[Reg.RAX];
    long remaining = s.r[Reg.RCX] & mask;
    for (int n = 0; n < STEP && remaining != 0; n++) {
      long destination = s.r[Reg.RDI] & mask;
      store(s, destination, value, bytes);
      set(s, Reg.RDI, destination + step, mask);
      set(s, Reg.RCX, --remaining, mask);
    }
    count(s, d, remaining, mask);
  }

  public static void repLods(CpuState s, int d, int a, int b, int imm) {
    long mask = mask(imm);
    int bytes = bytes(imm);
    long segment = s.r[a];
    long step = s.r[Reg.DIRECTION] * bytes;
    long remaining = s.r[Reg.RCX] & mask;
    for (int n = 0; n < STEP && remaining != 0; n++) {
      long source = s.r[Reg.RSI] & mask;
      long value = load(s, linear(s, source + segment), bytes);
      long old = s.r[Reg.RAX];
      s.r[Reg.RAX] =
          switch (bytes) {
            case 1 -> old & ~0xffL | value;
            case 2 -> old & ~0xffffL | value;
            default -> value;
          };
      set(s, Reg.RSI, source + step, mask);
      set(s, Reg.RCX, --remaining, mask);
    }
    count(s, d, remaining, mask);
  }

  public static void repCmps(CpuState s, int d, int a, int b, int imm) {
    long mask = mask(imm);
    int bytes = bytes(imm);
    long segment = s.r[a];
    long step = s.r[Reg.DIRECTION] * bytes;
    boolean whileEqual = (imm & EQUAL) != 0;
    long remaining = s.r[Reg.RCX] & mask;
    // The flags change at the end only: a fault leaves those before the instruction.
    for (int n = 1; remaining != 0; n++) {
      long first = s.r[Reg.RSI] & mask;
      long second = s.r[Reg.RDI] & mask;
      long x = load(s, linear(s, first + segment), bytes);
      long y = load(s, second, bytes);
      set(s, Reg.RSI, first + step, mask);
      set(s, Reg.RDI, second + step, mask);
      set(s, Reg.RCX, --remaining, mask);
      if ((x == y) != whileEqual) {
        compared(s, x, y, imm);
        s.r[d] = 0;
        return;
      }
      if (n == STEP || remaining == 0) {
        compared(s, x, y, imm);
        break;
      }
    }
    count(s, d, remaining, mask);
  }

  public static void repScas(CpuState s, int d, int a, int b, int imm) {
    long mask = mask(imm);
    int bytes = bytes(imm);
    long step = s.r[Reg.DIRECTION] * bytes;
    boolean whileEqual = (imm & EQUAL) != 0;
    long x = s.r[Reg.RAX] & (bytes == 8 ? -1L : (1L << 8 * bytes) - 1);
    long remaining = s.r[Reg.RCX] & mask;
    for (int n = 1; remaining != 0; n++) {
      long destination = s.r[Reg.RDI] & mask;
      long y = load(s, destination, bytes);
      set(s, Reg.RDI, destination + step, mask);
      set(s, Reg.RCX, --remaining, mask);
      if ((x == y) != whileEqual) {
        compared(s, x, y, imm);
        s.r[d] = 0;
        return;
      }
      if (n == STEP || remaining == 0) {
        compared(s, x, y, imm);
        break;
      }
    }
    count(s, d, remaining, mask);
  }

  private static void compared(CpuState s, long x, long y, int imm) {
    s.flagsKind = Flags.kind(Flags.SUB, imm & 0xff);
    s.flagsX = x;
    s.flagsY = y;
  }
}
