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
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Time per guest instruction of small loops, on the interpreter and compiled. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--sun-misc-unsafe-memory-access=allow",
      "--enable-native-access=ALL-UNNAMED",
      "-Xmx512m"
    })
public class EngineBenchmark {
  private static final int ITERATIONS = 100_000;
  private static final int LOOP_INSTRUCTIONS = 8;
  private static final int CALL_INSTRUCTIONS = 6;
  private static final long CODE = 0x400000;
  private static final long CALLS = CODE + 0x100;
  private static final long DATA = 0x500000;
  private static final int DATA_BYTES = 0x4000;

  /**
   * <pre>
   * 1: mov eax, [rdi + 4 * rdx]; add eax, ecx; mov [rdi + 4 * rdx], eax; add rbx, rax
   *    inc edx; and edx, 0x3ff; dec rcx; jnz 1b; syscall
   * </pre>
   */
  private static final String LOOP = "8b0497 01c8 890497 4801c3 ffc2 81e2ff030000 48ffc9 75e8 0f05";

  /**
   * <pre>
   * 1: call 2f; add rbx, rax; dec rcx; jnz 1b; syscall
   * 2: lea rax, [rdx + 4 * rcx]; ret
   * </pre>
   */
  private static final String CALL = "e80c000000 4801c3 48ffc9 75f3 0f05 9090 488d048a c3";

  /** Which engine runs the loop. */
  @Param({"interpreter", "jit"})
  public String engine;

  private MemoryPool pool;
  private AddressSpace space;
  private Engine runner;
  private CpuState cpu;

  /** Loads the programs. */
  @Setup
  public void start() {
    AccessWarmUp.run();
    pool = new MemoryPool(64 << 20);
    space = pool.newAddressSpace();
    space.map(CODE, 0x1000, Protection.READ | Protection.WRITE, MapFlags.PRIVATE, null, 0, null);
    space.map(
        DATA, DATA_BYTES, Protection.READ | Protection.WRITE, MapFlags.PRIVATE, null, 0, null);
    space.write(DATA, new byte[DATA_BYTES], 0, DATA_BYTES);
    write(CODE, LOOP);
    write(CALLS, CALL);
    space.protect(CODE, 0x1000, Protection.READ | Protection.EXEC);
    runner =
        engine.equals("jit")
            ? RookeryEngine.compiling(new BackgroundCompiler(), 500)
            : RookeryEngine.interpreter();
    cpu = new CpuState(space, (state, kind) -> false);
    space.register(cpu);
  }

  private void write(long address, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    space.write(address, bytes, 0, bytes.length);
  }

  /** Frees everything. */
  @TearDown
  public void stop() {
    runner.close();
    space.unregister(cpu);
    space.release();
    pool.close();
  }

  private long run(long rip) {
    cpu.r[Reg.RDI] = DATA;
    cpu.r[Reg.RDX] = 0;
    cpu.r[Reg.RSP] = DATA + 0x2000;
    cpu.r[Reg.RCX] = ITERATIONS;
    cpu.rip = rip;
    Engine.Exit exit = runner.run(cpu);
    if (exit != Engine.Exit.UNWOUND) {
      throw new IllegalStateException(exit + " at 0x" + Long.toHexString(cpu.rip), cpu.fault);
    }
    return cpu.r[Reg.RBX];
  }

  /** An integer loop with a load and a store. */
  @Benchmark
  @OperationsPerInvocation(ITERATIONS * LOOP_INSTRUCTIONS)
  public long loadsAndStores() {
    return run(CODE);
  }

  /** A loop around a call of a leaf function. */
  @Benchmark
  @OperationsPerInvocation(ITERATIONS * CALL_INSTRUCTIONS)
  public long calls() {
    return run(CALLS);
  }
}
