package io.rookery.cpu.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What the engine counts for {@code --stats}. Thread-safe. */
final class Counters {
  private final LongAdder blocks = new LongAdder();
  private final LongAdder instructions = new LongAdder();
  private final LongAdder codeWrites = new LongAdder();
  private final LongAdder invalidated = new LongAdder();
  private final LongAdder refusedPages = new LongAdder();
  private final LongAdder unusualFloats = new LongAdder();

  void translated(int guestInstructions) {
    blocks.increment();
    instructions.add(guestInstructions);
  }

  void codeWritten() {
    codeWrites.increment();
  }

  void invalidated(int count) {
    invalidated.add(count);
  }

  /** A unit was left for the interpreter. */
  void refused(boolean forFloat) {
    (forFloat ? unusualFloats : refusedPages).increment();
  }

  Map<String, Long> snapshot() {
    Map<String, Long> result = new LinkedHashMap<>();
    result.put("blocks translated", blocks.sum());
    result.put("instructions translated", instructions.sum());
    result.put("stores to code pages", codeWrites.sum());
    result.put("blocks invalidated", invalidated.sum());
    result.put("units left for a page", refusedPages.sum());
    result.put("units left for a float", unusualFloats.sum());
    return result;
  }
}
