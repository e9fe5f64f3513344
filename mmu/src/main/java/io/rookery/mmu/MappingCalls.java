package io.rookery.mmu;

import static io.rookery.mmu.Host.PAGE_SHIFT;
import static io.rookery.mmu.Host.PAGE_SIZE;

import org.jspecify.annotations.Nullable;

/** Changes of mappings. Every method is called with the lock of the address space held. */
final class MappingCalls {
  /** Linux keeps the first 64 KiB free. */
  private static final long LOWEST = 0x1_0000;

  /** Ranges above this part of the window are put outside it. */
  private static final int HUGE_DIVISOR = 8;

  private final AddressSpace space;
  private final Mappings mappings;
  private final Pages pages;
  private final Quarantine quarantine;
  private final GuestThreads threads;
  private long mappingBase;

  MappingCalls(AddressSpace space, Mappings mappings, Pages pages, long mappingBase) {
    this.space = space;
    this.mappings = mappings;
    this.pages = pages;
    this.quarantine = space.quarantine;
    this.threads = space.threads;
    this.mappingBase = mappingBase;
  }

  void setMappingBase(long address) {
    mappingBase = address;
  }

  long mappingBase() {
    return mappingBase;
  }

  // ---- free ranges ----

  long findFree(long hint, long length) {
    quarantine.collect();
    long wanted = hint & -PAGE_SIZE;
    long limit = space.addressLimit();
    long windowEnd = Math.min(pages.window.bytes(), limit);
    boolean huge = length > windowEnd / HUGE_DIVISOR;
    // Hints are random addresses in V8, and mere wishes: every access outside the window is slow.
    long hintLimit = huge ? limit : windowEnd;
    if (wanted >= LOWEST && length <= hintLimit - wanted && isFree(wanted, wanted + length)) {
      return wanted;
    }
    long found = -1;
    if (!huge) {
      found = highestGap(LOWEST, Math.min(mappingBase, windowEnd), length);
    }
    if (found < 0) {
      found = highestGap(windowEnd, limit, length);
    }
    if (found < 0) {
      found = highestGap(LOWEST, windowEnd, length);
    }
    if (found < 0) {
      throw new MappingException(
          MappingException.Reason.NO_SPACE, "no free range of " + length + " bytes");
    }
    return found;
  }

  private boolean isFree(long start, long end) {
    return mappings.isFree(start, end) && quarantine.firstHeld(start, end) == end;
  }

  private long highestGap(long low, long high, long length) {
    long ceiling = high;
    while (true) {
      if (ceiling - low < length) {
        return -1;
      }
      long found = mappings.highestGap(low, ceiling, length);
      if (found < 0) {
        return -1;
      }
      long held = quarantine.firstHeld(found, found + length);
      if (held == found + length) {
        return found;
      }
      ceiling = held;
    }
  }

  // ---- map, unmap ----

  void map(Mapping added, Retired retired) {
    checkCount();
    quarantine.awaitRange(added.start(), added.end());
    remove(added.start(), added.end(), retired);
    awaitLateStores(retired);
    mappings.add(added);
  }

  /** A change in the middle of a mapping makes two more; refused before anything is changed. */
  private void checkCount() {
    if (mappings.count() + 2 > Mappings.MAX_COUNT) {
      throw new MappingException(
          MappingException.Reason.TOO_MANY_MAPPINGS, Mappings.MAX_COUNT + " mappings");
    }
  }

  /** The place is used again at once, so nobody may be about to store to what was there. */
  private void awaitLateStores(Retired retired) {
    if (retired.lateStores()) {
      threads.await(quarantine.advance());
    }
  }

  /** Unmaps a range. */
  void remove(long start, long end, Retired retired) {
    for (Mapping gone : mappings.remove(start, end)) {
      pages.drop(gone.start(), gone.end(), retired);
      PageSource source = gone.source();
      if (source != null) {
        retired.addUnmapped(source, gone.length() >>> PAGE_SHIFT);
      }
    }
  }

  // ---- protect, discard ----

  /** Whether rights of present pages shrank. */
  boolean protect(long start, long end, int protection, Retired retired) {
    boolean shrank = false;
    long next = start;
    for (Mapping slice : mappings.slices(start, end)) {
      if (slice.start() != next) {
        break;
      }
      next = slice.end();
      retired.addRange(slice.start(), slice.end());
      if (slice.protection() == protection) {
        continue;
      }
      checkCount();
      mappings.remove(slice.start(), slice.end());
      mappings.add(slice.withProtection(protection));
      shrank |= pages.reprotect(slice.start(), slice.end(), protection, retired);
    }
    return shrank;
  }

  /** Sets or clears a flag of the mappings in a range. */
  void setFlag(long start, long end, int flag, boolean on) {
    for (Mapping slice : mappings.slices(start, end)) {
      int flags = on ? slice.flags() | flag : slice.flags() & ~flag;
      if (flags != slice.flags()) {
        checkCount();
        mappings.remove(slice.start(), slice.end());
        mappings.add(slice.withFlags(flags));
      }
    }
  }

  void discard(long start, long end, Retired retired) {
    for (Mapping slice : mappings.slices(start, end)) {
      pages.drop(slice.start(), slice.end(), retired);
      if (slice.source() != null && !slice.shared()) {
        awaitLateStores(retired); // an unmodified copy must not be stored to unnoticed
      }
    }
  }

