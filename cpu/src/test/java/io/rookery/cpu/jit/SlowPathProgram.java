package io.rookery.cpu.jit;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.ir.Op;
import io.rookery.cpu.ir.Reg;
import io.rookery.mmu.AccessWarmUp;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;

/** Run by {@link SlowPathTest} in a JVM that prints what it compiles. */
final class SlowPathProgram {
  static final String CALLING = "calling";
  static final String TESTING = "testing";
  static final int SITES = 40;
  static final String SWITCH = "-- first slow paths from here";
  static final String END = "-- end";
  private static final long CODE = 0x40_0000;
  private static final long TOUCHED = 0x100_0000;
  private static final long UNTOUCHED = 0x200_0000;
  private static final int STRIDE = 0x2000;
  private static final int BYTES = STRIDE * SITES;

  private SlowPathProgram() {}

  public static void main(String[] args) throws InterruptedException {
    AccessWarmUp.run();
    try (MemoryPool pool = new MemoryPool(64 << 20)) {
      AddressSpace space = pool.newAddressSpace();
      int readWrite = Protection.READ | Protection.WRITE;
      space.map(TOUCHED, BYTES, readWrite, MapFlags.PRIVATE, null, 0, null);
      space.map(UNTOUCHED, BYTES, readWrite, MapFlags.PRIVATE, null, 0, null);
      space.write(TOUCHED, new byte[BYTES], 0, BYTES);
      CpuState cpu = new CpuState(space, (state, kind) -> false);
      Unit unit =
          UnitFactory.compile(
                  rip -> null,
                  loop(),
                  false,
                  true,
                  args[0].equals(CALLING) ? Style.CALLS : Style.BRANCHES,
                  space.pages)
              .unit();
      for (int i = 0; i < 20_000; i++) {
        run(unit, cpu, TOUCHED, 20);
      }
      Thread.sleep(2000);
      run(unit, cpu, TOUCHED, 1000);
      System.out.println(SWITCH);
      System.out.flush();
      run(unit, cpu, UNTOUCHED, 1);
      run(unit, cpu, UNTOUCHED, 1000);
      Thread.sleep(500);
      System.out.println(END);
      space.release();
    }
  }

  private static void run(Unit unit, CpuState cpu, long memory, int times) {
    do {
      cpu.r[Reg.RBX] = memory;
      cpu.r[Reg.RCX] = times;
      cpu.rip = CODE;
    } while (unit.run(cpu, (int) CODE) == Unit.REFUSED && touch(cpu));
  }

  /** What the interpreter would do at the place where the unit was left. */
  private static boolean touch(CpuState cpu) {
    cpu.space.write(cpu.refusedAddress, new byte[1], 0, 1);
    return true;
  }

  /** Alternating loads and stores, each on a page of its own, in a loop. */
  private static GuestBlock loop() {
    IrBuilder out = new IrBuilder();
    out.begin(CODE);
    for (int i = 0; i < SITES; i++) {
      out.instruction(CODE + 4L * i);
      int op = i % 2 == 0 ? Op.LOAD64 : Op.STORE32;
      out.emit(op, Reg.RAX, Reg.RBX, Reg.ZERO, STRIDE * i);
    }
    out.instruction(CODE + 4 * SITES);
    out.emit(Op.ADDI64, Reg.RCX, Reg.RCX, 0, -1);
    out.emit(Op.JNZ, 0, Reg.RCX, 0, 0);
    out.extra(CODE);
    out.extra(CODE + 4 * SITES + 4);
    return new GuestBlock(CODE, out.code(), out.origin());
  }
}
