package io.rookery.cpu.helper;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.DirectAccess;

/**
 * Repeated string instructions, in steps of a bounded number of elements (SDM vol. 1, 7.3.9). RSI,
 * RDI and RCX are kept up to date, so that a fault leaves them as hardware does. Moves and stores
 * go page by page where pages grant them. {@code d} receives 1 when elements remain, else 0.
 */
public final class StringHelpers {
  /** Elements in one step: short enough for a poll to be honoured soon. */
  private static final int STEP = 1 << 16;

  /** Pages, or elements, that are moved or stored to in one step. */
  private static final int PAGES = 1 << 8;

  private static final int PAGE = 4096;

  /** Bytes from which on it pays to treat elements together. */
  private static final int MIN_BULK = 32;

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
    for (int n = 0; n < PAGES && remaining != 0; n++) {
      long source = s.r[Reg.RSI] & mask;
      long destination = s.r[Reg.RDI] & mask;
      long from = linear(s, source + segment);
      long some = 1;
      long most = Math.min(Math.min(remaining, onPage(from, bytes)), onPage(destination, bytes));
      if (isBulk(most, step, source, destination, mask)
          && destination - from + Long.MIN_VALUE >= most * bytes + Long.MIN_VALUE // else it repeats
          && DirectAccess.granted(from, DirectAccess.READ, s.perms, s.pages) != 0
          && DirectAccess.granted(destination, DirectAccess.WRITE, s.perms, s.pages) != 0) {
        DirectAccess.copy(s.base + from, s.base + destination, most * bytes);
        some = most;
      } else {
        store(s, destination, load(s, from, bytes), bytes);
      }
      set(s, Reg.RSI, source + some * step, mask);
      set(s, Reg.RDI, destination + some * step, mask);
      remaining -= some;
      set(s, Reg.RCX, remaining, mask);
    }
    count(s, d, remaining, mask);
  }

  /** How many elements lie on one page from {@code address} on, the last one wholly. */
  private static long onPage(long address, int bytes) {
    return (PAGE - (address & PAGE - 1)) / bytes;
  }

  /** Whether {@code elements} are worth being treated at once, upwards and without a wrap. */
  private static boolean isBulk(
      long elements, long step, long source, long destination, long mask) {
    return step > 0
        && elements * step >= MIN_BULK
        && (mask < 0 || Math.max(source, destination) <= mask - elements * step);
  }

  private static long pattern(long value, int bytes) {
    return switch (bytes) {
      case 1 -> (value & 0xff) * 0x0101_0101_0101_0101L;
      case 2 -> (value & 0xffff) * 0x0001_0001_0001_0001L;
      case 4 -> (value & 0xffff_ffffL) * 0x0000_0001_0000_0001L;
      default -> value;
    };
  }

  public static void repStos(CpuState s, int d, int a, int b, int imm) {
    long mask = mask(imm);
    int bytes = bytes(imm);
    long step = s.r[Reg.DIRECTION] * bytes;
    long value = s.r[Reg.RAX];
    long remaining = s.r[Reg.RCX] & mask;
    for (int n = 0; n < PAGES && remaining != 0; n++) {
      long destination = s.r[Reg.RDI] & mask;
      long some = 1;
      long most = Math.min(remaining, onPage(destination, bytes));
      if (isBulk(most, step, 0, destination, mask)
          && DirectAccess.granted(destination, DirectAccess.WRITE, s.perms, s.pages) != 0) {
        DirectAccess.fill(s.base + destination, pattern(value, bytes), most * bytes);
        some = most;
      } else {
        store(s, destination, value, bytes);
      }
      set(s, Reg.RDI, destination + some * step, mask);
      remaining -= some;
      set(s, Reg.RCX, remaining, mask);
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
