package io.rookery.cpu.jit;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import java.util.Map;

/** Compiles hot code in the background. Thread-safe. */
public interface UnitCompiler extends AutoCloseable {
  /** {@code block} of the thread {@code cpu}, which calls this, became hot. Returns at once. */
  void hot(Block block, CpuState cpu);

  /** Counters, see {@link io.rookery.cpu.Engine#statistics}. */
  Map<String, Long> statistics();

  @Override
  void close();
}
