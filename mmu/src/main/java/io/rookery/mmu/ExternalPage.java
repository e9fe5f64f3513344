package io.rookery.mmu;

import org.jspecify.annotations.Nullable;

/**
 * A page whose contents are in a frame instead of the window: a page of a shared mapping, or a
 * private one outside the window. Immutable, so that slow paths may read it without a lock.
 *
 * @param page guest page number
 * @param frame holds a reference or a pin
 * @param rights READ, WRITE and EXEC as they may be used at once
 * @param code holds translated code: stores are reported
 * @param pinnedBy the source that must unpin the frame; null for a private frame
 * @param pinnedForWrite pinned with the right to store
 * @param modified a private page that differs from its source
 * @param generation of the source's page when it was copied, or {@link #NO_GENERATION}
 */
record ExternalPage(
    long page,
    Frame frame,
    int rights,
    boolean code,
    @Nullable PageSource pinnedBy,
    boolean pinnedForWrite,
    boolean modified,
    long generation) {

  static final long NO_GENERATION = -1;

  static ExternalPage pinned(
      long page, Frame frame, PageSource source, boolean forWrite, int protection) {
    int rights = Rights.of(protection) & (forWrite ? -1 : ~AddressSpace.WRITE);
    return new ExternalPage(page, frame, rights, false, source, forWrite, false, NO_GENERATION);
  }

  static ExternalPage privateCopy(
      long page, Frame frame, int protection, boolean modified, long generation) {
    int rights = Rights.of(protection) & (modified ? -1 : ~AddressSpace.WRITE);
    return new ExternalPage(page, frame, rights, false, null, false, modified, generation);
  }

  ExternalPage withRights(int newRights) {
    return new ExternalPage(
        page, frame, newRights, code, pinnedBy, pinnedForWrite, modified, generation);
  }

  ExternalPage withCode(boolean newCode) {
    return new ExternalPage(
        page, frame, rights, newCode, pinnedBy, pinnedForWrite, modified, generation);
  }

  /** The same page under another protection; the right to store comes back by a fault. */
  ExternalPage reprotected(int protection) {
    return withRights(Rights.of(protection) & (rights | ~AddressSpace.WRITE));
  }
}
