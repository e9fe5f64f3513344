package io.rookery.cpu.jit;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A unit on its way to being compiled by HotSpot: entered without work often enough for the first
 * compiler, too seldom for the second one, which would compile an empty profile.
 */
final class WarmUp {
  private static final int FIRST_CALLS = 300;
  private static final int BURST = 16;
  private static final int MAX_CALLS = 900;

  /** Interpreted entries take more than this beyond compiled ones. */
  private static final long SLACK_NANOS = 150;

  private static final long MIN_INTERVAL_NANOS = 1_000_000;

  /** Uncompiled units are much slower than the interpreter: on a busy machine, patience pays. */
  private static final long DEADLINE_NANOS = 10_000_000_000L;

  /** Enough calls for the loop around them to be compiled, so that its own time does not count. */
  private static final int CALIBRATION = 200;

  private static final int CALIBRATION_CALLS = 300;

  private static final Unit NOTHING =
      new Unit() {
        @Override
        int run(@Nullable CpuState cpu, int entry, int depth) {
          return GO_ON;
        }
      };

  private final UnitFactory.Result made;
  private final Unit unit;
  private final List<Block> entries;
  private final long started;
  private long lastBurst;
  private int calls;

  WarmUp(UnitFactory.Result made, List<Block> entries) {
    this.made = made;
    unit = made.unit();
    this.entries = entries;
    started = System.nanoTime();
    lastBurst = started;
    enter(FIRST_CALLS);
  }

  /** Has HotSpot compile the loop that bursts are timed with. */
  static void calibrate() {
    for (int i = 0; i < CALIBRATION; i++) {
      call(NOTHING, CALIBRATION_CALLS);
    }
  }

  Unit unit() {
    return unit;
  }

  List<Block> entries() {
    return entries;
  }

  /** Puts the unit to use. */
  void publish() {
    made.compiled().set(true);
    unit.publish(entries);
  }

  /** Nanoseconds since the warm-up began. */
  long age() {
    return System.nanoTime() - started;
  }

  /**
   * Whether HotSpot has compiled the unit, as far as the time of a burst of entries tells, or has
   * had long enough.
   */
  boolean ready() {
    long now = System.nanoTime();
    // Ever rarer, so that the calls last until the deadline.
    if (now - lastBurst < Math.max(MIN_INTERVAL_NANOS, (lastBurst - started) / 2)) {
      return false;
    }
    lastBurst = now;
    if (now - started > DEADLINE_NANOS) {
      return true;
    }
    if (calls >= MAX_CALLS) {
      return false;
    }
    return compiled();
  }

  /** Compares a burst of entries with one into a method that is compiled for certain. */
  private boolean compiled() {
    enter(BURST / 2); // caches
    long start = System.nanoTime();
    enter(BURST);
    long middle = System.nanoTime();
    call(NOTHING, BURST);
    long end = System.nanoTime();
    return middle - start < 4 * (end - middle) + SLACK_NANOS;
  }

  private void enter(int times) {
    calls += times;
    call(unit, times);
  }

  private static void call(Unit unit, int times) {
    for (int i = 0; i < times; i++) {
      unit.run(null, 0, 0);
    }
  }
}
