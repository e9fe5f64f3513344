package io.rookery.mmu;

import static io.rookery.mmu.AddressSpace.CODE;
import static io.rookery.mmu.AddressSpace.WRITE;
import static io.rookery.mmu.Host.PAGE_SHIFT;
import static io.rookery.mmu.Host.PAGE_SIZE;
import static io.rookery.mmu.Window.BORROWED;
import static io.rookery.mmu.Window.HOST;
import static io.rookery.mmu.Window.LENT;
import static io.rookery.mmu.Window.MODIFIED;
import static io.rookery.mmu.Window.PRESENT;
import static io.rookery.mmu.Window.STORABLE;

import java.util.HashMap;
import java.util.Map;

/**
 * The pages of an address space and how each changes state. Guarded by the lock of the address
 * space.
 *
 * <p>A page of a private mapping in the window is absent, present, present and lent to children, or
 * borrowed. All other pages with contents are {@link ExternalPage}s.
 */
final class Pages {
  /** A fault costs about as much as zeroing three pages. */
  private static final long ZEROED_AHEAD = 8;

  final Window window;
  final ExternalPages external = new ExternalPages();
  final ShareTable shares = new ShareTable();
  private final MemoryPool pool;

  /** {@link PageSource#generation} of unmodified file pages in the window, by page. */
  private final Map<Long, Long> generations = new HashMap<>();

  private long present;

  Pages(MemoryPool pool, Window window) {
    this.pool = pool;
    this.window = window;
  }

  long resident() {
    return present + external.size();
  }

  boolean isResident(long page) {
    return (window.contains(page) && (window.state(page) & (PRESENT | BORROWED)) != 0)
        || external.get(page) != null;
  }

  // ---- window pages; each answers false when the memory limit is in the way ----

  /**
   * Grants a zeroed page, and some more behind it where pages are touched in order.
   *
   * @param end page behind the mapping
   */
  boolean grantZeroed(long page, long end, int protection) {
    if (!pool.tryCharge(1)) {
      return false;
    }
    window.prepare(page, true);
    becomePresent(page, MODIFIED, protection);
    if (page > 0 && (window.state(page - 1) & PRESENT) != 0) {
      long stop = Math.min(page + ZEROED_AHEAD, Math.min(end, window.pages));
      for (long next = page + 1; next < stop; next++) {
        if ((window.state(next) & ~HOST) != 0 || !pool.tryCharge(1)) {
          break;
        }
        window.prepare(next, true);
        becomePresent(next, MODIFIED, protection);
      }
    }
    return true;
  }

  /** Grants a copy of a file page. */
  boolean grantCopy(long page, Frame frame, boolean modified, long generation, int protection) {
    if (!pool.tryCharge(1)) {
      return false;
    }
    Host.copy(frame.address(), window.prepare(page, false), PAGE_SIZE);
    if (!modified) {
      generations.put(page, generation);
    }
    becomePresent(page, modified ? MODIFIED : 0, protection);
    return true;
  }

  /** Copies a borrowed page into the window. */
  boolean grantBorrowed(long page, int protection) {
    if (!pool.tryCharge(1)) {
      return false;
    }
    shares.remove(page).copyAndLeave(window.prepare(page, false));
    becomePresent(page, MODIFIED, protection);
    return true;
  }

  /** A present page is going to be stored to. */
  boolean makeStorable(long page, int protection) {
    int state = window.state(page);
    if ((state & LENT) != 0) {
      if (shares.get(page).borrowed()) {
        Frame spare = pool.tryAllocateFrame();
        if (spare == null) {
          return false;
        }
        shares.get(page).moveTo(spare);
      }
      shares.remove(page);
    }
    generations.remove(page);
    state = (state & ~LENT) | MODIFIED;
    window.setState(page, state);
    Rights.refresh(window, page, state, protection);
    return true;
  }

  private void becomePresent(long page, int modified, int protection) {
    int state = HOST | PRESENT | modified;
    window.setState(page, state);
    present++;
    Rights.refresh(window, page, state, protection);
  }

  // ---- external pages ----

  /** Adds a zeroed private page outside the window. */
  boolean grantExternalZeroed(long page, int protection) {
    Frame frame = pool.tryAllocateFrame();
    if (frame == null) {
      return false;
    }
    external.put(
        ExternalPage.privateCopy(page, frame, protection, true, ExternalPage.NO_GENERATION));
    return true;
  }

  /** Adds a private copy of a file page outside the window. */
  boolean grantExternalCopy(
      long page, Frame source, boolean modified, long generation, int protection) {
    Frame frame = pool.tryAllocateFrame();
    if (frame == null) {
      return false;
    }
    Host.copy(source.address(), frame.address(), PAGE_SIZE);
    external.put(ExternalPage.privateCopy(page, frame, protection, modified, generation));
    return true;
  }

