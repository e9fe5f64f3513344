package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.Segments;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;
import java.security.SecureRandom;

/** Instructions on the processor's own state, and locked ones that no single Java atomic covers. */
public final class SystemHelpers {
  private static final SecureRandom RANDOM = new SecureRandom();

  private SystemHelpers() {}

  public static void getEflags(CpuState s, int d, int a, int b, int imm) {
    s.r[d] = s.eflags();
  }

  /**
   * POPF: {@code imm} is the operand size; 16 bits leave the upper half alone. With TF, which
   * translated code does not look at, control goes to the engine: {@code d} holds the address
   * behind the instruction.
   */
  public static void setEflags(CpuState s, int d, int a, int b, int imm) {
    long value = s.r[a];
    long eflags = imm == 16 ? s.eflags() & ~0xffffL | value & 0xffff : value;
    if ((eflags & CpuState.TRAP_FLAG) != 0) {
      throw FarTransfer.near(s, s.r[d], eflags);
    }
    s.setEflags(eflags);
  }

  /** MOV, POP and LxS to segment register {@code d}: the selector is in register {@code a}. */
  public static void loadSegment(CpuState s, int d, int a, int b, int imm) {
    Segments.load(s, d, (int) s.r[a] & 0xffff);
  }

  /** WRFSBASE, WRGSBASE: a non-canonical address is #GP. */
  public static void writeSegmentBase(CpuState s, int d, int a, int b, int imm) {
    long value = s.r[a];
    if (value << 16 >> 16 != value) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
    s.r[d] = value;
  }

  /** INT {@code imm}, whose gate is not for user programs. */
  public static void closedGate(CpuState s, int d, int a, int b, int imm) {
    int interruptTable = 2; // in the error code: the index is one into the IDT
    throw new CpuFault(CpuFault.GENERAL_PROTECTION, imm << 3 | interruptTable);
  }

  /** INTO: a trap if {@code a} is not 0. */
  public static void overflowTrap(CpuState s, int d, int a, int b, int imm) {
    if (s.r[a] != 0) {
      throw CpuFault.trap(CpuFault.OVERFLOW);
    }
  }

  /** BOUND: {@code d} must lie within {@code a} and {@code b}. */
  public static void bound(CpuState s, int d, int a, int b, int imm) {
    if (s.r[d] < s.r[a] || s.r[d] > s.r[b]) {
      throw new CpuFault(CpuFault.BOUND_RANGE);
    }
  }

  public static void random(CpuState s, int d, int a, int b, int imm) {
    s.r[d] = RANDOM.nextLong();
  }

  /** RDTSC: a nanosecond counter, so a nominal frequency of 1 GHz. */
  public static void rdtsc(CpuState s, int d, int a, int b, int imm) {
    long now = System.nanoTime();
    s.r[Reg.RAX] = now & 0xffffffffL;
    s.r[Reg.RDX] = now >>> 32;
  }

  public static void rdtscp(CpuState s, int d, int a, int b, int imm) {
    rdtsc(s, d, a, b, imm);
    s.r[Reg.RCX] = 0;
  }

  public static void cpuid(CpuState s, int d, int a, int b, int imm) {
    Cpuid.query(s);
  }

  public static void xgetbv(CpuState s, int d, int a, int b, int imm) {
    Cpuid.xgetbv(s);
  }

  // ---------------------------------------------------------------- locked operations: a =
  // address, b = operand, imm = bits

  private static long load(CpuState s, long address, int bits) {
    return switch (bits) {
      case 8 -> Access.load8(address, s.base, s.perms, s.pages, s.space);
      case 16 -> Access.load16(address, s.base, s.perms, s.pages, s.space);
      case 32 -> Access.load32(address, s.base, s.perms, s.pages, s.space);
      default -> Access.load64(address, s.base, s.perms, s.pages, s.space);
    };
  }

  private static boolean exchange(CpuState s, long address, long expected, long value, int bits) {
    long mask = bits == 64 ? -1L : (1L << bits) - 1;
    return Access.compareAndExchange(
            address, expected, value & mask, bits / 8, s.base, s.perms, s.pages, s.space)
        == expected;
  }

  private static void setFlags(CpuState s, int kind, long x, long y) {
    s.flagsKind = kind;
    s.flagsX = x;
    s.flagsY = y;
  }

  public static void lockedAdc(CpuState s, int d, int a, int b, int imm) {
    int carry = Flags.carry(s.flagsKind, s.flagsX, s.flagsY);
    long old;
    do {
      old = load(s, s.r[a], imm);
    } while (!exchange(s, s.r[a], old, old + s.r[b] + carry, imm));
    setFlags(s, Flags.kind(carry == 0 ? Flags.ADD : Flags.ADC1, imm), old, s.r[b]);
  }

  public static void lockedSbb(CpuState s, int d, int a, int b, int imm) {
    int carry = Flags.carry(s.flagsKind, s.flagsX, s.flagsY);
    long old;
    do {
      old = load(s, s.r[a], imm);
    } while (!exchange(s, s.r[a], old, old - s.r[b] - carry, imm));
    setFlags(s, Flags.kind(carry == 0 ? Flags.SUB : Flags.SBB1, imm), old, s.r[b]);
  }

  public static void lockedNeg(CpuState s, int d, int a, int b, int imm) {
    long old;
    do {
      old = load(s, s.r[a], imm);
    } while (!exchange(s, s.r[a], old, -old, imm));
    setFlags(s, Flags.kind(Flags.SUB, imm), 0, old);
  }

  public static void cmpxchg8b(CpuState s, int d, int a, int b, int imm) {
    long[] r = s.r;
    long expected = r[Reg.RDX] << 32 | r[Reg.RAX] & 0xffffffffL;
    long value = r[Reg.RCX] << 32 | r[Reg.RBX] & 0xffffffffL;
    long old =
        Access.compareAndExchange(r[a], expected, value, 8, s.base, s.perms, s.pages, s.space);
    setZeroFlag(s, old == expected);
    if (old != expected) {
      r[Reg.RAX] = old & 0xffffffffL;
      r[Reg.RDX] = old >>> 32;
    }
  }

  /** CMPXCHG16B; a misaligned operand is #GP. */
  public static void cmpxchg16b(CpuState s, int d, int a, int b, int imm) {
    long[] r = s.r;
    if ((r[a] & 15) != 0) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
    long[] values = {r[Reg.RAX], r[Reg.RDX], r[Reg.RBX], r[Reg.RCX]};
    boolean equal = Access.compareAndSwap128(r[a], values, s.base, s.perms, s.pages, s.space);
    setZeroFlag(s, equal);
    if (!equal) {
      r[Reg.RAX] = values[0];
      r[Reg.RDX] = values[1];
    }
  }

  /** ARPL of the selector at address {@code a} with that in register {@code b}. */
  public static void arplMemory(CpuState s, int d, int a, int b, int imm) {
    long selector = load(s, s.r[a], 16);
    long adjusted = IntegerHelpers.arpl(selector, s.r[b]);
    if (adjusted != selector) {
      Access.store16(s.r[a], adjusted, s.base, s.perms, s.pages, s.space);
    }
    setZeroFlag(s, adjusted != selector);
  }

  private static void setZeroFlag(CpuState s, boolean value) {
    long flags = Flags.status(s.flagsKind, s.flagsX, s.flagsY) & ~Flags.ZF;
    setFlags(s, Flags.RAW, flags | (value ? Flags.ZF : 0), 0);
  }
}
