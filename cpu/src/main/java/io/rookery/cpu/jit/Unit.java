package io.rookery.cpu.jit;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.engine.Block;
import io.rookery.cpu.engine.BlockTable;
import io.rookery.mmu.DirectAccess;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Compiled code of one region of guest code. The state is in the {@link CpuState} whenever {@link
 * #run} is entered and left, exceptionally or not; within, registers are locals.
 *
 * <p>A guest fault leaves with {@code cpu.rip} at the faulting instruction and the registers and
 * flags before it.
 */
public abstract class Unit {
  /** Executions until a block whose unit was withdrawn is compiled again. */
  private static final int REHEAT = 2000;

  /** Go on at {@code cpu.rip}. */
  public static final int GO_ON = 0;

  /** A poll saw {@code cpu.attention}; go on at {@code cpu.rip} once it has been dealt with. */
  public static final int ATTENTION = 1;

  /** The system-call port answered that the state was replaced. */
  public static final int UNWOUND = 2;

  /**
   * A page did not grant what an access needs, or a float is unusual: go on with the instruction at
   * {@code cpu.rip}, which the interpreter must execute; {@code cpu.refusedBy} is the unit.
   */
  public static final int REFUSED = 3;

  /** Stands in {@code cpu.refusedAddress} for what is no access. */
  public static final long UNUSUAL_FLOAT = -1;

  /** Accesses to pages that were refused before, until the unit is compiled to call for them. */
  private static final int MAX_RECURRING = 500;

  /**
   * False once guest code of the unit changed or went away: it is not entered any more, and left
   * soon.
   */
  public volatile boolean valid = true;

  /** Not valid, but may be again; guarded by this. */
  private boolean suspended;

  /**
   * The blocks it was made from, while they are known to be valid or suspended; guarded by this.
   */
  private final List<Block> parts = new ArrayList<>();

  private volatile Block[] entries = {};

  private final long[] refusedPages = new long[64];
  private int recurring;

  /** The blocks of the unit's address space. */
  @Nullable BlockTable table;

  /** Remembers the blocks that the unit's calls lead to, in the order of its code. */
  void link(Block[] callees) {}

  /** Makes this unit the code of {@code blocks}, where it can be entered. */
  final synchronized void publish(List<Block> blocks) {
    entries = blocks.toArray(Block[]::new);
    if (valid) {
      enter();
    }
  }

  private void enter() {
    for (Block block : entries) {
      Unit other = block.unit;
      if (other != null && other.valid) {
        continue; // whose seed the block may be
      }
      block.unit = this;
      block.heat = 0;
    }
  }

  /** Names a block that the unit was made from. */
  public final synchronized void addPart(Block block) {
    parts.add(block);
  }

  /** Whether the unit is not valid and will not be again. */
  public final synchronized boolean isDead() {
    return !valid && !suspended;
  }

  /** Withdraws the unit until its guest code may be executed again. */
  public final synchronized void suspend() {
    if (valid) {
      suspended = true;
      valid = false;
      leaveBlocks();
    }
  }

  /** The unit may be entered again if its blocks may all be. */
  public final synchronized void resume() {
    if (suspended && parts.stream().allMatch(block -> block.valid)) {
      suspended = false;
      valid = true;
      enter();
    }
  }

  /**
   * Notes that the unit was left for an access to {@code address}, or for {@link #UNUSUAL_FLOAT}.
   * Pages that are refused once get their rights then. If it is the same ones again and again (the
   * end of a mapping, shared memory), the page behind is made accessible if it can be, and at last
   * accesses shall be tested otherwise ({@link Memory}). Likewise with floats.
   */
  public final void refused(CpuState cpu, long address) {
    long page = address >>> 12;
    int slot = (int) page & (refusedPages.length - 1);
    if (refusedPages[slot] != page) {
      refusedPages[slot] = page;
      return;
    }
    if (address != UNUSUAL_FLOAT) {
      cpu.space.extendReach(address);
    }
    if (++recurring == MAX_RECURRING) {
      for (Block block : entries) {
        if (address == UNUSUAL_FLOAT) {
          block.floats = otherThan(block.floats, cpu.hasRounded());
        } else {
          block.memory = block.memory.otherThan(granted(cpu, address));
        }
      }
      invalidate();
    }
  }

  private static boolean granted(CpuState cpu, long address) {
    return DirectAccess.granted(address, DirectAccess.READ, cpu.perms, cpu.pages) != 0;
  }

  /** What may do better than {@code floats}. */
  private static Floats otherThan(Floats floats, boolean rounded) {
    Floats fitting = rounded ? Floats.ROUNDED : Floats.EXACT;
    return floats == fitting ? Floats.CALLS : fitting;
  }

  /** Withdraws the unit for good. */
  public final synchronized void invalidate() {
    valid = false;
    suspended = false;
    parts.clear();
    leaveBlocks();
  }

  @SuppressWarnings("ReferenceEquality") // a unit is who it is
  private void leaveBlocks() {
    for (Block block : entries) {
      if (block.unit == this) {
        block.unit = null;
        block.heat = REHEAT;
      }
    }
  }

  /**
   * Runs guest code.
   *
   * @param cpu the guest thread, whose {@code rip} is one of the unit's entries; null does nothing
   *     and answers {@link #GO_ON}
   * @param entry the low 32 bits of {@code cpu.rip}
   * @return {@link #GO_ON}, {@link #ATTENTION}, {@link #UNWOUND} or {@link #REFUSED}
   */
  public final int run(@Nullable CpuState cpu, int entry) {
    return run(cpu, entry, 0);
  }

  /** As {@link #run(CpuState, int)}, called by a unit {@code depth} units deep. */
  abstract int run(@Nullable CpuState cpu, int entry, int depth);
}
