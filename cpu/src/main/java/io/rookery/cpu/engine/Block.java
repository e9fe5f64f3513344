package io.rookery.cpu.engine;

import io.rookery.cpu.jit.Floats;
import io.rookery.cpu.jit.Memory;
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
  private static final int RESUMED_HEAT = 1000;

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

  /**
   * False once the guest code changed or went away, and while it may not be executed: nobody may
   * enter the block.
   */
  public volatile boolean valid = true;

  /** The guest code, where it may come back unchanged after it could not be executed. */
  byte @Nullable [] guest;

  /** The mode {@link #guest} is for. */
  boolean longMode;

  /** Not valid, but may be again; guarded by this. */
  private boolean suspended;

  /** Compiled code that can be entered at this block. */
  public volatile @Nullable Unit unit;

  /** How a unit shall find out whether it may access memory. */
  public volatile Memory memory = Memory.GRANULES;

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

  /** Guest address of the page that the block ends on. */
  long lastPage() {
    return rip + Math.max(bytes, 1) - 1 & -4096;
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
    if (!valid && !suspended) {
      compiled.invalidate();
      return;
    }
    if (containing == null) {
      containing = new ArrayList<>(1);
    }
    containing.removeIf(Unit::isDead);
    containing.add(compiled);
    compiled.addPart(this);
    if (suspended) {
      compiled.suspend();
    }
  }

  /** The guest code must not be executed any more, but may be once again. */
  synchronized void suspend() {
    valid = false;
    suspended = true;
    if (containing != null) {
      containing.forEach(Unit::suspend);
    }
  }

  /** The guest code may be executed again, and is what it was; {@link #resumeUnits} follows. */
  synchronized void resume() {
    suspended = false;
    heat = Math.min(heat, RESUMED_HEAT); // a request for it may have been dropped
    valid = true;
  }

  /** Lets units be entered again all of whose blocks are valid again. */
  synchronized void resumeUnits() {
    if (containing != null) {
      containing.forEach(Unit::resume);
    }
  }

  /** The guest code changed or went away. */
  synchronized void invalidate() {
    valid = false;
    suspended = false;
    if (containing != null) {
      containing.forEach(Unit::invalidate);
      containing = null;
    }
  }
}
