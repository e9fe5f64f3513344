package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.Segments;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;
import io.rookery.mmu.GuestFault;

/**
 * No fault, but control going to another code segment, or on with EFLAGS.TF set: thrown at the
 * instruction, so that translated code is left before the mode changes; the engine applies it.
 *
 * <p>Operand sizes are handed to the methods in units of 16 bits.
 */
public final class FarTransfer extends GuestFault {
  private static final long serialVersionUID = 1;
  private static final long LOW = 0xffffffffL;

  private final boolean longMode;
  private final long rip;
  private final long rsp;
  private final long eflags;

  private FarTransfer(boolean longMode, long rip, long rsp, long eflags) {
    super("far transfer");
    this.longMode = longMode;
    this.rip = rip;
    this.rsp = rsp;
    this.eflags = eflags;
  }

  /** Goes on at the target, in the target's mode. */
  public void apply(CpuState s) {
    s.longMode = longMode;
    s.r[Reg.SELECTOR + Segments.CS] = longMode ? Segments.USER_CS : Segments.USER32_CS;
    s.r[Reg.RSP] = rsp;
    s.rip = longMode ? rip : rip & LOW;
    s.setEflags(eflags);
    if (!longMode) {
      for (int register = Reg.RAX; register <= Reg.RDI; register++) {
        s.r[register] &= LOW;
      }
    }
  }

  /** To an address in the same segment. */
  static FarTransfer near(CpuState s, long rip, long eflags) {
    return new FarTransfer(s.longMode, rip, s.r[Reg.RSP], eflags);
  }

  /** To another segment: a target that is not canonical is #GP at the instruction itself. */
  private static FarTransfer to(boolean longMode, long rip, long rsp, long eflags) {
    if (longMode && rip << 16 >> 16 != rip) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
    return new FarTransfer(longMode, rip, rsp, eflags);
  }

  private static long pointer(CpuState s, long value) {
    return s.longMode ? value : value & LOW;
  }

  private static long load(CpuState s, long address, int words) {
    long at = pointer(s, address);
    return switch (words) {
      case 1 -> Access.load16(at, s.base, s.perms, s.pages, s.space);
      case 2 -> Access.load32(at, s.base, s.perms, s.pages, s.space);
      default -> Access.load64(at, s.base, s.perms, s.pages, s.space);
    };
  }

  private static void store(CpuState s, long address, long value, int words) {
    long at = pointer(s, address);
    switch (words) {
      case 1 -> Access.store16(at, value, s.base, s.perms, s.pages, s.space);
      case 2 -> Access.store32(at, value, s.base, s.perms, s.pages, s.space);
      default -> Access.store64(at, value, s.base, s.perms, s.pages, s.space);
    }
  }

  private static int selector(long value) {
    return (int) value & 0xffff;
  }

  /** JMPF to offset {@code a} in the segment with selector {@code b}. */
  public static void farJump(CpuState s, int d, int a, int b, int imm) {
    boolean toLong = Segments.isLongCode(s, selector(s.r[b]));
    throw to(toLong, s.r[a], s.r[Reg.RSP], s.eflags());
  }

  /** CALLF; {@code d} holds the return address. */
  public static void farCall(CpuState s, int d, int a, int b, int imm) {
    boolean toLong = Segments.isLongCode(s, selector(s.r[b]));
    long rsp = s.r[Reg.RSP];
    int bytes = 2 * imm;
    FarTransfer target = to(toLong, s.r[a], pointer(s, rsp - 2L * bytes), s.eflags());
    store(s, rsp - 2L * bytes, s.r[d], imm);
    store(s, rsp - bytes, s.r[Reg.SELECTOR + Segments.CS], imm);
    throw target;
  }

  /** RETF: {@code imm} is the operand size and, from bit 4 on, how many bytes are released. */
  public static void farReturn(CpuState s, int d, int a, int b, int imm) {
    int words = imm & 15;
    long rsp = s.r[Reg.RSP];
    long rip = load(s, rsp, words);
    boolean toLong = Segments.returnsToLongCode(s, selector(load(s, rsp + 2L * words, words)));
    throw to(toLong, rip, pointer(s, rsp + 4L * words + (imm >>> 4)), s.eflags());
  }

  /** IRET to user mode; in 64-bit mode it takes RSP and SS from the stack, too. */
  public static void interruptReturn(CpuState s, int d, int a, int b, int imm) {
    int bytes = 2 * imm;
    long rsp = s.r[Reg.RSP];
    long rip = load(s, rsp, imm);
    int cs = selector(load(s, rsp + bytes, imm));
    long flags = load(s, rsp + 2L * bytes, imm);
    long eflags = imm == 1 ? s.eflags() & ~0xffffL | flags : flags;
    if (!s.longMode) {
      boolean toLong = Segments.returnsToLongCode(s, cs);
      throw to(toLong, rip, pointer(s, rsp + 3L * bytes), eflags);
    }
    long newRsp = load(s, rsp + 3L * bytes, imm);
    int ss = selector(load(s, rsp + 4L * bytes, imm));
    boolean toLong = Segments.returnsToLongCode(s, cs);
    FarTransfer target = to(toLong, rip, newRsp, eflags);
    Segments.load(s, Segments.SS, ss);
    throw target;
  }
}