  /**
   * A private external page is going to be stored to: whoever shares its frame keeps the old one.
   */
  boolean makeExternalStorable(ExternalPage old, int protection, Retired retired) {
    Frame frame = old.frame();
    if (frame.references() > 1) {
      Frame copy = pool.tryAllocateFrame();
      if (copy == null) {
        return false;
      }
      Host.copy(frame.address(), copy.address(), PAGE_SIZE);
      retired.addExternal(old.withCode(false));
      frame = copy;
    }
    external.put(
        ExternalPage.privateCopy(old.page(), frame, protection, true, ExternalPage.NO_GENERATION)
            .withCode(old.code()));
    return true;
  }

  // ---- ranges ----

  /** Drops the pages of a range. */
  void drop(long start, long end, Retired retired) {
    long from = start >>> PAGE_SHIFT;
    long to = end >>> PAGE_SHIFT;
    retired.addRange(start, end);
    window.forEachUsed(from, to, (page, state) -> dropWindowPage(page, state, retired));
    for (ExternalPage page : external.in(from, to)) {
      external.remove(page.page());
      retired.addExternal(page);
    }
  }

  private void dropWindowPage(long page, int state, Retired retired) {
    int rights = window.rights(page);
    if ((rights & CODE) != 0) {
      retired.addCode();
    }
    window.setRights(page, 0);
    if ((state & BORROWED) != 0) {
      shares.remove(page).leave();
    } else {
      if ((state & LENT) != 0) {
        reclaimLent(page);
      }
      present--;
      generations.remove(page);
      retired.addWindowPage((rights & WRITE) != 0 || (state & STORABLE) != 0);
    }
    window.setState(page, state & HOST);
  }

  /** The contents of a lent page leave the window, beyond the memory limit if need be. */
  private void reclaimLent(long page) {
    PageShare share = shares.remove(page);
    if (share.borrowed()) {
      share.moveTo(pool.forceAllocateFrame());
    }
  }

  /** Drops the unmodified pages of a range, as after a change of the file. */
  void dropUnmodified(long start, long end, Retired retired) {
    long from = start >>> PAGE_SHIFT;
    long to = end >>> PAGE_SHIFT;
    window.forEachUsed(
        from,
        to,
        (page, state) -> {
          if ((state & (PRESENT | MODIFIED)) == PRESENT) {
            dropWindowPage(page, state, retired);
          }
        });
    for (ExternalPage page : external.in(from, to)) {
      if (!page.modified()) {
        external.remove(page.page());
        retired.addExternal(page);
      }
    }
  }

  /** Applies a new protection to a range; whether rights of present pages shrank. */
  boolean reprotect(long start, long end, int protection, Retired retired) {
    long from = start >>> PAGE_SHIFT;
    long to = end >>> PAGE_SHIFT;
    boolean[] shrank = new boolean[1];
    boolean keepsCode = (protection & Protection.EXEC) != 0;
    window.forEachUsed(
        from,
        to,
        (page, state) -> {
          if ((state & PRESENT) == 0) {
            return;
          }
          int before = window.rights(page) | ((state & STORABLE) != 0 ? WRITE : 0);
          if ((before & CODE) != 0 && !keepsCode) {
            window.setRights(page, before & ~CODE);
            retired.addCode();
          }
          Rights.refresh(window, page, state, protection);
          int after = window.rights(page) | ((window.state(page) & STORABLE) != 0 ? WRITE : 0);
          shrank[0] |= (before & ~after & (AddressSpace.READ | WRITE)) != 0;
        });
    for (ExternalPage page : external.in(from, to)) {
      ExternalPage changed = page.reprotected(protection);
      if (page.code() && !keepsCode) {
        changed = changed.withCode(false);
        retired.addCode();
      }
      external.put(changed);
      shrank[0] |= (page.rights() & ~changed.rights() & (AddressSpace.READ | WRITE)) != 0;
    }
    return shrank[0];
  }

  /**
   * Host address of a page's contents whatever its rights, or 0 when it must be faulted in first.
   */
  long locate(long page, boolean forWrite) {
    ExternalPage found = external.get(page);
    if (found != null) {
      boolean lent = found.pinnedBy() == null && found.frame().references() > 1;
      return forWrite && (lent || (found.pinnedBy() != null && !found.pinnedForWrite()))
          ? 0
          : found.frame().address();
    }
    int state = window.contains(page) ? window.state(page) : 0;
    boolean own = (state & (MODIFIED | LENT)) == MODIFIED;
    return (state & PRESENT) != 0 && (own || !forWrite) ? window.host(page) : 0;
  }

  // ---- code ----

  /** Whether the page could be marked: it must have contents. */
  boolean markCode(long page, int protection) {
    if (window.contains(page) && (window.state(page) & PRESENT) != 0) {
      window.setRights(page, window.rights(page) | CODE);
      Rights.refresh(window, page, window.state(page), protection);
      return true;
    }
    ExternalPage found = external.get(page);
    if (found != null) {
      external.put(found.withCode(true));
      return true;
    }
    return false;
  }

  void clearCode(long page, int protection) {
    if (window.contains(page) && (window.rights(page) & CODE) != 0) {
      window.setRights(page, window.rights(page) & ~CODE);
      Rights.refresh(window, page, window.state(page), protection);
      return;
    }
    ExternalPage found = external.get(page);
    if (found != null && found.code()) {
      external.put(found.withCode(false));
    }
  }

