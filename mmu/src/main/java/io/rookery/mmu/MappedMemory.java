package io.rookery.mmu;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Memory of mmap(2) through the foreign function API, on Linux and macOS. */
final class MappedMemory implements HostMemory {
  private static final int PROT_READ_WRITE = 3;
  private static final int PROT_READ_EXEC = 5;
  private static final int MAP_PRIVATE = 2;
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_NOHUGEPAGE = 15; // Linux only
  private static final int MAX_WINDOW_BITS = 40;

  /**
   * One shape for all three functions, since linking the first of a shape costs tens of
   * milliseconds. On the ABIs of x86-64 and AArch64 an int argument is passed like a long,
   * arguments too many are ignored, and of an int result the low half counts.
   */
  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

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
    String os = property("os.name");
    String cpu = property("os.arch");
    boolean linux = os.startsWith("linux");
    boolean knownAbi = cpu.equals("amd64") || cpu.equals("x86_64") || cpu.equals("aarch64");
    if (!MappedMemory.class.getModule().isNativeAccessEnabled()
        || !knownAbi
        || !(linux || os.startsWith("mac"))) {
      return null;
    }
    Optional<MethodHandle> mmap = function("mmap");
    Optional<MethodHandle> munmap = function("munmap");
    Optional<MethodHandle> madvise = function("madvise");
    if (mmap.isEmpty() || munmap.isEmpty() || madvise.isEmpty()) {
      return null;
    }
    return new MappedMemory(mmap.get(), munmap.get(), madvise.get(), linux);
  }

  private static String property(String name) {
    return System.getProperty(name, "").toLowerCase(Locale.ROOT);
  }

  @SuppressWarnings("restricted") // only reached with native access enabled
  private static Optional<MethodHandle> function(String name) {
    Linker linker = Linker.nativeLinker();
    return linker.defaultLookup().find(name).map(symbol -> linker.downcallHandle(symbol, SHAPE));
  }

  private static long call(MethodHandle function, long a, long b, long c, long d) {
    try {
      return (long) function.invokeExact(a, b, c, d, -1L, 0L);
    } catch (Throwable e) {
      throw new AssertionError("a libc function threw", e);
    }
  }

  @Override
  public long reserve(long bytes) {
    int flags = MAP_PRIVATE | (linux ? 0x20 | 0x4000 : 0x1000 | 0x40); // ANONYMOUS, NORESERVE
    long address = call(mmap, 0, bytes, PROT_READ_WRITE, flags);
    if (address == -1) {
      return 0;
    }
    if (linux) { // a huge page would commit 2 MiB at the first touch; kernels without them say
      // EINVAL
      call(madvise, address, bytes, MADV_NOHUGEPAGE, 0);
    }
    return address;
  }

  /**
   * Puts machine code into a page of its own, that cannot be written to any more.
   *
   * @return its address, or 0 when the host refuses
   */
  long addCode(byte[] code) {
    Optional<MethodHandle> mprotect = function("mprotect");
    long page = mprotect.isEmpty() ? 0 : reserve(hostPageSize);
    if (page == 0) {
      return 0;
    }
    Host.fromArray(code, 0, page, code.length);
    if ((int) call(mprotect.get(), page, hostPageSize, PROT_READ_EXEC, 0) != 0) {
      release(page, hostPageSize);
      return 0;
    }
    return page;
  }

  @Override
  public void release(long address, long bytes) {
    if ((int) call(munmap, address, bytes, 0, 0) != 0) {
      throw new IllegalArgumentException("not reserved: 0x" + Long.toHexString(address));
    }
  }

  @Override
  public boolean discard(long address, long bytes) {
    if (!linux || ((address | bytes) & (hostPageSize - 1)) != 0) {
      return false; // macOS keeps the contents
    }
    return (int) call(madvise, address, bytes, MADV_DONTNEED, 0) == 0;
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
