package io.rookery.cpu.engine;

import io.rookery.cpu.CpuModel;
import io.rookery.cpu.ir.IrBuilder;
import io.rookery.cpu.jit.UnitCompiler;
import io.rookery.cpu.lift.BlockLifter;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.CodeIdentity;
import io.rookery.mmu.CodeListener;
import io.rookery.mmu.FlightEvents;
import io.rookery.mmu.MemoryFault;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** The blocks of one address space in one mode by guest address. Thread-safe. */
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
  private final boolean longMode;

  private final BlockTable otherMode;

  /** Of both modes. */
  private final ConcurrentHashMap<Long, CodePage> pages;

  /** A direct-mapped cache in front of {@link #pages}, for returns and indirect jumps. */
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
    longMode = true;
    pages = new ConcurrentHashMap<>();
    otherMode = new BlockTable(this);
  }

  /** For the same pages in the other mode. */
  private BlockTable(BlockTable otherMode) {
    shared = otherMode.shared;
    counters = otherMode.counters;
    heat = otherMode.heat;
    compiler = otherMode.compiler;
    model = otherMode.model;
    longMode = !otherMode.longMode;
    pages = otherMode.pages;
    this.otherMode = otherMode;
  }

  /** The blocks of the same pages in that mode. */
  BlockTable inMode(boolean wanted) {
    return wanted == longMode ? this : otherMode;
  }

  /** Whether translations come from {@code cache}. */
  @SuppressWarnings("ReferenceEquality") // caches have no other identity
  boolean uses(TranslationCache cache) {
    return shared == cache;
  }

  /** Whether these are blocks of 64-bit mode, else of 32-bit mode. */
  public boolean longMode() {
    return longMode;
  }

  /** A lifter for this table's mode and processor. */
  public BlockLifter lifter() {
    return new BlockLifter(longMode ? 64 : 32, model);
  }

  /**
   * Executions of the block at {@code rip} until it is offered to the compiler: few if it was
   * compiled for another process.
   */
  private int heat(long rip, @Nullable CodeIdentity page) {
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
    CodePage page = pages.get(rip & -PAGE);
    block = page == null ? null : page.at(rip, longMode);
    if (block == null || !block.valid) {
      return null;
    }
    quick.setRelease(slot(rip), block);
    return block;
  }

  /** Roughly how often {@code block} was interpreted. */
  public int executions(Block block) {
    int left = block.heat;
    if (left > Integer.MAX_VALUE / 2) {
      return heat + (Integer.MAX_VALUE - left); // it was offered to the compiler
    }
    return Math.max(heat - left, 0);
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
  public Block get(long rip, AddressSpace space, BlockLifter lifter) {
    Block block = find(rip);
    return block != null ? block : translate(rip, space, lifter);
  }

  private Block translate(long rip, AddressSpace space, BlockLifter lifter) {
    long firstPage = rip & -PAGE;
    CodePage page = page(firstPage);
    while (true) {
      // The order matters: once the page is marked, stores to it are reported, so that nothing read
      // from now on goes stale unseen.
      long version = page.version();
      if (!page.isMarked()) {
        space.fetch(rip, new byte[1], 1);
      }
      if (!page.mark(version, space)) {
        continue;
      }
      resume(page, version, space);
      Block resumed = find(rip);
      if (resumed != null) {
        return resumed;
      }
      OffsetTable<BlockCode> others = page.shared(shared, longMode);
      BlockCode translation = others == null ? null : others.get(rip);
      boolean fresh = translation == null;
      if (translation == null) {
        translation = lift(rip, space, lifter);
      }
      Block block = new Block(rip, translation, heat(rip, page.identity()));
      long lastPage = block.lastPage();
      if (lastPage != firstPage && !markSecond(block, lastPage, space, lifter)) {
        continue;
      }
      if (page.identity() == null) {
        block.guest = guest(block, space);
        block.longMode = longMode;
      }
      if (!page.add(block, version, longMode)) {
        continue;
      }
      if (fresh && others != null && lastPage == firstPage) {
        shared.put(others, rip, translation);
      }
      quick.setRelease(slot(rip), block);
      return block;
    }
  }

  /** The bytes of a block, or null if they cannot be fetched. */
  private static byte @Nullable [] guest(Block block, AddressSpace space) {
    byte[] bytes = new byte[Math.max(block.bytes, 1)];
    try {
      return space.fetch(block.rip, bytes, bytes.length) == bytes.length ? bytes : null;
    } catch (MemoryFault e) {
      return null;
    }
  }

  /** Blocks of a page that may be executed again are valid again where their code is the same. */
  private void resume(CodePage page, long version, AddressSpace space) {
    for (Block block : page.takeSuspended()) {
      if (!resume(block, page, version, space)) {
        block.invalidate();
        counters.invalidated(1);
      }
    }
  }

  private boolean resume(Block block, CodePage page, long version, AddressSpace space) {
    long lastPage = block.lastPage();
    CodePage last = lastPage == (block.rip & -PAGE) ? page : page(lastPage);
    long lastVersion = last == page ? version : last.version();
    if (last != page && !last.mark(lastVersion, space)) {
      return false;
    }
    if (!Arrays.equals(block.guest, guest(block, space))) {
      return false;
    }
    block.resume();
    boolean added =
        (last == page || last.add(block, lastVersion, block.longMode))
            && page.add(block, version, block.longMode);
    if (added) {
      block.resumeUnits();
    }
    return added;
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
    if (!page.mark(version, space)) {
      return false;
    }
    IrBuilder again = lifter.lift(space, block.rip);
    boolean same =
        lifter.end() - block.rip == block.bytes
            && Arrays.equals(Fuser.fuse(again, block.bytes).code, block.code);
    if (!same) {
      page.forgetMark(); // perhaps it is not executable
    }
    return same && page.add(block, version, longMode);
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
    counters.codeWritten();
    invalidated(address, length, page(address & -PAGE).written(space, address, length));
  }

  @Override
  public void codeProtected(AddressSpace space, long address, long length) {
    invalidated(address, length, in(address, length).stream().mapToInt(CodePage::suspend).sum());
  }

  @Override
  public void codeUnmapped(AddressSpace space, long address, long length) {
    invalidated(address, length, in(address, length).stream().mapToInt(CodePage::drop).sum());
  }

  private void invalidated(long address, long length, int blocks) {
    counters.invalidated(blocks);
    if (blocks > 0 && FlightEvents.areWanted()) {
      CodeInvalidationEvent.record(address, length, blocks);
    }
  }

  /** The pages of a range by ascending address. */
  private List<CodePage> in(long address, long length) {
    LongStream starts =
        length / PAGE <= pages.size()
            ? LongStream.range(0, length / PAGE).map(i -> address + i * PAGE)
            : pages.keySet().stream()
                .mapToLong(Long::longValue)
                .filter(start -> start >= address && start < address + length)
                .sorted();
    return starts.mapToObj(pages::get).filter(Objects::nonNull).toList();
  }
}
