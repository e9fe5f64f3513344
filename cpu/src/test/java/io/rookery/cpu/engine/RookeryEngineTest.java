package io.rookery.cpu.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.Engine;
import io.rookery.cpu.ir.Flags;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryFault;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Blocks, faults, polls and changing code, on small programs given as bytes. HLT ends a program
 * with #GP.
 */
class RookeryEngineTest {
  private static final long CODE = 0x10000;
  private static final long DATA = 0x20000;
  private static final int RWX = Protection.READ | Protection.WRITE | Protection.EXEC;

  private static final int RX = Protection.READ | Protection.EXEC;
  private static final int RW = Protection.READ | Protection.WRITE;

  private final Engine engine = newEngine();
  private MemoryPool pool;
  private AddressSpace space;
  private CpuState cpu;

  Engine newEngine() {
    return RookeryEngine.interpreter();
  }

  @BeforeEach
  void start() {
    pool = new MemoryPool(64 << 20);
    space = pool.newAddressSpace();
    space.map(CODE, 0x2000, RWX, MapFlags.PRIVATE, null, 0, null);
    space.map(DATA, 0x1000, Protection.READ | Protection.WRITE, MapFlags.PRIVATE, null, 0, null);
    cpu = new CpuState(space, (state, kind) -> true);
    cpu.r[Reg.RSP] = DATA + 0x1000;
    space.register(cpu);
  }

  @AfterEach
  void stop() {
    space.unregister(cpu);
    space.release();
    engine.close();
    pool.close();
  }

  private void code(long address, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    space.write(address, bytes, 0, bytes.length);
  }

  private void runToHalt(long from) {
    cpu.rip = from;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertEquals(
        CpuFault.GENERAL_PROTECTION,
        assertInstanceOf(CpuFault.class, cpu.fault).vector(),
        () -> "rip " + Long.toHexString(cpu.rip) + " " + cpu.fault);
  }

  @Test
  void aFaultIsReportedAtTheInstructionThatMadeIt() {
    code(CODE, "48 b8 34 12 00 00 00 00 00 00 48 8b 08"); // mov rax, 0x1234; mov rcx, [rax]
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertEquals(0x1234, assertInstanceOf(MemoryFault.class, cpu.fault).address());
    assertEquals(CODE + 10, cpu.rip);
  }

  @Test
  void aStoreIntoItsOwnBlockIsSeenByTheNextInstruction() {
    // mov byte [rip + 1], 2; mov eax, 1; hlt: the store changes the immediate of the mov behind it.
    code(CODE, "c6 05 01 00 00 00 02  b8 01 00 00 00  f4");
    runToHalt(CODE);
    assertEquals(2, cpu.r[Reg.RAX]);
  }

  @Test
  void changedCodeIsTranslatedAgain() {
    code(CODE, "b8 01 00 00 00 f4");
    runToHalt(CODE);
    assertEquals(1, cpu.r[Reg.RAX]);
    code(CODE, "b8 07 00 00 00 f4");
    runToHalt(CODE);
    assertEquals(7, cpu.r[Reg.RAX]);
  }

  @Test
  void theSameBytesAreOtherCodeInTheOtherMode() {
    code(CODE, "48 ff c0 f4"); // inc rax; in 32-bit mode dec eax, inc eax
    for (int i = 1; i <= 3; i++) {
      cpu.longMode = true;
      runToHalt(CODE);
      assertEquals(i, cpu.r[Reg.RAX]);
      cpu.longMode = false;
      runToHalt(CODE);
      assertEquals(i, cpu.r[Reg.RAX]);
    }
    code(CODE, "48 ff c8 f4"); // dec rax; in 32-bit mode dec eax twice
    runToHalt(CODE);
    assertEquals(1, cpu.r[Reg.RAX]);
    cpu.longMode = true;
    runToHalt(CODE);
    assertEquals(0, cpu.r[Reg.RAX]);
  }

  @Test
  void aStoreElsewhereInTheCodePageInvalidatesNothing() {
    code(CODE, "b8 01 00 00 00 f4");
    runToHalt(CODE);
    long before = engine.statistics().get("blocks translated");
    code(CODE + 0x800, "90");
    runToHalt(CODE);
    assertEquals(before, engine.statistics().get("blocks translated"));
  }

