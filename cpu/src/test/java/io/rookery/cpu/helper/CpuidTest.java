package io.rookery.cpu.helper;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MemoryPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CpuidTest {
  private final MemoryPool pool = new MemoryPool(1 << 20);
  private final AddressSpace space = pool.newAddressSpace(24, 1L << 24);
  private final CpuState s = new CpuState(space, (cpu, kind) -> false);

  @AfterEach
  void close() {
    space.release();
    pool.close();
  }

  private void query(long leaf, long subleaf) {
    s.r[Reg.RAX] = leaf;
    s.r[Reg.RCX] = subleaf;
    Cpuid.query(s);
  }

  @Test
  void reportsX8664V3() {
    query(1, 0);
    // SSE3, SSSE3, FMA, CX16, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX, F16C (x86-64 psABI,
    // 3.1.1).
    long v3 = 1 | 1 << 9 | 1 << 12 | 1 << 13 | 3 << 19 | 3 << 22 | 7 << 27;
    assertEquals(v3, s.r[Reg.RCX] & v3);
    query(7, 0);
    long leaf7 = 1 << 3 | 1 << 5 | 1 << 8; // BMI1, AVX2, BMI2
    assertEquals(leaf7, s.r[Reg.RBX] & leaf7);
    query(0x80000001L, 0);
    assertEquals(1 << 5, s.r[Reg.RCX] & 1 << 5); // LZCNT
  }

  @Test
  void saveAreaAgreesWithXgetbv() {
    s.r[Reg.RCX] = 0;
    Cpuid.xgetbv(s);
    long components = s.r[Reg.RAX];
    assertEquals(7, components);
    query(0xd, 0);
    assertEquals(components, s.r[Reg.RAX]);
    assertEquals(832, s.r[Reg.RBX]);
    query(0xd, 2);
    assertEquals(256, s.r[Reg.RAX]);
    assertEquals(576, s.r[Reg.RBX]);
  }

  @Test
  void onlyXcr0Exists() {
    s.r[Reg.RCX] = 1;
    CpuFault fault = assertThrows(CpuFault.class, () -> Cpuid.xgetbv(s));
    assertEquals(CpuFault.GENERAL_PROTECTION, fault.vector());
  }
}
