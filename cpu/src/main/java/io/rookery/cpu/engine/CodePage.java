package io.rookery.cpu.engine;

import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.CodeIdentity;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that were translated from one guest page. A block that straddles two pages is in both.
 * Guarded by itself.
 */
final class CodePage {
  private static final int LINE_SHIFT = 6;

  private final long start;
  private final List<Block> blocks = new ArrayList<>();

  /** Blocks that may be valid again when the page may be executed again, unchanged. */
  private final List<Block> suspended = new ArrayList<>();

  private final OffsetTable<Block> longBlocks = new OffsetTable<>();
  private final OffsetTable<Block> compatibilityBlocks = new OffsetTable<>();

  /** Bit i: a block covers bytes of the page's i-th line of 64. */
  private long lines;

  /** Incremented by each change of the page's bytes. */
  private long version;

  private int invalidations;

  /** Whether stores to the page are reported, since its last change. */
  private boolean marked;

  /** What the page holds, if that has a name, and the translations of that. */
  private @Nullable CodeIdentity identity;

  private @Nullable OffsetTable<BlockCode> shared;
  private boolean sharedLongMode;

  CodePage(long start) {
    this.start = start;
  }

  synchronized long version() {
    return version;
  }

  /** The block of one mode at {@code rip}, if it is on this page, perhaps no longer valid. */
  @Nullable Block at(long rip, boolean longMode) {
    return byAddress(longMode).get(rip);
  }

  private OffsetTable<Block> byAddress(boolean longMode) {
    return longMode ? longBlocks : compatibilityBlocks;
  }

  synchronized boolean isMarked() {
    return marked;
  }

  /**
   * Sees to it that stores to the page are reported from now on.
   *
   * @return false if the page changed since {@code expectedVersion} was read, or is not there
   */
  synchronized boolean mark(long expectedVersion, AddressSpace space) {
    if (version != expectedVersion) {
      return false;
    }
    if (!marked) {
      if (!space.markCode(start)) {
        return false;
      }
      marked = true;
      identity = space.codeIdentity(start);
      shared = null;
    }
    return true;
  }

  /** The next translation must mark the page again. */
  synchronized void forgetMark() {
    marked = false;
  }

  /** What the marked page holds, or null if that has no name. */
  synchronized @Nullable CodeIdentity identity() {
    return marked ? identity : null;
  }

  /** Where translations of what the marked page holds are shared, or null if they are not. */
  synchronized @Nullable OffsetTable<BlockCode> shared(TranslationCache cache, boolean longMode) {
    if (!marked || identity == null) {
      return null;
    }
    if (shared == null || sharedLongMode != longMode) {
      shared = cache.page(start, identity, longMode);
      sharedLongMode = longMode;
    }
    return shared;
  }

  /** How often blocks of this page were invalidated. */
  synchronized int invalidations() {
    return invalidations;
  }

  /** Adds a block, unless the page changed since {@code expectedVersion} was read. */
  synchronized boolean add(Block block, long expectedVersion, boolean longMode) {
    if (version != expectedVersion) {
      return false;
    }
    blocks.add(block);
    if ((block.rip & -4096) == start) {
      byAddress(longMode).put(block.rip, block);
    }
    lines |= lines(block.rip - start, block.rip + block.bytes - start);
    return true;
  }

  private static long lines(long from, long to) {
    int first = (int) (Math.max(from, 0) >> LINE_SHIFT);
    int last = (int) ((Math.min(to, 4096) - 1) >> LINE_SHIFT);
    return (-1L << first) & (-1L >>> (63 - last));
  }

  /**
   * Invalidates the blocks that a store touched; if none is left stores are reported no more.
   *
   * @return how many were invalidated
   */
  synchronized int written(AddressSpace space, long address, int length) {
    int before = blocks.size();
    version++;
    identity = null;
    shared = null;
    if ((lines & lines(address - start, address + length - start)) != 0) {
      invalidate(address, length);
    }
    if (blocks.isEmpty()) {
      marked = false;
      space.clearCode(start);
    }
    return before - blocks.size();
  }

  private void invalidate(long address, int length) {
    invalidations++;
    blocks.removeIf(
        block -> {
          boolean hit = block.rip < address + length && address < block.rip + block.bytes;
          if (hit) {
            block.invalidate();
          }
          if (!block.valid) {
            forget(block, longBlocks);
            forget(block, compatibilityBlocks);
          }
          return !block.valid;
        });
    lines = 0;
    for (Block block : blocks) {
      lines |= lines(block.rip - start, block.rip + block.bytes - start);
    }
  }

  private static void forget(Block block, OffsetTable<Block> table) {
    if (table.get(block.rip) == block) {
      table.put(block.rip, null);
    }
  }

  /**
   * The page may not be executed any more. Blocks that know their guest code are kept for when it
   * may be again.
   *
   * @return how many blocks were invalidated for good
   */
  synchronized int suspend() {
    List<Block> kept = new ArrayList<>(suspended);
    for (Block block : blocks) {
      if (block.valid && block.guest != null && (block.rip & -4096) == start) {
        block.suspend();
        kept.add(block);
      }
    }
    // Those that begin on the page before have been suspended with that one, or are of no use.
    blocks.removeIf(block -> !block.valid);
    suspended.clear();
    int count = drop();
    suspended.addAll(kept);
    return count;
  }

  /** The suspended blocks, which are not remembered any more. */
  synchronized List<Block> takeSuspended() {
    List<Block> taken = List.copyOf(suspended);
    suspended.clear();
    return taken;
  }

  /** Invalidates all blocks; returns how many there were. */
  synchronized int drop() {
    int count = blocks.size() + suspended.size();
    version++;
    marked = false;
    suspended.forEach(Block::invalidate);
    suspended.clear();
    for (Block block : blocks) {
      block.invalidate();
    }
    blocks.clear();
    longBlocks.clear();
    compatibilityBlocks.clear();
    lines = 0;
    return count;
  }
}
