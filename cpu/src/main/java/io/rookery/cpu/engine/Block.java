package io.rookery.cpu.engine;

import io.rookery.cpu.jit.Floats;
import io.rookery.cpu.jit.Unit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One basic block in one address space: its code, its links to successors, and how often it ran.
 * Fields that are not final are written by several threads without locks; any mix of old and new
 * values is harmless.
 */
public final class Block {
  private static final int MAX_TARGETS = 48;

  /** Guest address. */
  public final long rip;

  final long[] code;
  final short[] origin;

  /** Length of the guest code in bytes. */
  public final int bytes;

  /** Number of guest instructions. */
  public final int instructions;

  /** Successor at the first and at the second target of the block's last micro-op, once known. */
  @Nullable Block next0;

  @Nullable Block next1;

  /**
   * Executions left until the block is looked at: offered to the compiler, or entered through its
   * unit.
   */
  public int heat;

  /** False once the guest code changed or went away: nobody may enter the block again. */
  public volatile boolean valid = true;

  /** Compiled code that can be entered at this block. */
  public volatile @Nullable Unit unit;

  /** The entry index for {@link #unit}. */
  public int unitEntry;

  /** Whether a unit shall reach memory by calls, as its accesses are often refused. */
  public volatile boolean memoryCalls;

  /** How a unit shall do floating-point arithmetic. */
  public volatile Floats floats = Floats.ROUNDED;

  /** Where an indirect jump at the end of this block has led to, while it was interpreted. */
  private long[] targets = {};

  private boolean waited;

  /** Compiled code that contains this block. */
  private @Nullable List<Unit> containing;

  Block(long rip, BlockCode translation, int heat) {
    this.rip = rip;
    this.code = translation.code;
    this.origin = translation.origin;
    this.bytes = translation.bytes;
    this.instructions = translation.instructions;
    this.heat = heat;
  }

  /** A block that was not translated, and is not valid. */
  static Block absent(long rip) {
    Block block = new Block(rip, new BlockCode(new long[0], new short[0], 0, 0), 0);
    block.valid = false;
    return block;
  }

  /** Notes that the block's indirect jump led to {@code target}; of many, the first ones. */
  void jumpsTo(long target) {
    long[] known = targets;
    for (long each : known) {
      if (each == target) {
        return;
      }
    }
    if (known.length < MAX_TARGETS) {
      long[] more = Arrays.copyOf(known, known.length + 1);
      more[known.length] = target;
      targets = more;
    }
  }

  /** Some of the guest addresses that the block's indirect jump leads to. */
  public long[] targets() {
    return targets.clone();
  }

  /**
   * Whether a unit of its own shall wait because another unit contains the block, and may lead to
   * it once it is used. True only once.
   */
  public synchronized boolean waitsForContaining() {
    if (waited || containing == null || containing.stream().noneMatch(unit -> unit.valid)) {
      return false;
    }
    waited = true;
    return true;
  }

  /** Invalidates {@code compiled} together with this block. */
  public synchronized void addContaining(Unit compiled) {
    if (!valid) {
      compiled.invalidate();
      return;
    }
    if (containing == null) {
      containing = new ArrayList<>(1);
    }
    containing.removeIf(other -> !other.valid);
    containing.add(compiled);
  }

  /** The guest code changed or went away. */
  synchronized void invalidate() {
    valid = false;
    if (containing != null) {
      containing.forEach(Unit::invalidate);
      containing = null;
    }
  }
}
