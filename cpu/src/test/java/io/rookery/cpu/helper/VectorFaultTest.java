package io.rookery.cpu.helper;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.Engine;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryFault;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Vector and x87 instructions that fault leave registers and memory alone, and name themselves. RBX
 * points to a page behind which nothing is mapped.
 */
class VectorFaultTest {
  private static final long CODE = 0x10000;
  private static final long DATA = 0x20000;
  private static final long END = DATA + 0x1000;
  private static final long ONE = Double.doubleToRawLongBits(1);

  private final Engine engine = RookeryEngine.interpreter();
  private MemoryPool pool;
  private AddressSpace space;
  private CpuState cpu;

  @BeforeEach
  void start() {
    pool = new MemoryPool(1 << 24);
    space = pool.newAddressSpace(24, 1L << 24);
    int all = Protection.READ | Protection.WRITE | Protection.EXEC;
    space.map(CODE, 0x1000, all, MapFlags.PRIVATE, null, 0, null);
    space.map(DATA, 0x1000, all & ~Protection.EXEC, MapFlags.PRIVATE, null, 0, null);
    cpu = new CpuState(space, (state, kind) -> true);
    cpu.r[Reg.RBX] = DATA;
    for (int i = 0; i < 64; i++) {
      cpu.r[Reg.VECTOR + i] = ONE;
    }
    space.register(cpu);
  }

  @AfterEach
  void stop() {
    space.unregister(cpu);
    space.release();
    engine.close();
    pool.close();
  }

