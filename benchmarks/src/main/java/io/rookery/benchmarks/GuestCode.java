package io.rookery.benchmarks;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.Engine;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.cpu.ir.Reg;
import io.rookery.cpu.jit.BackgroundCompiler;
import io.rookery.mmu.AccessWarmUp;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.MemoryPool;
import io.rookery.mmu.Protection;
import java.util.HexFormat;

/** Machine code in an address space of its own, without a kernel: SYSCALL ends a run. */
final class GuestCode implements AutoCloseable {
  private static final long CODE = 0x400000;
  private static final long DATA = 0x500000;
  private static final int DATA_BYTES = 0x4000;
  private static final int STACK = 0x2000;
  private static final int UNIT_THRESHOLD = 500;

  private final MemoryPool pool = new MemoryPool(64 << 20);
  private final AddressSpace space;
  private final Engine engine;
  private final CpuState cpu;

  /**
   * Loads code.
   *
   * @param engine {@code jit} or {@code interpreter}
   * @param hex the code; spaces do not count
   * @param writable whether the code may change itself
   */
  GuestCode(String engine, String hex, boolean writable) {
    AccessWarmUp.run();
    space = pool.newAddressSpace();
    int all = Protection.READ | Protection.WRITE;
    space.map(CODE, 0x1000, all, MapFlags.PRIVATE, null, 0, null);
    space.map(DATA, DATA_BYTES, all, MapFlags.PRIVATE, null, 0, null);
    space.write(DATA, new byte[DATA_BYTES], 0, DATA_BYTES);
    byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
    space.write(CODE, code, 0, code.length);
    space.protect(
        CODE, 0x1000, Protection.READ | Protection.EXEC | (writable ? Protection.WRITE : 0));
    this.engine =
        engine.equals("jit")
            ? RookeryEngine.compiling(new BackgroundCompiler(), UNIT_THRESHOLD)
            : RookeryEngine.interpreter();
    cpu = new CpuState(space, (state, kind) -> false);
    space.register(cpu);
  }

  /** A loop around a body: {@code 1: body; dec rcx; jnz 1b; syscall}. */
  static String loop(String body) {
    int back = -(body.length() / 2 + 3 + 6);
    return body + "48ffc9 0f85" + HexFormat.of().toHexDigits(Integer.reverseBytes(back)) + "0f05";
  }

  /** Runs it from its beginning: RCX counts, RDI points to memory, RSP to a stack, RDX is 0. */
  long run(long iterations) {
    cpu.r[Reg.RDI] = DATA;
    cpu.r[Reg.RDX] = 0;
    cpu.r[Reg.RSP] = DATA + STACK;
    cpu.r[Reg.RCX] = iterations;
    cpu.rip = CODE;
    Engine.Exit exit = engine.run(cpu);
    if (exit != Engine.Exit.UNWOUND) {
      throw new IllegalStateException(exit + " at 0x" + Long.toHexString(cpu.rip), cpu.fault);
    }
    return cpu.r[Reg.RBX];
  }

  @Override
  public void close() {
    engine.close();
    space.unregister(cpu);
    space.release();
    pool.close();
  }
}