  @Test
  void anInstructionMayStraddlePages() {
    // mov rax, imm64 with four bytes on the first page; the second page is changed afterwards.
    code(CODE + 0xffc, "48 b8 11 22 33 44 55 66 77 08 f4");
    runToHalt(CODE + 0xffc);
    assertEquals(0x0877665544332211L, cpu.r[Reg.RAX]);
    code(CODE + 0x1005, "09");
    runToHalt(CODE + 0xffc);
    assertEquals(0x0977665544332211L, cpu.r[Reg.RAX]);
  }

  @Test
  void aFaultShowsRegistersAndFlagsAsTheyWereBeforeTheInstruction() {
    // stc; mov eax, 5; cmp eax, 5; mov ecx, [rbx]: rbx points nowhere.
    code(CODE, "f9 b8 05 00 00 00 83 f8 05 8b 0b f4");
    cpu.r[Reg.RBX] = 0x5000;
    cpu.r[Reg.RCX] = 99;
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    MemoryFault fault = assertInstanceOf(MemoryFault.class, cpu.fault);
    assertEquals(0x5000, fault.address());
    assertEquals(MemoryFault.Kind.MAPERR, fault.kind());
    assertEquals(CODE + 9, cpu.rip);
    assertEquals(5, cpu.r[Reg.RAX]);
    assertEquals(99, cpu.r[Reg.RCX]);
    assertEquals(Flags.ZF | Flags.PF, cpu.eflags() & Flags.STATUS);
  }

  @Test
  void aJumpToNowhereFaultsAtItsTarget() {
    code(CODE, "ff e0"); // jmp rax
    cpu.r[Reg.RAX] = 0x7000;
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertTrue(assertInstanceOf(MemoryFault.class, cpu.fault).fetch());
    assertEquals(0x7000, cpu.rip);
  }

  @Test
  void pagesWithoutTheRightToExecuteAreNotRun() {
    cpu.rip = DATA;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    MemoryFault fault = assertInstanceOf(MemoryFault.class, cpu.fault);
    assertEquals(MemoryFault.Kind.ACCERR, fault.kind());
    assertTrue(fault.fetch());
  }

  /**
   * A loop of 50 rounds that begins at {@code at}, on one page or two; ends with RAX = 50 * step.
   */
  private void loop(long at, int step) {
    // xor eax, eax; mov ecx, 50; 1: add eax, step; dec ecx; jne 1b; hlt
    code(at, "31 c0 b9 32 00 00 00 83 c0 " + HexFormat.of().toHexDigits((byte) step));
    code(at + 10, "ff c9 75 f9 f4");
  }

  private void allow(int protection) {
    space.protect(CODE, 0x2000, protection);
  }

  @Test
  void codeThatWasNotExecutableForAWhileIsNotTranslatedAgain() {
    for (long at : new long[] {CODE, CODE + 0xff8}) {
      loop(at, 3);
      for (int i = 0; i < 3; i++) {
        runToHalt(at);
      }
      Map<String, Long> before = engine.statistics();
      for (int i = 0; i < 5; i++) {
        allow(RW);
        cpu.rip = at;
        assertEquals(Engine.Exit.FAULT, engine.run(cpu));
        assertInstanceOf(MemoryFault.class, cpu.fault);
        code(CODE + 0x500, "90"); // another function comes into being
        allow(RX);
        runToHalt(at);
        assertEquals(150, cpu.r[Reg.RAX]);
      }
      Map<String, Long> after = engine.statistics();
      assertEquals(before.get("blocks translated"), after.get("blocks translated"));
      assertEquals(before.get("blocks invalidated"), after.get("blocks invalidated"));
      assertEquals(before.get("units"), after.get("units"));
      allow(RWX);
    }
  }