  /**
   * Runs instructions that end with a fault, which is to be at {@code offset} and to change no
   * vector register.
   */
  private void run(String hex, int offset) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    space.write(CODE, bytes, 0, bytes.length);
    long[] before = cpu.r.clone();
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertEquals(CODE + offset, cpu.rip);
    for (int i = 0; i < 64; i++) {
      assertEquals(before[Reg.VECTOR + i], cpu.r[Reg.VECTOR + i]);
    }
  }

  private void runToHalt(String hex) {
    byte[] bytes = HexFormat.of().parseHex((hex + "f4").replace(" ", ""));
    space.write(CODE, bytes, 0, bytes.length);
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertEquals(CODE + bytes.length - 1, cpu.rip, () -> String.valueOf(cpu.fault));
  }

  private void assertVector(int vector) {
    assertEquals(vector, assertInstanceOf(CpuFault.class, cpu.fault).vector());
  }

  private void assertMemoryFault(long address, boolean write) {
    MemoryFault fault = assertInstanceOf(MemoryFault.class, cpu.fault);
    assertEquals(address, fault.address());
    assertEquals(write, fault.write());
  }

  @Test
  void unalignedLegacyOperandIsAGeneralProtectionFault() {
    run("0f 28 43 08", 0); // movaps xmm0, [rbx + 8]
    assertVector(CpuFault.GENERAL_PROTECTION);
  }

  @Test
  void anUnmaskedExceptionOfTheSecondElementKeepsTheFirst() {
    cpu.mxcsr = 0x1d80; // division by zero unmasked
    cpu.r[Reg.vector(1, 0)] = Double.doubleToRawLongBits(3);
    cpu.r[Reg.vector(1, 1)] = 0;
    run("66 0f 5e c1", 0); // divpd xmm0, xmm1
    assertVector(CpuFault.SIMD_ERROR);
    assertEquals(SoftFloat.ZERO_DIVIDE, cpu.mxcsr & SoftFloat.ZERO_DIVIDE);
  }

  @Test
  void aFaultingSourceChangesNothing() {
    run("0f 58 83 00 10 00 00", 0); // addps xmm0, [rbx + 0x1000]
    assertMemoryFault(END, false);
  }

  @Test
  void aStoreAcrossTheEndWritesNothing() {
    run("0f 11 83 f8 0f 00 00", 0); // movups [rbx + 0xff8], xmm0
    assertMemoryFault(END, true);
    assertEquals(0, space.loadLong(DATA + 0xff8));
  }

  @Test
  void anX87StoreAcrossTheEndWritesNothingAndKeepsItsOperand() {
    runToHalt("db e3 d9 e8"); // fninit; fld1
    run("db bb fa 0f 00 00", 0); // fstp tbyte [rbx + 0xffa]
    assertMemoryFault(END, true);
    assertEquals(0, space.loadInt(DATA + 0xffa));
    assertEquals(7, cpu.x87.top);
    assertEquals(0x7f, cpu.x87.empty);
    assertEquals(0, cpu.x87.status);
  }

  @Test
  void anX87LoadAcrossTheEndPushesNothing() {
    runToHalt("db e3");
    run("dd 83 fc 0f 00 00", 0); // fld qword [rbx + 0xffc]
    assertMemoryFault(END, false);
    assertEquals(0, cpu.x87.top);
    assertEquals(0xff, cpu.x87.empty);
  }

  @Test
  void maskedElementsDoNotFault() {
    cpu.r[Reg.vector(1, 0)] = -1;
    cpu.r[Reg.vector(1, 1)] = 0x7fffffff7fffffffL;
    space.storeLong(DATA + 0xff8, 0x1122334455667788L);
    runToHalt("c4 e2 71 2c 83 f8 0f 00 00"); // vmaskmovps xmm0, xmm1, [rbx + 0xff8]
    assertEquals(0x1122334455667788L, cpu.r[Reg.vector(0, 0)]);
    assertEquals(0, cpu.r[Reg.vector(0, 1)]);
    assertEquals(0, cpu.r[Reg.vector(0, 2)]);
    runToHalt("c4 e2 71 2e 83 f8 0f 00 00"); // vmaskmovps [rbx + 0xff8], xmm1, xmm0
  }

  @Test
  void aGatherKeepsWhatItHasDone() {
    cpu.r[Reg.vector(1, 0)] = -1;
    cpu.r[Reg.vector(1, 1)] = -1;
    cpu.r[Reg.vector(2, 0)] = 2L << 32; // elements 0 and 2: the second is beyond the end
    space.storeInt(DATA + 0xff8, 0x12345678);
    byte[] bytes = HexFormat.of().parseHex("c4e271908493f80f0000");
    space.write(CODE, bytes, 0, bytes.length); // vpgatherdd xmm0, [rbx + xmm2 * 4 + 0xff8], xmm1
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertMemoryFault(END, false);
    assertEquals(0x12345678, (int) cpu.r[Reg.vector(0, 0)]);
    assertEquals(-1L << 32, cpu.r[Reg.vector(1, 0)]);
  }

  @Test
  void anUnmaskedX87ExceptionIsReportedByTheNextWaitingInstruction() {
    space.storeShort(DATA, (short) 0x37b);
    // fninit; fldcw [rbx]; fld1; fldz; fdivp st1, st: divides by zero; nop; fwait
    run("db e3 d9 2b d9 e8 d9 ee de f9 90 9b", 11);
    assertVector(CpuFault.X87_ERROR);
    assertEquals(X87Control.ZERO_DIVIDE, cpu.x87.status & X87Control.EXCEPTIONS);
    assertEquals(6, cpu.x87.top); // not popped
  }

  @Test
  void reservedBitsOfMxcsrAreRefused() {
    space.storeInt(DATA, 0x11f80);
    run("0f ae 13", 0); // ldmxcsr [rbx]
    assertVector(CpuFault.GENERAL_PROTECTION);
    assertEquals(0x1f80, cpu.mxcsr);
  }

  private static final String FXSAVE64 = "48 0f ae 03";
  private static final String FXRSTOR64 = "48 0f ae 0b";
  private static final String XSAVE64 = "48 0f ae 23";
  private static final String XRSTOR64 = "48 0f ae 2b";

  private void fillState() {
    for (int i = 0; i < 64; i++) {
      cpu.r[Reg.VECTOR + i] = 0x0101010101010101L * (i + 1);
    }
    for (int i = 0; i < 8; i++) {
      cpu.r[Reg.MMX + i] = Long.MIN_VALUE | i;
      cpu.x87.signExponent[i] = 0x4000 + i;
    }
    cpu.x87.top = 3;
    cpu.x87.empty = 0x21;
    cpu.x87.control = 0x27f;
    cpu.x87.status = 0x4020;
    cpu.mxcsr = 0x9fa1;
  }

  private void clobberState() {
    for (int i = Reg.VECTOR; i < Reg.COUNT; i++) {
      cpu.r[i] = 99;
    }
    for (int i = 0; i < 8; i++) {
      cpu.x87.signExponent[i] = 99;
    }
    X87Memory.fninit(cpu, 0, 0, 0, 0);
    cpu.mxcsr = 0x1f80;
  }

  private void assertX87AndMxcsr() {
    assertEquals(3, cpu.x87.top);
    assertEquals(0x21, cpu.x87.empty);
    assertEquals(0x27f, cpu.x87.control);
    assertEquals(0x4020, cpu.x87.status);
    assertEquals(0x9fa1, cpu.mxcsr);
    for (int i = 0; i < 8; i++) {
      assertEquals(Long.MIN_VALUE | i, cpu.r[Reg.MMX + i]);
      assertEquals(0x4000 + i, cpu.x87.signExponent[i]);
    }
  }

  @Test
  void fxsaveAndFxrstor() {
    fillState();
    runToHalt(FXSAVE64);
    clobberState();
    runToHalt(FXRSTOR64);
    assertX87AndMxcsr();
    for (int i = 0; i < 64; i++) {
      long saved = 0x0101010101010101L * (i + 1);
      assertEquals(i % 4 < 2 ? saved : 99, cpu.r[Reg.VECTOR + i]);
    }
  }

  @Test
  void xsaveAndXrstor() {
    fillState();
    cpu.r[Reg.RAX] = Xsave.COMPONENTS;
    long[] vectors = Arrays.copyOfRange(cpu.r, Reg.VECTOR, Reg.VECTOR + 64);
    runToHalt(XSAVE64);
    assertEquals(Xsave.COMPONENTS, space.loadLong(DATA + 512));
    clobberState();
    runToHalt(XRSTOR64);
    assertX87AndMxcsr();
    assertArrayEquals(vectors, Arrays.copyOfRange(cpu.r, Reg.VECTOR, Reg.VECTOR + 64));
  }

  @Test
  void xrstorResetsComponentsThatTheAreaLacks() {
    fillState();
    cpu.r[Reg.RAX] = Xsave.COMPONENTS;
    space.storeInt(DATA + 24, 0x1f80); // MXCSR of an area that is zero otherwise
    runToHalt(XRSTOR64);
    assertEquals(0x37f, cpu.x87.control);
    assertEquals(0xff, cpu.x87.empty);
    for (int i = 0; i < 64; i++) {
      assertEquals(0, cpu.r[Reg.VECTOR + i]);
    }
  }

  @Test
  void xrstorRefusesUnknownComponents() {
    cpu.r[Reg.RAX] = Xsave.COMPONENTS;
    space.storeLong(DATA + 512, 8);
    run(XRSTOR64, 0);
    assertVector(CpuFault.GENERAL_PROTECTION);
  }

  @Test
  void saveAreasAreAligned() {
    cpu.r[Reg.RBX] = DATA + 8;
    run(FXSAVE64, 0);
    assertVector(CpuFault.GENERAL_PROTECTION);
    cpu.r[Reg.RBX] = DATA + 16;
    run(XSAVE64, 0);
    assertVector(CpuFault.GENERAL_PROTECTION);
  }
}
