package io.rookery.mmu;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The pages of a mappable object, as the kernel's page cache keeps them. The one truth for read(2),
 * write(2) and mmap(2).
 *
 * <p>Called by several threads at once, never (but for {@link #mapped}) while an address space
 * holds its lock, so an implementation may block, and may call {@link AddressSpace#invalidate}
 * while it holds its own locks; {@link #unpin} is called from within that.
 */
public interface PageSource {
  /**
   * Finds or reads a page and pins it, so that it stays in memory at its address until {@link
   * #unpin}.
   *
   * @param pageIndex index of the 4 KiB page in the object
   * @param forWrite the page will be stored to at any time until it is unpinned: it counts as dirty
   *     until then, and a page pinned for writing must be written back at every sync
   * @return the page, or null when it lies wholly beyond the end of the object
   * @throws IOException when it cannot be read
   */
  @Nullable Frame frame(long pageIndex, boolean forWrite) throws IOException;

  /**
   * Ends one pin.
   *
   * @param frame what {@link #frame} answered
   */
  void unpin(Frame frame);

  /**
   * A page that was pinned for writing may have been stored to; called before its unpin and by
   * {@link AddressSpace#sync}.
   *
   * @param frame what {@link #frame} answered
   */
  void dirtied(Frame frame);

  /** A name for messages. */
  String name();

  /** Current size in bytes. */
  long sizeBytes();

  /**
   * A number that changes whenever the contents of a page change by other means than a shared
   * mapping. Two equal generations of one page mean equal bytes; translations are shared by it.
   *
   * @param pageIndex index of the page
   */
  long generation(long pageIndex);

  /**
   * Address spaces map that many pages more: the object must stay alive. Called with the lock of
   * the address space held: must not block.
   *
   * @param pages number of pages, positive
   */
  default void mapped(long pages) {}

  /**
   * Undoes {@link #mapped} for that many pages, after the last access through them.
   *
   * @param pages number of pages, positive
   */
  default void unmapped(long pages) {}
}
