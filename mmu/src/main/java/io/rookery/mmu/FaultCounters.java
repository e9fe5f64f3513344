package io.rookery.mmu;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Why accesses took the slow path for the first time, in all address spaces of a pool. */
final class FaultCounters {
  private final LongAdder zeroed = new LongAdder();
  private final LongAdder copiedFromFile = new LongAdder();
  private final LongAdder sharedFromFile = new LongAdder();
  private final LongAdder copiedFromParent = new LongAdder();
  private final LongAdder madeStorable = new LongAdder();
  private final LongAdder refused = new LongAdder();

  void zeroed() {
    zeroed.increment();
  }

  void copiedFromFile() {
    copiedFromFile.increment();
  }

  void sharedFromFile() {
    sharedFromFile.increment();
  }

  void copiedFromParent() {
    copiedFromParent.increment();
  }

  void madeStorable() {
    madeStorable.increment();
  }

  void refused() {
    refused.increment();
  }

  Map<String, Long> snapshot() {
    Map<String, Long> result = new LinkedHashMap<>();
    result.put("faults: zeroed page", zeroed.sum());
    result.put("faults: page of a file, copied", copiedFromFile.sum());
    result.put("faults: page of a file, shared", sharedFromFile.sum());
    result.put("faults: page of a fork's parent", copiedFromParent.sum());
    result.put("faults: first store to a page", madeStorable.sum());
    result.put("faults: not allowed", refused.sum());
    return result;
  }
}
