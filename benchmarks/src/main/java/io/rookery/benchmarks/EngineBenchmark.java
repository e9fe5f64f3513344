package io.rookery.benchmarks;

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
  private static final int CHANGES = 200;

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

  /**
   * <pre>
   * 1: mov [rip + 2f + 1], ecx; call 2f; add rbx, rax; dec rcx; jnz 1b; syscall
   * 2: mov eax, 1; ret
   * </pre>
   */
  private static final String CHANGE =
      "890d10000000 e80a000000 4801c3 48ffc9 75ed 0f05 b801000000 c3";

  /** Which engine runs the loop. */
  @Param({"interpreter", "jit"})
  public String engine;

  private GuestCode loop;
  private GuestCode call;
  private GuestCode change;

  /** Loads the programs. */
  @Setup
  public void start() {
    loop = new GuestCode(engine, LOOP, false);
    call = new GuestCode(engine, CALL, false);
    change = new GuestCode(engine, CHANGE, true);
  }

  /** Frees everything. */
  @TearDown
  public void stop() {
    loop.close();
    call.close();
    change.close();
  }

  /** An integer loop with a load and a store, for each instruction. */
  @Benchmark
  @OperationsPerInvocation(ITERATIONS * LOOP_INSTRUCTIONS)
  public long loadsAndStores() {
    return loop.run(ITERATIONS);
  }

  /** A loop around a call of a leaf function, for each instruction. */
  @Benchmark
  @OperationsPerInvocation(ITERATIONS * CALL_INSTRUCTIONS)
  public long calls() {
    return call.run(ITERATIONS);
  }

  /** Code that changes an instruction and executes it, for each change. */
  @Benchmark
  @OperationsPerInvocation(CHANGES)
  public long selfModifyingCode() {
    return change.run(CHANGES);
  }
}
