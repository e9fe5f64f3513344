package io.rookery.benchmarks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Families of instructions: a loop of 100,000 iterations around those of a line of {@code
 * instructions.tsv}. The time is that of the whole loop; {@code millions} is how many millions of
 * guest instructions a second that is.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {
      "--sun-misc-unsafe-memory-access=allow",
      "--enable-native-access=ALL-UNNAMED",
      "-Xmx512m"
    })
public class InstructionBenchmark {
  private static final int ITERATIONS = 100_000;
  private static final int LOOP_INSTRUCTIONS = 2;
  private static final double MILLION = 1e6;

  /** Which engine runs the loop. */
  @Param({"interpreter", "jit"})
  public String engine;

  /** The line of {@code instructions.tsv}. */
  @Param({
    "integer",
    "multiply",
    "divide",
    "shifts",
    "flags",
    "bmi",
    "loads",
    "stores",
    "stack",
    "branches",
    "strings",
    "locked",
    "doubles",
    "floats",
    "sse",
    "avx2",
    "fma",
    "aes",
    "x87"
  })
  public String family;

  private GuestCode code;
  private int instructions;

  /** What JMH prints beside the loops a second. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Rate {
    /** Millions of guest instructions. */
    public double millions;
  }

  /** Loads the loop. */
  @Setup
  public void start() throws IOException {
    try (InputStream in = InstructionBenchmark.class.getResourceAsStream("instructions.tsv")) {
      List<String> columns =
          new String(Objects.requireNonNull(in).readAllBytes(), UTF_8)
              .lines()
              .map(line -> List.of(line.split("\t", -1)))
              .filter(line -> line.getFirst().equals(family))
              .findFirst()
              .orElseThrow();
      instructions = Integer.parseInt(columns.get(1)) + LOOP_INSTRUCTIONS;
      code = new GuestCode(engine, GuestCode.loop(columns.get(2)), false);
    }
  }

  /** Frees it. */
  @TearDown
  public void stop() {
    code.close();
  }

  /** The loop once. */
  @Benchmark
  public long loop(Rate rate) {
    long result = code.run(ITERATIONS);
    rate.millions += (double) instructions * ITERATIONS / MILLION;
    return result;
  }
}
