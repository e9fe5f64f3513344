package io.rookery.cpu.engine;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What the engine counts for {@code --stats}. Thread-safe. */
final class Counters {
  private final LongAdder blocks = new LongAdder();
  private final LongAdder instructions = new LongAdder();
  private final LongAdder codeWrites = new LongAdder();

  void translated(int guestInstructions) {
    blocks.increment();
    instructions.add(guestInstructions);
  }

  void codeWritten() {
    codeWrites.increment();
  }

  Map<String, Long> snapshot() {
    Map<String, Long> result = new LinkedHashMap<>();
    result.put("blocks translated", blocks.sum());
    result.put("instructions translated", instructions.sum());
    result.put("stores to code pages", codeWrites.sum());
    return result;
  }
}