  void invalidate(PageSource source, long firstPage, long pageCount, Retired retired) {
    long behind = firstPage + pageCount < 0 ? Long.MAX_VALUE : firstPage + pageCount;
    long filePages =
        (source.sizeBytes() >>> PAGE_SHIFT) + ((source.sizeBytes() & 4095) == 0 ? 0 : 1);
    for (Mapping mapping : mappings.list()) {
      if (!mapping.comesFrom(source)) {
        continue;
      }
      long mapped = mapping.offset() >>> PAGE_SHIFT;
      long pagesMapped = mapping.length() >>> PAGE_SHIFT;
      long from = Math.max(firstPage, mapped);
      long to = Math.min(behind, mapped + pagesMapped);
      if (from >= to) {
        continue;
      }
      long start = mapping.start() + ((from - mapped) << PAGE_SHIFT);
      long end = mapping.start() + ((to - mapped) << PAGE_SHIFT);
      if (mapping.shared()) {
        pages.drop(start, end, retired);
        continue;
      }
      pages.dropUnmodified(start, end, retired);
      long beyond = mapping.start() + ((Math.max(from, filePages) - mapped) << PAGE_SHIFT);
      if (beyond < end) {
        pages.drop(beyond, end, retired);
        awaitLateStores(retired);
      }
    }
  }

  // ---- stack ----

  /** Grows the stack mapping above an address down to it; the mapping, or null. */
  @Nullable Mapping grow(long address, long stackLimit) {
    Mapping stack = mappings.atOrAbove(address);
    if (stack == null || (stack.flags() & MapFlags.GROWSDOWN) == 0) {
      return null;
    }
    long start = address & -PAGE_SIZE;
    Mapping below = mappings.below(stack.start());
    long floor = below == null ? LOWEST : below.end() + AddressSpace.STACK_GUARD;
    if (start < floor
        || stack.end() - start > stackLimit
        || quarantine.firstHeld(start, stack.start()) != stack.start()) {
      return null;
    }
    mappings.add(
        new Mapping(start, stack.start(), stack.protection(), stack.flags(), null, 0, stack.tag()));
    return mappings.at(address);
  }

  // ---- mremap ----

  long remap(
      long address,
      long oldLength,
      long newLength,
      int remapFlags,
      long newAddress,
      Retired retired) {
    Mapping whole = mappings.at(address);
    if (whole == null || whole.end() < address + oldLength) {
      throw new MappingException(
          MappingException.Reason.NOT_MAPPED, "not one mapping: 0x" + Long.toHexString(address));
    }
    boolean fixed = (remapFlags & MapFlags.REMAP_FIXED) != 0;
    boolean keepOld = (remapFlags & MapFlags.REMAP_DONTUNMAP) != 0;
    if (!fixed && !keepOld) {
      if (newLength <= oldLength) {
        if (newLength < oldLength) {
          remove(address + newLength, address + oldLength, retired);
        }
        return address;
      }
      if (growInPlace(whole, address, oldLength, newLength)) {
        return address;
      }
    }
    if ((remapFlags & MapFlags.REMAP_MAYMOVE) == 0) {
      throw new MappingException(MappingException.Reason.NO_SPACE, "cannot grow in place");
    }
    long target = newAddress;
    if (fixed) {
      quarantine.awaitRange(target, target + newLength);
      remove(target, target + newLength, retired);
      awaitLateStores(retired);
    } else {
      target = findFree(newAddress, newLength);
    }
    move(whole.slice(address, address + oldLength), target, newLength, keepOld, retired);
    return target;
  }

  private boolean growInPlace(Mapping whole, long address, long oldLength, long newLength) {
    long end = address + oldLength;
    long newEnd = address + newLength;
    if (whole.end() != end || newEnd > space.addressLimit() || !isFree(end, newEnd)) {
      return false;
    }
    PageSource source = whole.source();
    if (source != null) {
      source.mapped((newEnd - end) >>> PAGE_SHIFT);
    }
    mappings.add(
        new Mapping(
            end,
            newEnd,
            whole.protection(),
            whole.flags(),
            source,
            whole.offset() + whole.length(),
            whole.tag()));
    return true;
  }

  private void move(Mapping old, long target, long length, boolean keepOld, Retired retired) {
    checkCount();
    PageSource source = old.source();
    if (source != null) {
      source.mapped(length >>> PAGE_SHIFT);
    }
    long moved = Math.min(old.length(), length);
    if (!old.shared()) {
      if (pages.reprotect(old.start(), old.end(), Protection.NONE, retired)) {
        threads.await(quarantine.advance()); // contents are frozen from here on
      }
      for (long done = 0; done < moved; done += PAGE_SIZE) {
        pages.move(
            (old.start() + done) >>> PAGE_SHIFT,
            (target + done) >>> PAGE_SHIFT,
            old.protection(),
            retired);
      }
    }
    if (keepOld) {
      pages.drop(old.start(), old.end(), retired);
    } else {
      remove(old.start(), old.end(), retired);
    }
    mappings.add(
        new Mapping(
            target,
            target + length,
            old.protection(),
            old.flags(),
            source,
            old.offset(),
            old.tag()));
    retired.addRange(old.start(), old.end());
  }
}
