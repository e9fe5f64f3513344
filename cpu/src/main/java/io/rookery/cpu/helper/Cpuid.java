package io.rookery.cpu.helper;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuFeature.Word;
import io.rookery.cpu.CpuModel;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Reg;

/** What CPUID tells (SDM vol. 2, CPUID): the features of the model, and no others. */
public final class Cpuid {
  private Cpuid() {}

  static void query(CpuState s) {
    CpuModel model = s.model;
    int leaf = (int) s.r[Reg.RAX];
    switch (leaf) {
      case 0 -> set(s, 0xd, text("Genu", 0), text("ntel", 0), text("ineI", 0));
      case 1 ->
          set(
              s,
              CpuModel.SIGNATURE,
              0x00010800,
              Word.LEAF_1_ECX.of(model),
              Word.LEAF_1_EDX.of(model));
      case 7 -> {
        boolean first = (int) s.r[Reg.RCX] == 0;
        int ebx = first ? Word.LEAF_7_EBX.of(model) : 0;
        set(s, 0, ebx, first ? Word.LEAF_7_ECX.of(model) : 0, 0);
      }
      case 0xd -> extendedState(s, (int) s.r[Reg.RCX]);
      case 0x80000000 -> set(s, 0x80000008, 0, 0, 0);
      case 0x80000001 ->
          set(s, 0, 0, Word.LEAF_80000001_ECX.of(model), Word.LEAF_80000001_EDX.of(model));
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
    String brand = CpuModel.BRAND;
    set(s, text(brand, at), text(brand, at + 4), text(brand, at + 8), text(brand, at + 12));
  }

  private static void set(CpuState s, int eax, int ebx, int ecx, int edx) {
    s.r[Reg.RAX] = eax & 0xffffffffL;
    s.r[Reg.RBX] = ebx & 0xffffffffL;
    s.r[Reg.RCX] = ecx & 0xffffffffL;
    s.r[Reg.RDX] = edx & 0xffffffffL;
  }

  /** Leaf 0Dh: the XSAVE area ({@link Xsave}). */
  private static void extendedState(CpuState s, int subleaf) {
    if (Word.LEAF_D_1_EAX.of(s.model) == 0) {
      set(s, 0, 0, 0, 0);
      return;
    }
    switch (subleaf) {
      case 0 -> set(s, Xsave.COMPONENTS, Xsave.SIZE, Xsave.SIZE, 0);
      case 1 -> set(s, Word.LEAF_D_1_EAX.of(s.model), Xsave.SIZE, 0, 0);
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
