package io.rookery.mmu;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Memory of mmap(2) through the foreign function API, on Linux and macOS. */
final class MappedMemory implements HostMemory {
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_PRIVATE = 2;
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_NOHUGEPAGE = 15; // Linux only
  private static final int MAX_WINDOW_BITS = 40;

  private final MethodHandle mmap;
  private final MethodHandle munmap;
  private final MethodHandle madvise;
  private final boolean linux;
  private final long hostPageSize = Host.hostPageSize();

  private MappedMemory(
      MethodHandle mmap, MethodHandle munmap, MethodHandle madvise, boolean linux) {
    this.mmap = mmap;
    this.munmap = munmap;
    this.madvise = madvise;
    this.linux = linux;
  }

  /** The implementation, or null where native access is not enabled or the host has no mmap. */
  static @Nullable MappedMemory ifAvailable() {
    String os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    boolean linux = os.startsWith("linux");
    boolean mac = os.startsWith("mac");
    if (!MappedMemory.class.getModule().isNativeAccessEnabled() || !(linux || mac)) {
      return null;
    }
    Optional<MethodHandle> mmap =
        function("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    Optional<MethodHandle> munmap = function("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    Optional<MethodHandle> madvise = function("madvise", JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT);
    if (mmap.isEmpty() || munmap.isEmpty() || madvise.isEmpty()) {
      return null;
    }
    return new MappedMemory(mmap.get(), munmap.get(), madvise.get(), linux);
  }

  @SuppressWarnings("restricted") // only reached with native access enabled
  private static Optional<MethodHandle> function(
      String name, MemoryLayout result, MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    SymbolLookup lookup = linker.defaultLookup();
    return lookup
        .find(name)
        .map(symbol -> linker.downcallHandle(symbol, FunctionDescriptor.of(result, arguments)));
  }

  @Override
  public long reserve(long bytes) {
    int flags = MAP_PRIVATE | (linux ? 0x20 | 0x4000 : 0x1000 | 0x40); // ANONYMOUS, NORESERVE
    try {
      long address = (long) mmap.invokeExact(0L, bytes, PROT_READ_WRITE, flags, -1, 0L);
      if (address == -1) {
        return 0;
      }
      if (linux) { // a huge page would commit 2 MiB at the first touch; kernels without them say
        // EINVAL
        int ignored = (int) madvise.invokeExact(address, bytes, MADV_NOHUGEPAGE);
      }
      return address;
    } catch (Throwable e) {
      throw new AssertionError("mmap", e);
    }
  }

  @Override
  public void release(long address, long bytes) {
    try {
      if ((int) munmap.invokeExact(address, bytes) != 0) {
        throw new IllegalArgumentException("not reserved: 0x" + Long.toHexString(address));
      }
    } catch (RuntimeException e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError("munmap", e);
    }
  }

  @Override
  public boolean discard(long address, long bytes) {
    if (!linux || ((address | bytes) & (hostPageSize - 1)) != 0) {
      return false; // macOS keeps the contents
    }
    try {
      return (int) madvise.invokeExact(address, bytes, MADV_DONTNEED) == 0;
    } catch (Throwable e) {
      throw new AssertionError("madvise", e);
    }
  }

  @Override
  public boolean zeroed() {
    return true;
  }

  @Override
  public int maxWindowBits() {
    return MAX_WINDOW_BITS;
  }
}
