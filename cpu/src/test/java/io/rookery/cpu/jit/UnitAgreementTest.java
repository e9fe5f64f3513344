package io.rookery.cpu.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.cpu.CpuFault;
import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import io.rookery.cpu.engine.InterpreterHarness;
import io.rookery.cpu.engine.InterpreterHarness.Ir;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.GuestFault;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryFault;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Random programs leave the same state behind on the interpreter and as a unit. */
class UnitAgreementTest {
  private static final long DATA = 0x50_0000;
  private static final int DATA_BYTES = 0x4000;

  @Property(tries = 1000, shrinking = ShrinkingMode.OFF)
  void randomProgram(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Ir> program = new RandomPrograms(random).program();
    boolean writable = random.nextInt(4) == 0;
    Floats floats = List.of(Floats.values()).get(random.nextInt(3));
    Style style = new Style(List.of(Memory.values()).get(random.nextInt(3)), floats);
    try (MemoryPool pool = new MemoryPool(16 << 20)) {
      String expected = run(pool, seed, cpu -> InterpreterHarness.run(cpu, program));
      String actual = run(pool, seed, cpu -> asUnit(cpu, program, writable, style));
      assertEquals(expected, actual, () -> "seed " + seed);
    }
  }

  private interface Runner {
    boolean run(CpuState cpu);
  }

  /** The state after the run, to compare. */
  private static String run(MemoryPool pool, long seed, Runner runner) {
    AddressSpace space = pool.newAddressSpace(26, 1L << 47);
    try {
      SplittableRandom random = new SplittableRandom(seed + 1);
      int readWrite = Protection.READ | Protection.WRITE;
      space.map(DATA, DATA_BYTES, readWrite, MapFlags.PRIVATE, null, 0, null);
      byte[] data = new byte[DATA_BYTES];
      random.nextBytes(data);
      space.write(DATA, data, 0, data.length);
      space.protect(DATA + 0x3000, 0x1000, Protection.READ);
      CpuState cpu = new CpuState(space, (state, kind) -> answer(state, kind));
      for (int i = 0; i < Reg.COUNT; i++) {
        cpu.r[i] = random.nextInt(3) == 0 ? random.nextInt(16) - 8 : random.nextLong();
      }
      cpu.r[Reg.ZERO] = 0;
      cpu.r[Reg.DIRECTION] = 1;
      cpu.r[RandomPrograms.POINTER] = DATA;
      cpu.r[RandomPrograms.COUNTER] = 1L + random.nextInt(30);
      cpu.setEflags(random.nextLong());
      cpu.mxcsr = random.nextBoolean() ? 0x1f80 : 0x1fa0;
      cpu.rip = RandomPrograms.CODE;
      boolean wentOn = runner.run(cpu);
      return describe(cpu, wentOn);
    } finally {
      space.release();
    }
  }

  private static boolean answer(CpuState state, int kind) {
    state.r[Reg.RAX] = state.rip + kind;
    return kind == 0;
  }

  private static boolean asUnit(CpuState cpu, List<Ir> program, boolean writable, Style style) {
    List<GuestBlock> blocks =
        program.stream()
            .map(ir -> new GuestBlock(ir.rip(), ir.builder().code(), ir.builder().origin()))
            .toList();
    Region region =
        new RegionBuilder(
                rip -> blocks.stream().filter(b -> b.rip() == rip).findAny().orElse(null), 6000)
            .build(blocks.getFirst(), writable, true, style, cpu.space.pages);
    UnitEmitter.Code code = UnitEmitter.emit(region, 1 << 16);
    Unit unit = UnitFactory.define(code.bytes());
    unit.link(code.callees().stream().map(InterpreterHarness::absent).toArray(Block[]::new));
    try {
      int status = unit.run(cpu, (int) cpu.rip);
      if (status == Unit.REFUSED) {
        return InterpreterHarness.resume(cpu, program);
      }
      if (status == Unit.GO_ON) {
        // As the dispatcher would find out.
        cpu.fault = noFetch(cpu.space, cpu.rip);
      }
      return status != Unit.UNWOUND;
    } catch (GuestFault fault) {
      cpu.fault = fault;
      return true;
    }
  }

  private static GuestFault noFetch(AddressSpace space, long rip) {
    try {
      space.fetch(rip, new byte[1], 1);
      throw new AssertionError("left to 0x" + Long.toHexString(rip));
    } catch (MemoryFault fault) {
      return fault;
    }
  }

  private static String describe(CpuState cpu, boolean wentOn) {
    StringBuilder out = new StringBuilder();
    out.append("rip ").append(Long.toHexString(cpu.rip)).append('\n');
    out.append("flags ").append(Long.toHexString(cpu.eflags())).append('\n');
    out.append("mxcsr ").append(Integer.toHexString(cpu.mxcsr)).append('\n');
    out.append("fault ").append(describe(cpu.fault)).append(' ').append(wentOn).append('\n');
    for (int i = 0; i < Reg.COUNT; i++) {
      if (!OpInfo.isTemporary(i)) {
        out.append(i).append(' ').append(Long.toHexString(cpu.r[i])).append('\n');
      }
    }
    byte[] data = new byte[DATA_BYTES];
    cpu.space.read(DATA, data, 0, data.length);
    return out.append("memory ").append(Arrays.hashCode(data)).toString();
  }

  private static String describe(Object fault) {
    return switch (fault) {
      case null -> "none";
      case MemoryFault f ->
          f.kind() + " " + Long.toHexString(f.address()) + " " + f.write() + " " + f.fetch();
      case CpuFault f -> "vector " + f.vector();
      default -> fault.toString();
    };
  }
}
