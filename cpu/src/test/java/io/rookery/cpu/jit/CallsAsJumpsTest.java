package io.rookery.cpu.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Reg;
import io.rookery.cpu.lift.BlockLifter;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.util.Collections;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/** Recursive functions and small callees within a unit. */
class CallsAsJumpsTest {
  private static final long CODE = 0x40_0000;
  private static final long STACK = 0x50_0000;
  private static final long TOP = STACK + 0x8000;
  private static final long OUTSIDE = 0x7000_0000;
  private static final String NOP = "90";

  private final MemoryPool pool = new MemoryPool(16 << 20);
  private AddressSpace space;
  private CpuState cpu;

  @BeforeEach
  void mapMemory() {
    space = pool.newAddressSpace(26, 1L << 47);
    int all = Protection.READ | Protection.WRITE | Protection.EXEC;
    space.map(CODE, 0x1000, all, MapFlags.PRIVATE, null, 0, null);
    space.map(STACK, 0x9000, all, MapFlags.PRIVATE, null, 0, null);
    space.write(STACK, new byte[0x9000], 0, 0x9000);
    cpu = new CpuState(space, (state, kind) -> false);
    cpu.r[Reg.RSP] = TOP - 64;
    space.write(TOP - 64, HexFormat.of().parseHex("0000007000000000"), 0, 8);
    cpu.rip = CODE;
  }

  @AfterEach
  void unmap() {
    space.release();
    pool.close();
  }

  private RegionBuilder.Source load(String code) {
    byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
    space.write(CODE, bytes, 0, bytes.length);
    BlockLifter lifter = new BlockLifter(64, cpu.model);
    return rip -> {
      if (rip < CODE || rip >= CODE + bytes.length) {
        return null;
      }
      IrBuilder ir = lifter.lift(space, rip);
      return new GuestBlock(rip, ir.code(), ir.origin());
    };
  }

  private UnitFactory.Result compile(String code) {
    RegionBuilder.Source source = load(code);
    return UnitFactory.compile(source, source.find(CODE), false, true, Style.BRANCHES, space.pages);
  }

  private void runs(UnitFactory.Result made) {
    assertEquals(Unit.GO_ON, made.unit().run(cpu, (int) CODE));
  }

  /** HotSpot's interpreter would not count the loop, and so never have it compiled. */
  @Test
  void noSwitchGoesBackwards() {
    RegionBuilder.Source source =
        load(
            "e805000000" // 1: call 3f
                + "ffc9 75f7 c3" // 2: if (--ecx != 0) goto 1b; return;
                + "01c8 c3"); // 3: return eax + ecx;
    Region region =
        new RegionBuilder(source, 4000)
            .build(source.find(CODE + 5), false, true, Style.BRANCHES, space.pages);
    UnitEmitter.Code code = UnitEmitter.emit(region, UnitFactory.MAX_METHOD);
    Set<Label> passed = new HashSet<>();
    AtomicInteger switches = new AtomicInteger();
    new ClassReader(code.bytes())
        .accept(
            new ClassVisitor(Opcodes.ASM9) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String type, String signature, String[] exceptions) {
                return new MethodVisitor(Opcodes.ASM9) {
                  @Override
                  public void visitLabel(Label label) {
                    passed.add(label);
                  }

                  @Override
                  public void visitLookupSwitchInsn(Label none, int[] keys, Label[] labels) {
                    switches.incrementAndGet();
                    assertTrue(Collections.disjoint(passed, List.of(labels)));
                  }
                };
              }
            },
            0);
    assertTrue(
        switches.get() >= 2, () -> switches + " switches"); // the entries', and that of 3's RET
    Unit unit = UnitFactory.define(code.bytes());
    cpu.r[Reg.RCX] = 4;
    assertEquals(Unit.GO_ON, unit.run(cpu, (int) CODE + 5));
    assertEquals(6, cpu.r[Reg.RAX]);
    assertEquals(OUTSIDE, cpu.rip);
  }

  @Test
  void recursiveFunctionIsOneLoop() {
    UnitFactory.Result fib =
        compile(
            "83ff02 7d03 89f8 c3" // if (edi < 2) return edi;
                + "57 83ef01 e8efffffff 5f 50" // eax = fib(edi - 1);
                + "83ef02 e8e5ffffff 59 01c8 c3"); // return eax + fib(edi - 2);
    assertEquals(List.of(), fib.callees());
    cpu.r[Reg.RDI] = 15;
    runs(fib);
    assertEquals(610, cpu.r[Reg.RAX]);
    assertEquals(OUTSIDE, cpu.rip);
    assertEquals(TOP - 56, cpu.r[Reg.RSP]);
  }

  /** mov ecx, 100; loop: call leaf; sub ecx, 1; jnz loop; ret; leaf. */
  private static String callingLoop(String leaf) {
    return "b964000000 e806000000 83e901 75f6 c3" + leaf;
  }

  @Test
  void smallCalleeIsTakenIn() {
    UnitFactory.Result made = compile(callingLoop("4883c003 c3"));
    assertEquals(List.of(), made.callees());
    cpu.r[Reg.RAX] = 0;
    runs(made);
    assertEquals(300, cpu.r[Reg.RAX]);
    assertEquals(OUTSIDE, cpu.rip);
  }

  @Test
  void largeCalleeIsCalled() {
    UnitFactory.Result made = compile(callingLoop("4883c003".repeat(100) + "c3"));
    assertEquals(List.of(CODE + 16), made.callees());
  }

  @Test
  void calleeThatCallsOthersIsCalled() {
    UnitFactory.Result made = compile(callingLoop("e801000000 c3" + NOP + "c3"));
    assertEquals(List.of(CODE + 16), made.callees());
  }

  @Test
  void returnGoesWhereTheStackSays() {
    // The leaf overwrites its return address.
    UnitFactory.Result made = compile(callingLoop("48c7042400000071 c3"));
    assertEquals(List.of(), made.callees());
    runs(made);
    assertEquals(0x7100_0000, cpu.rip);
    assertEquals(100, cpu.r[Reg.RCX]);
  }

  /** In 32-bit mode a jump reaches any address; blocks of a unit may be more than 2 GiB apart. */
  @Test
  void unitIsLeftAtADistantInstruction() {
    long far = 0xf000_0000L;
    space.map(far, 0x1000, Protection.READ | Protection.EXEC, MapFlags.PRIVATE, null, 0, null);
    cpu.r[Reg.RBX] = 0x1000; // not mapped
    GuestBlock first = block32(CODE, "b82a000000 e9f6ffbfef"); // mov eax, 42; jmp far
    GuestBlock second = block32(far, "40 8b03 c3"); // inc eax; mov eax, [ebx]; ret
    UnitFactory.Result made =
        UnitFactory.compile(
            rip -> rip == far ? second : null, first, false, false, Style.BRANCHES, space.pages);
    assertEquals(2, made.region().blocks().size());
    assertEquals(Unit.REFUSED, made.unit().run(cpu, (int) CODE));
    assertEquals(far + 1, cpu.rip);
    assertEquals(43, cpu.r[Reg.RAX]);
  }

  private GuestBlock block32(long rip, String code) {
    byte[] bytes = HexFormat.of().parseHex(code.replace(" ", ""));
    space.protect(rip, 0x1000, Protection.READ | Protection.WRITE | Protection.EXEC);
    space.write(rip, bytes, 0, bytes.length);
    IrBuilder ir = new BlockLifter(32, cpu.model).lift(space, rip);
    return new GuestBlock(rip, ir.code(), ir.origin());
  }
}
