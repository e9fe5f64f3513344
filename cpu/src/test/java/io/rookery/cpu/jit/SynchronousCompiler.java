package io.rookery.cpu.jit;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import io.rookery.cpu.engine.BlockTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Compiles hot code on the thread that asks, in all styles by turns, and publishes it at once. */
public final class SynchronousCompiler implements UnitCompiler {
  private long units;

  @Override
  public void hot(Block block, BlockTable table, CpuState cpu) {
    CodeReader reader = new CodeReader(table, cpu.space);
    UnitFactory.Result result = UnitFactory.compile(reader, block.rip, style());
    if (result == null) {
      throw new IllegalStateException("no code at 0x" + Long.toHexString(block.rip));
    }
    List<Block> entries = new ArrayList<>();
    for (Block part : reader.used(result.region())) {
      part.addContaining(result.unit());
      if (result.region().entries().contains(part.rip)) {
        entries.add(part);
      }
    }
    result.unit().publish(entries);
    units++;
  }

  private Style style() {
    return switch ((int) units & 3) {
      case 0, 1 -> Style.BRANCHES;
      case 2 -> new Style(Memory.PAGES, Floats.EXACT);
      default -> Style.CALLS;
    };
  }

  /** Units made so far. */
  public long units() {
    return units;
  }

  @Override
  public Map<String, Long> statistics() {
    return Map.of("units", units);
  }

  @Override
  public void close() {}
}
