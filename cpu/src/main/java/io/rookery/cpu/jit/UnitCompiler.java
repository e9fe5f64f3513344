package io.rookery.cpu.jit;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import io.rookery.cpu.engine.BlockTable;
import io.rookery.mmu.CodeIdentity;
import java.util.Map;

/** Compiles hot code in the background. Thread-safe. */
public interface UnitCompiler extends AutoCloseable {
  /**
   * {@code block} of {@code table} became hot on the thread {@code cpu}, which calls this. Returns
   * at once.
   */
  void hot(Block block, BlockTable table, CpuState cpu);

  /**
   * Whether the code at {@code rip}, in a file page, has been compiled for some process: it is
   * worth little patience then.
   */
  default boolean knows(long rip, CodeIdentity page, boolean longMode) {
    return false;
  }

  /** Counters, see {@link io.rookery.cpu.Engine#statistics}. */
  Map<String, Long> statistics();

  @Override
  void close();
}