  /** The generation of an unmodified file page, or {@link ExternalPage#NO_GENERATION}. */
  long generation(long page) {
    if (window.contains(page) && (window.state(page) & PRESENT) != 0) {
      return generations.getOrDefault(page, ExternalPage.NO_GENERATION);
    }
    ExternalPage found = external.get(page);
    return found != null && found.pinnedBy() == null && !found.modified()
        ? found.generation()
        : ExternalPage.NO_GENERATION;
  }

  /** The bytes changed while they were copied: the page cannot be named. */
  void forgetGeneration(long page) {
    generations.remove(page);
    ExternalPage found = external.get(page);
    if (found != null && found.pinnedBy() == null) {
      external.put(
          new ExternalPage(
              page,
              found.frame(),
              found.rights(),
              found.code(),
              null,
              false,
              found.modified(),
              ExternalPage.NO_GENERATION));
    }
  }

  // ---- fork and exit ----

  /** Lets a child borrow the private pages of a range; stores of this side fault from now on. */
  void lend(Mapping mapping, Pages child) {
    long from = mapping.start() >>> PAGE_SHIFT;
    long to = mapping.end() >>> PAGE_SHIFT;
    window.forEachUsed(from, to, (page, state) -> lendWindowPage(page, state, mapping, child));
    for (ExternalPage page : external.in(from, to)) {
      if (!page.modified()) {
        continue; // read from the source, as in the window
      }
      ExternalPage frozen = page.withRights(page.rights() & ~WRITE);
      page.frame().retain();
      external.put(frozen);
      child.external.put(frozen.withCode(false));
    }
  }

  private void lendWindowPage(long page, int state, Mapping mapping, Pages child) {
    PageShare share;
    if ((state & (BORROWED | LENT)) != 0) {
      share = shares.get(page);
    } else if ((state & MODIFIED) == 0) {
      return; // the child reads it from the source, as we did
    } else {
      share = new PageShare(pool, window, page);
      shares.put(page, share);
      window.setState(page, state | LENT);
      Rights.refresh(window, page, state | LENT, mapping.protection());
    }
    share.borrow();
    child.borrow(page, share);
  }

  private void borrow(long page, PageShare share) {
    shares.put(page, share);
    window.use(page);
    window.setState(page, (window.state(page) & HOST) | BORROWED);
  }

  /**
   * Everything goes, without any thread left; what is lent stays in the window for the borrowers.
   */
  void leave() {
    window.forEachUsed(
        0,
        window.pages,
        (page, state) -> {
          if ((state & BORROWED) != 0) {
            shares.get(page).leave();
          } else if ((state & LENT) == 0 || !shares.get(page).donorLeaves()) {
            pool.uncharge(1);
          }
        });
    shares.clear();
    generations.clear();
    present = 0;
    window.clear();
    window.drop();
  }

  // ---- moving ----

  /** Moves the private page at one place to another, which is empty. */
  void move(long from, long to, int protection, Retired retired) {
    ExternalPage old = external.get(from);
    if (old != null) {
      moveFrame(old, to, protection, retired);
      return;
    }
    int state = window.contains(from) ? window.state(from) : 0;
    if ((state & BORROWED) != 0 && window.contains(to)) {
      window.setState(from, state & HOST);
      borrow(to, shares.remove(from));
      return;
    }
    if ((state & (PRESENT | BORROWED)) == 0) {
      return;
    }
    boolean modified = (state & (MODIFIED | BORROWED)) != 0;
    long generation = modified ? ExternalPage.NO_GENERATION : generation(from);
    if (window.contains(to)) {
      pool.forceCharge(1); // the old page's charge goes back in a moment
      Host.copy(window.host(from), window.prepare(to, false), PAGE_SIZE);
      if (!modified && generation != ExternalPage.NO_GENERATION) {
        generations.put(to, generation);
      }
      becomePresent(to, modified ? MODIFIED : 0, protection);
    } else {
      Frame frame = pool.forceAllocateFrame();
      if ((state & BORROWED) != 0) {
        shares.get(from).copy(frame.address());
      } else {
        Host.copy(window.host(from), frame.address(), PAGE_SIZE);
      }
      external.put(ExternalPage.privateCopy(to, frame, protection, modified, generation));
    }
    dropWindowPage(from, state, retired);
  }

  private void moveFrame(ExternalPage old, long to, int protection, Retired retired) {
    external.remove(old.page());
    if (old.code()) {
      retired.addCode();
    }
    if (!window.contains(to)) {
      external.put(
          new ExternalPage(
              to,
              old.frame(),
              Rights.of(protection) & ~WRITE, // back by a fault
              false,
              null,
              false,
              old.modified(),
              old.generation()));
      return;
    }
    pool.forceCharge(1);
    Host.copy(old.frame().address(), window.prepare(to, false), PAGE_SIZE);
    if (!old.modified() && old.generation() != ExternalPage.NO_GENERATION) {
      generations.put(to, old.generation());
    }
    becomePresent(to, old.modified() ? MODIFIED : 0, protection);
    retired.addExternal(old.withCode(false));
  }
}
