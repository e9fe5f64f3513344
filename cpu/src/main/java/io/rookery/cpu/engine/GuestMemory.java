package io.rookery.cpu.engine;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.Access;
import io.rookery.mmu.AddressSpace;

/** The interpreter's micro-ops on memory. */
final class GuestMemory {
  private GuestMemory() {}

  private static long address(long[] r, long w) {
    int b = Op.b(w);
    return r[Op.a(w)] + (r[b & 63] << (b >>> 6)) + Op.imm(w);
  }

  static void load8(CpuState s, long[] r, long w) {
    r[Op.d(w)] = Access.load8(address(r, w), s.base, s.perms, s.pages, s.space);
  }

  static void load16(CpuState s, long[] r, long w) {
    r[Op.d(w)] = Access.load16(address(r, w), s.base, s.perms, s.pages, s.space);
  }

  static void load32(CpuState s, long[] r, long w) {
    r[Op.d(w)] = Access.load32(address(r, w), s.base, s.perms, s.pages, s.space);
  }

  static void load64(CpuState s, long[] r, long w) {
    r[Op.d(w)] = Access.load64(address(r, w), s.base, s.perms, s.pages, s.space);
  }

  static void load8Signed(CpuState s, long[] r, long w) {
    r[Op.d(w)] = (byte) Access.load8(address(r, w), s.base, s.perms, s.pages, s.space);
  }

  static void load16Signed(CpuState s, long[] r, long w) {
    r[Op.d(w)] = (short) Access.load16(address(r, w), s.base, s.perms, s.pages, s.space);
  }

  static void load32Signed(CpuState s, long[] r, long w) {
    r[Op.d(w)] = (int) Access.load32(address(r, w), s.base, s.perms, s.pages, s.space);
  }

  static long load64(CpuState s, long at) {
    return Access.load64(at, s.base, s.perms, s.pages, s.space);
  }

  static long load32(CpuState s, long at) {
    return Access.load32(at, s.base, s.perms, s.pages, s.space);
  }

  static long load8(CpuState s, long at) {
    return Access.load8(at, s.base, s.perms, s.pages, s.space);
  }

  static void store8(CpuState s, long[] r, long w) {
    Access.store8(address(r, w), r[Op.d(w)], s.base, s.perms, s.pages, s.space);
  }

  static void store16(CpuState s, long[] r, long w) {
    Access.store16(address(r, w), r[Op.d(w)], s.base, s.perms, s.pages, s.space);
  }

  static void store32(CpuState s, long[] r, long w) {
    Access.store32(address(r, w), r[Op.d(w)], s.base, s.perms, s.pages, s.space);
  }

  static void store64(CpuState s, long[] r, long w) {
    Access.store64(address(r, w), r[Op.d(w)], s.base, s.perms, s.pages, s.space);
  }

  static void load128(CpuState s, long[] r, long w) {
    long at = address(r, w);
    int d = Op.d(w);
    long low = load64(s, at);
    r[d + 1] = load64(s, at + 8);
    r[d] = low;
  }

  static void load256(CpuState s, long[] r, long w) {
    long at = address(r, w);
    int d = Op.d(w);
    long q0 = load64(s, at);
    long q1 = load64(s, at + 8);
    long q2 = load64(s, at + 16);
    r[d + 3] = load64(s, at + 24);
    r[d] = q0;
    r[d + 1] = q1;
    r[d + 2] = q2;
  }

  /** Stores {@code value} below the top of the stack. */
  static void push(CpuState s, long[] r, long value) {
    long at = r[Reg.RSP] - 8;
    Access.store64(at, value, s.base, s.perms, s.pages, s.space);
    r[Reg.RSP] = at;
  }

  /** What lies at the top of the stack. */
  static long top(CpuState s, long[] r) {
    return load64(s, r[Reg.RSP]);
  }

  /** ALIGN16 and ALIGN32. */
  static void requireAligned(long[] r, long w) {
    int mask = Op.op(w) == Op.ALIGN16 ? 15 : 31;
    if ((address(r, w) & mask) != 0) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
  }

  /** Vector stores and atomics. */
  static void rare(CpuState s, long[] r, long w) {
    int d = Op.d(w);
    int a = Op.a(w);
    int b = Op.b(w);
    int imm = Op.imm(w);
    AddressSpace space = s.space;
    switch (Op.op(w)) {
      case Op.STORE128 ->
          Access.store128(address(r, w), r[d], r[d + 1], s.base, s.perms, s.pages, space);
      case Op.STORE256 ->
          Access.store256(
              address(r, w), r[d], r[d + 1], r[d + 2], r[d + 3], s.base, s.perms, s.pages, space);
      case Op.XADD -> r[d] = Access.getAndAdd(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      case Op.XCHG -> r[d] = Access.getAndSet(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      case Op.XAND -> r[d] = Access.getAndAnd(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      case Op.XOR -> r[d] = Access.getAndOr(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      case Op.XXOR -> r[d] = Access.getAndXor(r[a], r[b], imm, s.base, s.perms, s.pages, space);
      default ->
          r[d] = Access.compareAndExchange(r[a], r[d], r[b], imm, s.base, s.perms, s.pages, space);
    }
  }
}
