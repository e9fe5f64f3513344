package io.rookery.mmu;

import static io.rookery.mmu.Host.PAGE_MASK;
import static io.rookery.mmu.Host.PAGE_SHIFT;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls of {@link AddressSpace} on mappings: checks arguments, takes the lock, and afterwards
 * lets go what was taken away and reports what happened to code.
 */
final class MappingOperations {
  private final AddressSpace space;
  private final Mappings mappings;
  private final Pages pages;
  private final MappingCalls calls;
  private final SpaceLock lock;
  private final Quarantine quarantine;

  MappingOperations(AddressSpace space, Mappings mappings, Pages pages, MappingCalls calls) {
    this.space = space;
    this.mappings = mappings;
    this.pages = pages;
    this.calls = calls;
    this.lock = space.lock;
    this.quarantine = space.quarantine;
  }

  long map(
      long address,
      long length,
      int protection,
      int flags,
      @Nullable PageSource source,
      long offset,
      @Nullable Object tag) {
    checkRange(address, length);
    Mapping added = newMapping(address, length, protection, flags, source, offset, tag);
    Retired retired = new Retired();
    lock.lock();
    try {
      calls.map(added, retired);
    } catch (MappingException e) {
      retireMapped(added, retired);
      throw e;
    } finally {
      finish(retired);
    }
    reportCode(retired, address, length);
    return address;
  }

  long mapAnywhere(
      long hint,
      long length,
      int protection,
      int flags,
      @Nullable PageSource source,
      long offset,
      @Nullable Object tag) {
    checkLength(length);
    Retired retired = new Retired();
    lock.lock();
    try {
      long address = calls.findFree(hint, length);
      Mapping added = newMapping(address, length, protection, flags, source, offset, tag);
      try {
        calls.map(added, retired);
      } catch (MappingException e) {
        retireMapped(added, retired);
        throw e;
      }
      return address;
    } finally {
      finish(retired);
    }
  }

  long findFree(long hint, long length) {
    checkLength(length);
    lock.lock();
    try {
      return calls.findFree(hint, length);
    } finally {
      finish(new Retired());
    }
  }

  void unmap(long address, long length) {
    checkRange(address, length);
    Retired retired = new Retired();
    lock.lock();
    try {
      calls.remove(address, address + length, retired);
    } finally {
      finish(retired);
    }
    reportCode(retired, address, length);
  }

  void protect(long address, long length, int protection) {
    checkRange(address, length);
    checkProtection(protection);
    Retired retired = new Retired();
    boolean shrank;
    long epoch;
    boolean covered;
    lock.lock();
    try {
      covered = mappings.covers(address, address + length);
      shrank = calls.protect(address, address + length, protection, retired);
      epoch = shrank ? quarantine.advance() : 0;
    } finally {
      finish(retired);
    }
    if (shrank) {
      space.threads.await(epoch);
    }
    CodeListener listener = space.codeListener();
    if (listener != null && retired.code()) {
      listener.codeProtected(space, address, length);
    }
    if (!covered) {
      throw MappingException.notMapped(address, length);
    }
  }

  long remap(long address, long oldLength, long newLength, int remapFlags, long newAddress) {
    checkRange(address, oldLength);
    checkLength(newLength);
    boolean fixed = (remapFlags & MapFlags.REMAP_FIXED) != 0;
    boolean keepsOld = (remapFlags & MapFlags.REMAP_DONTUNMAP) != 0;
    if ((fixed || keepsOld) && (remapFlags & MapFlags.REMAP_MAYMOVE) == 0) {
      throw new IllegalArgumentException("REMAP_FIXED and REMAP_DONTUNMAP need REMAP_MAYMOVE");
    }
    if (keepsOld && oldLength != newLength) {
      throw new IllegalArgumentException("REMAP_DONTUNMAP keeps the length");
    }
    if (fixed) {
      checkRange(newAddress, newLength);
      if (newAddress < address + oldLength && address < newAddress + newLength) {
        throw new IllegalArgumentException("old and new range overlap");
      }
    }
    Retired retired = new Retired();
    long result;
    lock.lock();
    try {
      result = calls.remap(address, oldLength, newLength, remapFlags, newAddress, retired);
    } finally {
      finish(retired);
    }
    reportCode(retired, address, oldLength);
    if (fixed) {
      reportCode(retired, newAddress, newLength);
    }
    return result;
  }

  void discard(long address, long length) {
    checkRange(address, length);
    Retired retired = new Retired();
    boolean covered;
    lock.lock();
    try {
      covered = mappings.covers(address, address + length);
      calls.discard(address, address + length, retired);
    } finally {
      finish(retired);
    }
    reportCode(retired, address, length);
    if (!covered) {
      throw MappingException.notMapped(address, length);
    }
  }

