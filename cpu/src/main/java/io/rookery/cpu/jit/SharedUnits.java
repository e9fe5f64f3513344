package io.rookery.cpu.jit;

import io.rookery.cpu.engine.Block;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.CodeIdentity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Emitted classes by the file pages that their code came from: a program that is forked or started
 * again gets instances of the classes that HotSpot has compiled already. Bounded; thread-safe.
 */
final class SharedUnits {
  private static final long PAGE = 4096;
  private static final int MAX_ENTRIES = 30_000;

  /** The guest address matters too: code contains absolute addresses. */
  private record Key(long rip, CodeIdentity page, boolean longMode) {
    // By hand: what records generate is slow until HotSpot has compiled it.
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Key key
          && key.rip == rip
          && key.longMode == longMode
          && key.page.equals(page);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(rip) * 31 + page.hashCode();
    }
  }

  /**
   * An emitted class.
   *
   * @param made an instance that belongs to no process
   * @param pages what all its guest pages held
   * @param floats whether it computes floats
   */
  record Shared(UnitFactory.Result made, Map<Long, CodeIdentity> pages, boolean floats) {
    /**
     * Whether it may be used in a window of so many pages, and is of that style where it matters.
     */
    boolean fits(long windowPages, Style style) {
      Region region = made.region();
      return region.pages() == windowPages
          && region.style().memory() == style.memory()
          && (!floats || region.style().floats() == style.floats());
    }
  }

  private final ConcurrentHashMap<Key, Shared> entries = new ConcurrentHashMap<>();

  /** Whether there is a class that can be entered at {@code rip}. */
  boolean has(long rip, CodeIdentity page, boolean longMode) {
    return entries.containsKey(new Key(rip, page, longMode));
  }

  /** The class of {@code style} that can be entered at {@code rip} in {@code space}. */
  @Nullable Shared find(long rip, AddressSpace space, boolean longMode, Style style) {
    CodeIdentity page = space.codeIdentity(rip & -PAGE);
    Shared shared = page == null ? null : entries.get(new Key(rip, page, longMode));
    return shared != null && shared.fits(space.pages, style) ? shared : null;
  }

  /** Offers a class whose unit was made from {@code blocks}. */
  void add(UnitFactory.Result made, List<Block> blocks, AddressSpace space) {
    Map<Long, CodeIdentity> pages = pages(blocks, space);
    if (pages == null || made.region().writable()) {
      return;
    }
    if (entries.size() > MAX_ENTRIES) {
      entries.clear();
    }
    Shared shared = new Shared(made.again(), pages, made.region().computesFloats());
    for (long entry : made.region().entries()) {
      CodeIdentity page = pages.get(entry & -PAGE);
      if (page != null) {
        entries.put(new Key(entry, page, made.region().longMode()), shared);
      }
    }
  }

  /**
   * A further instance of {@code shared} from {@code reader}'s code; null if that is not the same
   * code.
   */
  static UnitFactory.@Nullable Result instantiate(
      Shared shared, CodeReader reader, AddressSpace space) {
    List<Block> blocks = new ArrayList<>();
    for (GuestBlock part : shared.made().region().blocks()) {
      Block block = reader.translate(part.rip());
      if (block == null) {
        return null;
      }
      blocks.add(block);
    }
    if (!shared.pages().equals(pages(blocks, space))) {
      return null;
    }
    UnitFactory.Result made = shared.made().again();
    reader.link(made);
    return made;
  }

  /** What the pages of {@code blocks} hold; null if that is not known of all of them. */
  private static @Nullable Map<Long, CodeIdentity> pages(List<Block> blocks, AddressSpace space) {
    Map<Long, CodeIdentity> pages = new HashMap<>();
    for (Block block : blocks) {
      long last = block.rip + Math.max(block.bytes, 1) - 1 & -PAGE;
      for (long page = block.rip & -PAGE; page <= last; page += PAGE) {
        if (pages.containsKey(page)) {
          continue;
        }
        CodeIdentity identity = space.codeIdentity(page);
        if (identity == null) {
          return null;
        }
        pages.put(page, identity);
      }
    }
    return pages;
  }
}
