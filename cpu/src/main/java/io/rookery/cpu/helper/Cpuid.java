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
          | 1 << 19 // CLFSH
          | 1 << 23 // MMX
          | 1 << 24 // FXSR
          | 1 << 25 // SSE
          | 1 << 26; // SSE2

  // Leaf 1, ECX.
  private static final int LEAF1_ECX =
      1 // SSE3
          | 1 << 1 // PCLMULQDQ
          | 1 << 9 // SSSE3
          | 1 << 12 // FMA
          | 1 << 13 // CMPXCHG16B
          | 1 << 19 // SSE4.1
          | 1 << 20 // SSE4.2
          | 1 << 22 // MOVBE
          | 1 << 23 // POPCNT
          | 1 << 25 // AES
          | 1 << 26 // XSAVE
          | 1 << 27 // OSXSAVE
          | 1 << 28 // AVX
          | 1 << 29 // F16C
          | 1 << 30; // RDRAND

  // Leaf 7.
  private static final int LEAF7_EBX =
      1 << 3 // BMI1
          | 1 << 5 // AVX2
          | 1 << 8 // BMI2
          | 1 << 9 // ERMS
          | 1 << 18 // RDSEED
          | 1 << 19 // ADX
          | 1 << 23 // CLFLUSHOPT
          | 1 << 24 // CLWB
          | 1 << 29; // SHA

  private static final int LEAF7_ECX = 1 << 22; // RDPID

  // Leaf 80000001h.
  private static final int EXTENDED_EDX =
      1 << 11 | 1 << 20 | 1 << 27 | 1 << 29; // SYSCALL NX RDTSCP LM
  private static final int EXTENDED_ECX =
      1 | 1 << 5 | 1 << 8; // LAHF in 64-bit mode, LZCNT, PREFETCHW

  private static final String BRAND = "Rookery virtual x86-64 processor";

  private Cpuid() {}

  static void query(CpuState s) {
    int leaf = (int) s.r[Reg.RAX];
    switch (leaf) {
      case 0 -> set(s, 0xd, text("Genu", 0), text("ntel", 0), text("ineI", 0));
      case 1 -> set(s, 0x000306a9, 0x00010800, LEAF1_ECX, LEAF1_EDX);
      case 7 -> {
        boolean first = (int) s.r[Reg.RCX] == 0;
        set(s, 0, first ? LEAF7_EBX : 0, first ? LEAF7_ECX : 0, 0);
      }
      case 0xd -> extendedState(s, (int) s.r[Reg.RCX]);
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

  /** Leaf 0Dh: the XSAVE area ({@link Xsave}). */
  private static void extendedState(CpuState s, int subleaf) {
    switch (subleaf) {
      case 0 -> set(s, Xsave.COMPONENTS, Xsave.SIZE, Xsave.SIZE, 0);
      case 1 -> set(s, 3, Xsave.SIZE, 0, 0); // XSAVEOPT, XSAVEC
      case 2 -> set(s, Xsave.AVX_SIZE, Xsave.AVX_OFFSET, 0, 0);
      default -> set(s, 0, 0, 0, 0);
    }
  }

  /** XGETBV: XCR0; the other registers do not exist. */
  static void xgetbv(CpuState s) {
    if ((int) s.r[Reg.RCX] != 0) {
      throw new CpuFault(CpuFault.GENERAL_PROTECTION);
    }
    s.r[Reg.RAX] = Xsave.COMPONENTS;
    s.r[Reg.RDX] = 0;
  }
}
