package io.rookery.mmu;

import static io.rookery.mmu.AddressSpace.READ;
import static io.rookery.mmu.AddressSpace.WRITE;
import static io.rookery.mmu.Host.PAGE_SHIFT;
import static io.rookery.mmu.Window.BORROWED;
import static io.rookery.mmu.Window.PRESENT;

import java.io.IOException;

/** Makes a page accessible, or says why it cannot be. */
final class FaultHandler {
  /** How one attempt under the lock ended. */
  private sealed interface Outcome {}

  private enum Simple implements Outcome {
    DONE,
    NEEDS_MEMORY
  }

  private record NeedsSource(Mapping mapping, PageSource source) implements Outcome {}

  private final AddressSpace space;
  private final Pages pages;

  FaultHandler(AddressSpace space, Pages pages) {
    this.space = space;
    this.pages = pages;
  }

  /**
   * Makes the page of an address accessible for READ, WRITE or EXEC; another thread may take that
   * away again at any time.
   *
   * @throws MemoryFault when the access is not allowed or has no memory
   */
  void resolve(long address, int need) {
    resolve(address, need, false);
  }

  /**
   * The same for ptrace(2)'s accesses.
   *
   * @param forced read and write private pages whatever their rights
   */
  void resolve(long address, int need, boolean forced) {
    if (address < 0 || address >= space.addressLimit()) {
      throw fault(outside(address), address, need);
    }
    if (!FlightEvents.areWanted()) {
      makeAccessible(address, need, forced);
      return;
    }
    PageFaultEvent event = new PageFaultEvent();
    event.begin();
    makeAccessible(address, need, forced);
    event.end();
    if (event.shouldCommit()) {
      event.address = address;
      event.commit();
    }
  }

  private void makeAccessible(long address, int need, boolean forced) {
    Outcome outcome = attempt(address, need, forced);
    while (outcome != Simple.DONE) {
      if (outcome instanceof NeedsSource missing) {
        outcome = readIn(missing, address, need, forced);
      } else if (space.pool.reclaim()) {
        outcome = attempt(address, need, forced);
      } else {
        throw fault(MemoryFault.Kind.OUT_OF_MEMORY, address, need);
      }
    }
    if (space.pool.wantsTrim()) {
      space.pool.trim();
    }
  }

  /** Kernel addresses are canonical and simply not mapped; those between the halves are not. */
  private static MemoryFault.Kind outside(long address) {
    long top = address >> 47;
    return top == 0 || top == -1 ? MemoryFault.Kind.MAPERR : MemoryFault.Kind.GENERAL_PROTECTION;
  }

  /** The #GP of an access that leaves the canonical addresses comes before any page fault. */
  void requireCanonical(long address, int need) {
    if (address == AddressSpace.USER_LIMIT) {
      throw fault(MemoryFault.Kind.GENERAL_PROTECTION, address, need);
    }
  }

  private MemoryFault fault(MemoryFault.Kind kind, long address, int need) {
    space.pool.faults().refused();
    return switch (need) {
      case READ -> MemoryFault.onRead(kind, address);
      case WRITE -> MemoryFault.onWrite(kind, address);
      default -> MemoryFault.onFetch(kind, address);
    };
  }

  private Outcome attempt(long address, int need, boolean forced) {
    Retired retired = new Retired();
    space.lock.lock();
    try {
      Mapping mapping = allowed(address, need, forced);
      long page = address >>> PAGE_SHIFT;
      if (mapping.shared() || !pages.window.contains(page)) {
        return attemptExternal(mapping, page, need, retired);
      }
      return attemptWindow(mapping, page, need);
    } finally {
      space.quarantine.add(retired);
      space.lock.unlock();
      space.quarantine.runReady();
    }
  }

  private Mapping allowed(long address, int need, boolean forced) {
    Mapping mapping = space.mappingForAccess(address);
    if (mapping == null) {
      throw fault(MemoryFault.Kind.MAPERR, address, need);
    }
    boolean granted = (Rights.of(mapping.protection()) & need) != 0;
    boolean mayForce = forced && !(mapping.shared() && need == WRITE);
    if (!granted && !mayForce) {
      throw fault(MemoryFault.Kind.ACCERR, address, need);
    }
    return mapping;
  }

  private Outcome attemptWindow(Mapping mapping, long page, int need) {
    int state = pages.window.state(page);
    int protection = mapping.protection();
    FaultCounters counters = space.pool.faults();
    if ((state & BORROWED) != 0) {
      counters.copiedFromParent();
      return outcome(pages.grantBorrowed(page, protection));
    }
    if ((state & PRESENT) != 0) {
      if (need == WRITE) {
        counters.madeStorable();
      }
      return outcome(need != WRITE || pages.makeStorable(page, protection));
    }
    PageSource source = mapping.source();
    if (source != null) {
      return new NeedsSource(mapping, source);
    }
    counters.zeroed();
    return outcome(pages.grantZeroed(page, mapping.end() >>> PAGE_SHIFT, protection));
  }