  void setFlag(long address, long length, int flag, boolean on) {
    checkRange(address, length);
    if (flag != MapFlags.DONT_FORK && flag != MapFlags.WIPE_ON_FORK && flag != MapFlags.LOCKED) {
      throw new IllegalArgumentException("flag 0x" + Integer.toHexString(flag));
    }
    boolean covered;
    lock.lock();
    try {
      covered = mappings.covers(address, address + length);
      calls.setFlag(address, address + length, flag, on);
    } finally {
      lock.unlock();
    }
    if (!covered) {
      throw MappingException.notMapped(address, length);
    }
  }

  void sync(long address, long length) {
    checkRange(address, length);
    List<ExternalPage> found;
    lock.lock();
    try {
      found =
          pages.external.in(address >>> PAGE_SHIFT, (address + length) >>> PAGE_SHIFT).stream()
              .filter(ExternalPage::pinnedForWrite)
              .toList();
      found.forEach(page -> page.frame().retain());
    } finally {
      lock.unlock();
    }
    for (ExternalPage page : found) {
      PageSource source = page.pinnedBy();
      if (source != null) {
        source.dirtied(page.frame());
      }
      page.frame().release();
    }
  }

  void invalidate(PageSource source, long firstPage, long pageCount) {
    Retired retired = new Retired();
    lock.lock();
    try {
      calls.invalidate(source, firstPage, pageCount, retired);
    } finally {
      finish(retired);
    }
    reportCode(retired, 0, space.addressLimit());
  }

  boolean isMapped(long address, long length) {
    checkRange(address, length);
    return locked(() -> mappings.covers(address, address + length));
  }

  void setMappingBase(long address) {
    if (address <= 0 || address > space.addressLimit() || (address & PAGE_MASK) != 0) {
      throw new IllegalArgumentException("mapping base 0x" + Long.toHexString(address));
    }
    lock.lock();
    try {
      calls.setMappingBase(address);
    } finally {
      lock.unlock();
    }
  }

  /** A value that is read under the lock. */
  <T extends @Nullable Object> T locked(Supplier<T> read) {
    lock.lock();
    try {
      return read.get();
    } finally {
      lock.unlock();
    }
  }

  private void finish(Retired retired) {
    quarantine.add(retired);
    lock.unlock();
    quarantine.runReady();
  }

  private void reportCode(Retired retired, long address, long length) {
    CodeListener listener = space.codeListener();
    if (listener != null && retired.code()) {
      listener.codeUnmapped(space, address, length);
    }
  }

  // ---- arguments ----

  private Mapping newMapping(
      long address,
      long length,
      int protection,
      int flags,
      @Nullable PageSource source,
      long offset,
      @Nullable Object tag) {
    checkProtection(protection);
    boolean shared = (flags & MapFlags.SHARED) != 0;
    if (shared == ((flags & MapFlags.PRIVATE) != 0)) {
      throw new IllegalArgumentException("either SHARED or PRIVATE expected: " + flags);
    }
    if (offset < 0 || (offset & PAGE_MASK) != 0 || offset + length < 0) {
      throw new IllegalArgumentException("offset " + offset);
    }
    if ((flags & MapFlags.GROWSDOWN) != 0 && (shared || source != null)) {
      throw new IllegalArgumentException("only private anonymous memory grows down");
    }
    PageSource pageSource = source == null && shared ? new AnonymousSource(space.pool) : source;
    if (pageSource != null) {
      pageSource.mapped(length >>> PAGE_SHIFT);
    }
    long end = address + length;
    return new Mapping(address, end, protection, flags, pageSource, offset, tag);
  }

  /** Takes back what {@link #newMapping} told the source. */
  private static void retireMapped(Mapping mapping, Retired retired) {
    PageSource source = mapping.source();
    if (source != null) {
      retired.addUnmapped(source, mapping.length() >>> PAGE_SHIFT);
    }
  }

  private void checkRange(long address, long length) {
    checkLength(length);
    if (address < 0 || (address & PAGE_MASK) != 0 || address > space.addressLimit() - length) {
      throw new IllegalArgumentException(
          "range 0x" + Long.toHexString(address) + " of 0x" + Long.toHexString(length) + " bytes");
    }
  }

  private void checkLength(long length) {
    if (length <= 0 || (length & PAGE_MASK) != 0 || length > space.addressLimit()) {
      throw new IllegalArgumentException("length 0x" + Long.toHexString(length));
    }
  }

  private static void checkProtection(int protection) {
    if ((protection & ~(Protection.READ | Protection.WRITE | Protection.EXEC)) != 0) {
      throw new IllegalArgumentException("protection " + protection);
    }
  }
}
