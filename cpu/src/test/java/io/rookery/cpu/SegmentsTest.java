package io.rookery.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MemoryPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SegmentsTest {
  private static final long DATA_AT_0X1000 = 0x00cff3001000ffffL;
  private static final int FIRST_TLS = 0x63;

  private MemoryPool pool;
  private AddressSpace space;
  private CpuState cpu;

  @BeforeEach
  void start() {
    pool = new MemoryPool(1 << 20);
    space = pool.newAddressSpace(24, 1L << 24);
    cpu = new CpuState(space, (state, kind) -> true);
    cpu.resetSegments(false);
  }

  @AfterEach
  void end() {
    space.release();
    pool.close();
  }

  private CpuFault refused(int register, int selector) {
    return assertThrows(CpuFault.class, () -> Segments.load(cpu, register, selector));
  }

  @Test
  void programsStartWithLinuxsSelectors() {
    assertEquals(Segments.USER32_CS, cpu.r[Reg.SELECTOR + Segments.CS]);
    assertEquals(Segments.USER_DS, cpu.r[Reg.SELECTOR + Segments.DS]);
    cpu.resetSegments(true);
    assertEquals(Segments.USER_CS, cpu.r[Reg.SELECTOR + Segments.CS]);
    assertEquals(0, cpu.r[Reg.SELECTOR + Segments.DS]);
    assertEquals(Segments.USER_DS, cpu.r[Reg.SELECTOR + Segments.SS]);
  }

  @Test
  void limitsAndRightsOfAThreadsSegmentAreShown() {
    int selector = FIRST_TLS;
    assertEquals(-1, Segments.rights(cpu, selector));
    assertEquals(-1, Segments.limit(cpu, selector));
    assertFalse(Segments.isReadable(cpu, selector));
    Segments.setTls(cpu, 0, 0x0041f1001000abcdL); // read-only, 0x1abcd bytes
    assertEquals(0x41f100, Segments.rights(cpu, selector));
    assertEquals(0x1abcd, Segments.limit(cpu, selector));
    assertTrue(Segments.isReadable(cpu, selector));
    assertFalse(Segments.isWritable(cpu, selector));
    Segments.setTls(cpu, 0, DATA_AT_0X1000);
    assertEquals(0xffffffffL, Segments.limit(cpu, selector));
    assertTrue(Segments.isWritable(cpu, selector));
  }

  @Test
  void theEntryOfTheProcessorsNumberTellsZero() {
    assertEquals(0, Segments.limit(cpu, 0x7b));
    assertEquals(0x40f500, Segments.rights(cpu, 0x7b));
  }

  @Test
  void aThreadsSegmentHasItsBase() {
    Segments.setTls(cpu, 0, DATA_AT_0X1000);
    Segments.load(cpu, Segments.GS, FIRST_TLS);
    assertEquals(0x1000, cpu.r[Reg.GS_BASE]);
    Segments.setTls(cpu, 0, DATA_AT_0X1000 + (0x2000L << 16));
    assertEquals(0x3000, cpu.r[Reg.GS_BASE]);
    Segments.setTls(cpu, 0, 0);
    assertEquals(0, cpu.r[Reg.SELECTOR + Segments.GS]);
    Segments.load(cpu, Segments.GS, 3); // a null selector, whatever its privilege level
    assertEquals(3, cpu.r[Reg.SELECTOR + Segments.GS]);
  }

  @Test
  void impossibleSelectorsFaultWithTheirNumber() {
    for (int selector : new int[] {FIRST_TLS, 0x10, 0x57, 0x40, 0x2f, 0xfff8}) {
      CpuFault f = refused(Segments.FS, selector);
      assertEquals(CpuFault.GENERAL_PROTECTION, f.vector());
      assertEquals(selector & ~3, f.error());
    }
    assertEquals(0, refused(Segments.SS, 0).error());
    Segments.setTls(cpu, 1, DATA_AT_0X1000 & ~(1L << 47));
    assertEquals(11, refused(Segments.DS, FIRST_TLS + 8).vector());
    assertEquals(12, refused(Segments.SS, FIRST_TLS + 8).vector());
  }

  @Test
  void onlyFsAndGsMayHaveABase() {
    Segments.setTls(cpu, 0, DATA_AT_0X1000);
    assertEquals(CpuFault.INVALID_OPCODE, refused(Segments.DS, FIRST_TLS).vector());
    Segments.load(cpu, Segments.DS, Segments.USER_DS | 3);
    Segments.load(cpu, Segments.DS, Segments.USER32_CS); // readable code
  }

  @Test
  void codeSelectorsTellTheMode() {
    assertTrue(Segments.isLongCode(cpu, Segments.USER_CS));
    assertFalse(Segments.isLongCode(cpu, Segments.USER32_CS));
    assertThrows(CpuFault.class, () -> Segments.isLongCode(cpu, Segments.USER_DS));
    assertThrows(CpuFault.class, () -> Segments.isLongCode(cpu, 0));
    int privileged = Segments.USER_CS & ~3;
    assertTrue(Segments.isLongCode(cpu, privileged));
    assertThrows(CpuFault.class, () -> Segments.returnsToLongCode(cpu, privileged));
  }
}
