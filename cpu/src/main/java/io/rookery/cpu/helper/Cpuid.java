package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Reg;

/** What CPUID tells (SDM vol. 2, CPUID): the features that the lifters implement, and no others. */
public final class Cpuid {
  // Leaf 1, EDX.
  private static final int LEAF1_EDX =
      1 // FPU
          | 1 << 4 // TSC
          | 1 << 8 // CX8
          | 1 << 15 // CMOV
          | 1 << 23 // MMX
          | 1 << 24 // FXSR
          | 1 << 25 // SSE
          | 1 << 26; // SSE2

  // Leaf 1, ECX.
  private static final int LEAF1_ECX = 1 << 13; // CMPXCHG16B

  // Leaf 80000001h.
  private static final int EXTENDED_EDX = 1 << 11 | 1 << 20 | 1 << 27 | 1 << 29; // SYSCALL NX RDTSCP LM
  private static final int EXTENDED_ECX = 1; // LAHF in 64-bit mode

  private static final String BRAND = "Rookery virtual x86-64 processor";

  private Cpuid() {}

  static void query(CpuState s) {
    int leaf = (int) s.r[Reg.RAX];
    switch (leaf) {
      case 0 -> set(s, 7, text("Genu", 0), text("ntel", 0), text("ineI", 0));
      case 1 -> set(s, 0x000306a9, 0x00010800, LEAF1_ECX, LEAF1_EDX);
      case 7 -> set(s, 0, 0, 0, 0);
      case 0x80000000 -> set(s, 0x80000008, 0, 0, 0);
      case 0x80000001 -> set(s, 0, 0, EXTENDED_ECX, EXTENDED_EDX);
      case 0x80000002, 0x80000003, 0x80000004 -> brand(s, leaf - 0x80000002);
      case 0x80000008 -> set(s, 0x3030, 0, 0, 0); // 48 address bits
      default -> set(s, 0, 0, 0, 0);
    }
  }

  /** The register takes four characters, the first in its low byte. */
  private static int text(String s, int at) {
    int value = 0;
    for (int i = 3; i >= 0; i--) {
      value = value << 8 | (at + i < s.length() ? s.charAt(at + i) : 0);
    }
    return value;
  }

  private static void brand(CpuState s, int part) {
    int at = 16 * part;
    set(s, text(BRAND, at), text(BRAND, at + 4), text(BRAND, at + 8), text(BRAND, at + 12));
  }

  private static void set(CpuState s, int eax, int ebx, int ecx, int edx) {
    s.r[Reg.RAX] = eax & 0xffffffffL;
    s.r[Reg.RBX] = ebx & 0xffffffffL;
    s.r[Reg.RCX] = ecx & 0xffffffffL;
    s.r[Reg.RDX] = edx & 0xffffffffL;
  }

  /** XGETBV without OSXSAVE is #UD. */
  static void xgetbv(CpuState s) {
    throw new CpuFault(CpuFault.INVALID_OPCODE);
  }
}