  @Test
  void codeThatWasChangedWhileItWasNotExecutableIsTranslatedAgain() {
    for (long at : new long[] {CODE, CODE + 0xff8}) {
      for (int step = 1; step < 6; step++) {
        allow(RW);
        loop(at, step);
        allow(RX);
        runToHalt(at);
        runToHalt(at);
        assertEquals(50L * step, cpu.r[Reg.RAX]);
      }
      allow(RWX);
      loop(at, 7); // what was suspended once is invalidated by stores like the rest
      runToHalt(at);
      assertEquals(350, cpu.r[Reg.RAX]);
    }
  }

  @Test
  void codeOnTheSecondOfTwoPagesMayBeForbiddenAlone() {
    long at = CODE + 0xff8;
    loop(at, 3);
    runToHalt(at);
    runToHalt(at);
    space.protect(CODE + 0x1000, 0x1000, RW);
    cpu.rip = at;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertInstanceOf(MemoryFault.class, cpu.fault);
    code(at + 9, "05"); // add eax, 5
    space.protect(CODE + 0x1000, 0x1000, RX);
    runToHalt(at);
    assertEquals(250, cpu.r[Reg.RAX]);
    space.protect(CODE, 0x1000, RW);
    cpu.rip = at;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    space.protect(CODE, 0x1000, RX);
    space.unmap(CODE + 0x1000, 0x1000);
    cpu.rip = at;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertInstanceOf(MemoryFault.class, cpu.fault);
  }

  @Test
  void unmappedCodeIsNotRunAgain() {
    code(CODE, "b8 01 00 00 00 f4");
    runToHalt(CODE);
    space.unmap(CODE, 0x1000);
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertInstanceOf(MemoryFault.class, cpu.fault);
  }

  @Test
  void attentionEndsALoop() throws InterruptedException {
    code(CODE, "eb fe"); // jmp .
    Thread other =
        new Thread(
            () -> {
              try {
                Thread.sleep(50);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              cpu.attention = 1;
            });
    cpu.rip = CODE;
    other.start();
    assertEquals(Engine.Exit.ATTENTION, engine.run(cpu));
    assertEquals(CODE, cpu.rip);
    other.join();
  }

  @Test
  void attentionEndsARepeatedStringInstruction() {
    // rep lodsb with RCX = 2^40: the address wraps within one page long before that would be
    // through.
    code(CODE, "f3 ac f4");
    space.map(0x100000, 1 << 20, Protection.READ, MapFlags.PRIVATE, null, 0, null);
    cpu.r[Reg.RSI] = 0x100000;
    cpu.r[Reg.RCX] = 1 << 20;
    cpu.rip = CODE;
    cpu.attention = 1;
    assertEquals(Engine.Exit.ATTENTION, engine.run(cpu));
    cpu.attention = 0;
    runToHalt(CODE);
    assertEquals(0, cpu.r[Reg.RCX]);
    assertEquals(0x200000, cpu.r[Reg.RSI]);
  }

  @Test
  void aRepeatedStoreFaultsInTheMiddle() {
    // rep stosb over the end of the data page.
    code(CODE, "f3 aa f4");
    cpu.r[Reg.RDI] = DATA + 0xff0;
    cpu.r[Reg.RCX] = 0x40;
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertEquals(DATA + 0x1000, assertInstanceOf(MemoryFault.class, cpu.fault).address());
    assertEquals(DATA + 0x1000, cpu.r[Reg.RDI]);
    assertEquals(0x30, cpu.r[Reg.RCX]);
    assertEquals(CODE, cpu.rip);
  }

  @Test
  void undefinedInstructionsRaiseInvalidOpcode() {
    code(CODE, "0f 0b"); // ud2
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertEquals(CpuFault.INVALID_OPCODE, assertInstanceOf(CpuFault.class, cpu.fault).vector());
    assertEquals(CODE, cpu.rip);
  }

  @Test
  void breakpointsAreReportedBehindTheInstruction() {
    code(CODE, "cc");
    cpu.rip = CODE;
    assertEquals(Engine.Exit.FAULT, engine.run(cpu));
    assertEquals(CpuFault.BREAKPOINT, assertInstanceOf(CpuFault.class, cpu.fault).vector());
    assertEquals(CODE + 1, cpu.rip);
  }
}
