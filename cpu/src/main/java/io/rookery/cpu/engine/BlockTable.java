package io.rookery.cpu.engine;

import io.rookery.cpu.CpuModel;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.jit.UnitCompiler;
import io.rookery.cpu.lift.BlockLifter;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.CodeIdentity;
import io.rookery.mmu.CodeListener;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The blocks of one address space by guest address. Thread-safe. */
public final class BlockTable implements CodeListener {
  private static final int PAGE = 4096;
  private static final int QUICK = 1 << 13;
  private static final int KNOWN_HEAT = 10;
  private static final int COLD_FRACTION = 64;

  private final TranslationCache shared;
  private final Counters counters;
  private final int heat;
  private final @Nullable UnitCompiler compiler;
  private final CpuModel model;
  private final ConcurrentHashMap<Long, Block> blocks = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Long, CodePage> pages = new ConcurrentHashMap<>();

  /** A direct-mapped cache in front of {@link #blocks}, for returns and indirect jumps. */
  private final AtomicReferenceArray<@Nullable Block> quick = new AtomicReferenceArray<>(QUICK);

  /** {@code heat}: executions of a new block until it is offered to {@code compiler}. */
  BlockTable(
      TranslationCache shared,
      Counters counters,
      int heat,
      @Nullable UnitCompiler compiler,
      CpuModel model) {
    this.shared = shared;
    this.counters = counters;
    this.heat = heat;
    this.compiler = compiler;
    this.model = model;
  }

  /** A lifter for this table's processor. */
  public BlockLifter lifter(boolean longMode) {
    return new BlockLifter(longMode ? 64 : 32, model);
  }

  /**
   * Executions of the block at {@code rip} until it is offered to the compiler: few if it was
   * compiled for another process.
   */
  private int heat(long rip, @Nullable CodeIdentity page, boolean longMode) {
    boolean known = compiler != null && page != null && compiler.knows(rip, page, longMode);
    return known ? Math.min(heat, KNOWN_HEAT) : heat;
  }

  private static int slot(long rip) {
    return (int) (rip ^ rip >>> 13) & (QUICK - 1);
  }

  /** The valid block at {@code rip}, or null when it has not been translated. */
  public @Nullable Block find(long rip) {
    Block block = quick.getPlain(slot(rip));
    if (block != null && block.rip == rip && block.valid) {
      return block;
    }
    block = blocks.get(rip);
    if (block == null || !block.valid) {
      return null;
    }
    quick.setRelease(slot(rip), block);
    return block;
  }

  /** Whether {@code block} ran much too seldom to be compiled along with one that is hot. */
  public boolean isCold(Block block) {
    return block.heat <= heat && block.heat > heat - heat / COLD_FRACTION;
  }

  /**
   * The valid block at {@code rip}; where there is none yet, one that is not valid and names it.
   */
  public Block findOrName(long rip) {
    Block block = find(rip);
    return block != null ? block : Block.absent(rip);
  }

  /**
   * The block at {@code rip}, translated if need be.
   *
   * @throws io.rookery.mmu.MemoryFault if it cannot be fetched
   */
  public Block get(long rip, AddressSpace space, boolean longMode, BlockLifter lifter) {
    Block block = find(rip);
    return block != null ? block : translate(rip, space, longMode, lifter);
  }

  private Block translate(long rip, AddressSpace space, boolean longMode, BlockLifter lifter) {
    while (true) {
      long firstPage = rip & -PAGE;
      CodePage page = page(firstPage);
      long version = page.version();
      // The order matters: once the page is marked, stores to it are reported, so that nothing read
      // from now on goes stale unseen.
      space.fetch(rip, new byte[1], 1);
      space.markCode(firstPage);
      CodeIdentity identity = space.codeIdentity(firstPage);
      BlockCode translation = identity == null ? null : shared.get(rip, identity, longMode);
      boolean fresh = translation == null;
      if (translation == null) {
        translation = lift(rip, space, lifter);
      }
      Block block = new Block(rip, translation, heat(rip, identity, longMode));
      long lastPage = rip + Math.max(block.bytes, 1) - 1 & -PAGE;
      if (lastPage != firstPage && !markSecond(block, lastPage, space, lifter)) {
        continue;
      }
      if (!page.add(block, version)) {
        continue;
      }
      if (fresh && identity != null && lastPage == firstPage) {
        shared.put(rip, identity, longMode, translation);
      }
      blocks.put(rip, block);
      quick.setRelease(slot(rip), block);
      return block;
    }
  }

  private BlockCode lift(long rip, AddressSpace space, BlockLifter lifter) {
    IrBuilder ir = lifter.lift(space, rip);
    counters.translated(ir.instructions());
    return Fuser.fuse(ir, (int) (lifter.end() - rip));
  }

  /** A block that ends on the next page: that page is marked before its bytes are read for good. */
  private boolean markSecond(Block block, long pageStart, AddressSpace space, BlockLifter lifter) {
    CodePage page = page(pageStart);
    long version = page.version();
    space.markCode(pageStart);
    IrBuilder again = lifter.lift(space, block.rip);
    boolean same =
        lifter.end() - block.rip == block.bytes
            && java.util.Arrays.equals(Fuser.fuse(again, block.bytes).code, block.code);
    return same && page.add(block, version);
  }

  private CodePage page(long start) {
    return pages.computeIfAbsent(start, CodePage::new);
  }

  /** How often code on the page of {@code rip} was overwritten. */
  public int invalidations(long rip) {
    CodePage page = pages.get(rip & -PAGE);
    return page == null ? 0 : page.invalidations();
  }

  @Override
  public void codeWritten(AddressSpace space, long address, int length) {
    long start = address & -PAGE;
    CodePage page = pages.get(start);
    counters.codeWritten();
    if (page == null || page.written(address, length)) {
      space.clearCode(start);
    }
  }

  @Override
  public void codeUnmapped(AddressSpace space, long address, long length) {
    for (var entry : pages.entrySet()) {
      long start = entry.getKey();
      if (start >= address && start < address + length) {
        entry.getValue().drop();
      }
    }
    blocks.values().removeIf(block -> !block.valid);
  }
}
