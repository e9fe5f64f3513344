package io.rookery.cpu.jit;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import io.rookery.cpu.engine.BlockTable;
import java.util.Map;

/** Compiles hot code in the background. Thread-safe. */
public interface UnitCompiler extends AutoCloseable {
  /** {@code block} of {@code table} became hot on the thread {@code cpu}, which calls this. Returns at once. */
  void hot(Block block, BlockTable table, CpuState cpu);

  /** Counters, see {@link io.rookery.cpu.Engine#statistics}. */
  Map<String, Long> statistics();

  @Override
  void close();
}