  private Outcome attemptExternal(Mapping mapping, long page, int need, Retired retired) {
    ExternalPage found = pages.external.get(page);
    PageSource source = mapping.source();
    if (found == null) {
      return source == null
          ? outcome(pages.grantExternalZeroed(page, mapping.protection()))
          : new NeedsSource(mapping, source);
    }
    if (need != WRITE || (found.rights() & WRITE) != 0) {
      return Simple.DONE;
    }
    if (source != null && mapping.shared()) {
      if (!found.pinnedForWrite()) {
        return new NeedsSource(mapping, source);
      }
      pages.external.put(found.withRights(Rights.of(mapping.protection())));
      return Simple.DONE;
    }
    return outcome(pages.makeExternalStorable(found, mapping.protection(), retired));
  }

  private static Outcome outcome(boolean done) {
    return done ? Simple.DONE : Simple.NEEDS_MEMORY;
  }

  /** Asks the source for a page, without our lock, and installs it if it still belongs there. */
  private Outcome readIn(NeedsSource missing, long address, int need, boolean forced) {
    Mapping mapping = missing.mapping();
    PageSource source = missing.source();
    long index = mapping.sourcePage(address & -Host.PAGE_SIZE);
    boolean forWrite = mapping.shared() && need == WRITE;
    long generation = source.generation(index);
    Frame frame = pin(source, index, forWrite, address, need);
    boolean kept = false;
    try {
      Outcome outcome;
      Retired retired = new Retired();
      space.lock.lock();
      try {
        Mapping now = allowed(address, need, forced);
        if (!now.comesFrom(source)
            || now.shared() != mapping.shared()
            || now.sourcePage(address & -Host.PAGE_SIZE) != index) {
          outcome = null;
        } else if (now.shared()) {
          space.pool.faults().sharedFromFile();
          kept = install(now, address >>> PAGE_SHIFT, frame, source, forWrite, retired);
          outcome = Simple.DONE;
        } else {
          space.pool.faults().copiedFromFile();
          outcome = copyIn(now, address >>> PAGE_SHIFT, frame, need, generation);
        }
      } finally {
        space.quarantine.add(retired);
        space.lock.unlock();
        space.quarantine.runReady();
      }
      if (!mapping.shared() && source.generation(index) != generation) {
        forgetGeneration(address >>> PAGE_SHIFT);
      }
      return outcome != null ? outcome : attempt(address, need, forced);
    } finally {
      if (!kept) {
        source.unpin(frame);
      }
    }
  }

  private Frame pin(PageSource source, long index, boolean forWrite, long address, int need) {
    GuestThreads.Member self = space.threads.current();
    if (self != null) {
      self.enterQuiet();
    }
    try {
      Frame frame = source.frame(index, forWrite);
      if (frame == null) {
        throw fault(MemoryFault.Kind.BUS, address, need);
      }
      return frame;
    } catch (IOException e) {
      throw fault(MemoryFault.Kind.BUS, address, need);
    } catch (MemoryLimitException e) {
      throw fault(MemoryFault.Kind.OUT_OF_MEMORY, address, need);
    } finally {
      if (self != null) {
        self.leaveQuiet();
      }
    }
  }

  /** Keeps the pin of a shared page; false when another thread was faster. */
  private boolean install(
      Mapping mapping,
      long page,
      Frame frame,
      PageSource source,
      boolean forWrite,
      Retired retired) {
    ExternalPage old = pages.external.get(page);
    if (old != null && (old.pinnedForWrite() || !forWrite)) {
      return false;
    }
    ExternalPage added = ExternalPage.pinned(page, frame, source, forWrite, mapping.protection());
    if (old != null) {
      added = added.withCode(old.code());
      retired.addExternal(old.withCode(false));
    }
    pages.external.put(added);
    return true;
  }

  private Outcome copyIn(Mapping mapping, long page, Frame frame, int need, long generation) {
    boolean modified = need == WRITE;
    int protection = mapping.protection();
    if (!pages.window.contains(page)) {
      return outcome(
          pages.external.get(page) != null
              || pages.grantExternalCopy(page, frame, modified, generation, protection));
    }
    boolean present = (pages.window.state(page) & (PRESENT | BORROWED)) != 0;
    return outcome(present || pages.grantCopy(page, frame, modified, generation, protection));
  }

  private void forgetGeneration(long page) {
    space.lock.lock();
    try {
      pages.forgetGeneration(page);
    } finally {
      space.lock.unlock();
    }
  }
}
