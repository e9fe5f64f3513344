package io.rookery.mmu;

import static io.rookery.mmu.Guest.PAGE;
import static io.rookery.mmu.Guest.load64;
import static io.rookery.mmu.Guest.map;
import static io.rookery.mmu.Guest.store64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Scanner;
import org.junit.jupiter.api.Test;

/** Windows, frames and limits of a pool. */
@SuppressWarnings("removal") // sun.misc.Unsafe
class PoolTest {
  private static final long A = 0x40_0000;

  @Test
  void recycledWindowsGrantZeroedPages() {
    try (MemoryPool pool = new MemoryPool(16 << 20)) {
      AddressSpace first = pool.newAddressSpace();
      map(first, A, 100);
      for (int i = 0; i < 100; i++) {
        store64(first, A + i * PAGE + 8, -1);
      }
      long base = first.base;
      first.release();
      AddressSpace second = pool.newAddressSpace();
      assertEquals(base, second.base, "the window is pooled");
      assertEquals(-1, Guest.hostWord(second, A + 8), "pages are not zeroed when freed");
      map(second, A, 100);
      for (int i = 0; i < 100; i++) {
        assertEquals(0, load64(second, A + i * PAGE + 8));
      }
      second.release();
    }
  }

  @Test
  void theLimitIsATypedFaultAndLeavesThePoolUsable() {
    try (MemoryPool pool = new MemoryPool(1 << 20)) {
      AddressSpace space = pool.newAddressSpace();
      map(space, A, 1 << 20);
      MemoryFault fault =
          assertThrows(
              MemoryFault.class,
              () -> {
                for (long i = 0; i < 1 << 20; i++) {
                  store64(space, A + i * PAGE, 1);
                }
              });
      assertEquals(MemoryFault.Kind.OUT_OF_MEMORY, fault.kind());
      assertEquals(A + 256 * PAGE, fault.address());
      assertThrows(MemoryLimitException.class, pool::allocateFrame);
      space.unmap(A, 1 << 20);
      assertEquals(0, pool.usedBytes());
      pool.allocateFrame().release();
      space.release();
    }
  }

  @Test
  void theReclaimerIsAskedBeforeARequestFails() {
    try (MemoryPool pool = new MemoryPool(1 << 20)) {
      ArrayDeque<Frame> cache = new ArrayDeque<>();
      for (int i = 0; i < 200; i++) {
        cache.add(pool.allocateFrame());
      }
      pool.setReclaimer(
          wanted -> {
            long given = 0;
            for (; given < wanted && !cache.isEmpty(); given++) {
              cache.poll().release();
            }
            return given;
          });
      AddressSpace space = pool.newAddressSpace();
      map(space, A, 256);
      for (int i = 0; i < 256; i++) {
        store64(space, A + i * PAGE, 1);
      }
      assertTrue(cache.isEmpty());
      space.release();
    }
  }

  @Test
  void hostMemoryWithoutContentsGoesBackBeyondTheLimit() throws Exception {
    assumeTrue(HostMemory.best() instanceof MappedMemory, "only mapped memory can be trimmed");
    long limit = 16 << 20;
    try (MemoryPool pool = new MemoryPool(limit)) {
      long before = residentBytes();
      AddressSpace space = pool.newAddressSpace();
      for (int round = 0; round < 40; round++) {
        long at = A + round * (8L << 20);
        map(space, at, 2048);
        for (int i = 0; i < 2048; i++) {
          store64(space, at + i * PAGE, 1);
        }
        space.unmap(at, 8 << 20);
      }
      long grown = residentBytes() - before;
      assertTrue(grown < 4 * limit, "40 times 8 MiB left " + grown + " bytes behind");
      map(space, A, 2048);
      for (int i = 0; i < 2048; i++) {
        assertEquals(0, load64(space, A + i * PAGE));
      }
      space.release();
    }
  }

  private static long residentBytes() throws Exception {
    Path statm = Path.of("/proc/self/statm");
    assumeTrue(Files.exists(statm));
    try (Scanner fields = new Scanner(statm, StandardCharsets.US_ASCII)) {
      fields.nextLong(); // size
      return fields.nextLong() * 4096;
    }
  }

  /** Refuses what is larger than it likes. */
  private static final class Stingy implements HostMemory {
    private final HostMemory real;
    private final long most;
    final List<Long> asked = new ArrayList<>();
    long outstanding;

    Stingy(HostMemory real, long most) {
      this.real = real;
      this.most = most;
    }

    @Override
    public long reserve(long bytes) {
      asked.add(bytes);
      if (bytes > most) {
        return 0;
      }
      outstanding++;
      return real.reserve(bytes);
    }

    @Override
    public void release(long address, long bytes) {
      outstanding--;
      real.release(address, bytes);
    }

    @Override
    public boolean discard(long address, long bytes) {
      return real.discard(address, bytes);
    }

    @Override
    public boolean zeroed() {
      return real.zeroed();
    }

    @Override
    public int maxWindowBits() {
      return 40;
    }
  }

  @Test
  void theWindowShrinksToWhatTheHostGrants() {
    long withGranules = (1L << 28) + (1L << 28 - DirectAccess.GRANULE_SHIFT);
    Stingy host = new Stingy(new HeapMemory(), withGranules);
    try (MemoryPool pool = new MemoryPool(16 << 20, host)) {
      AddressSpace space = pool.newAddressSpace();
      assertEquals(1L << (28 - 12), space.pages);
      long inside = (1L << 28) - PAGE;
      map(space, inside, 2);
      store64(space, inside + PAGE - 4, 0x1234_5678_9abcL);
      assertEquals(0x1234_5678_9abcL, load64(space, inside + PAGE - 4));
      AddressSpace child = space.fork();
      store64(space, inside + PAGE - 4, 0);
      assertEquals(0x1234_5678_9abcL, load64(child, inside + PAGE - 4));
      child.release();
      space.release();
    }
    assertEquals(0, host.outstanding, "host memory leaked");
  }

  /** Memory that is full of rubbish at first, as the C allocator's may be. */
  private static final class Dirty implements HostMemory {
    private final HostMemory real = new HeapMemory();

    @Override
    public long reserve(long bytes) {
      long address = real.reserve(bytes);
      Host.U.setMemory(address, Math.min(bytes, 8 << 20), (byte) -1);
      return address;
    }

    @Override
    public void release(long address, long bytes) {
      real.release(address, bytes);
    }

    @Override
    public boolean discard(long address, long bytes) {
      return false;
    }

    @Override
    public boolean zeroed() {
      return false;
    }

    @Override
    public int maxWindowBits() {
      return 26;
    }
  }

  @Test
  void dirtyMemoryIsZeroedAtItsFirstGrant() {
    HostMemory heap = new Dirty();
    try (MemoryPool pool = new MemoryPool(16 << 20, heap)) {
      AddressSpace space = pool.newAddressSpace();
      assertEquals(1L << (26 - 12), space.pages);
      map(space, A, 16);
      for (int i = 0; i < 16; i++) {
        assertEquals(0, load64(space, A + i * PAGE));
      }
      space.release();
    }
  }

  @Test
  void noWindowAtAllIsATypedError() {
    try (MemoryPool pool = new MemoryPool(16 << 20, new Stingy(new HeapMemory(), 1 << 20))) {
      assertThrows(MemoryLimitException.class, pool::newAddressSpace);
    }
  }

  @Test
  void aPoolInUseRefusesToClose() {
    MemoryPool pool = new MemoryPool(16 << 20);
    AddressSpace space = pool.newAddressSpace();
    assertThrows(IllegalStateException.class, pool::close);
    space.release();
    pool.close();
    assertThrows(IllegalStateException.class, pool::newAddressSpace);
  }

  @Test
  void poolsDoNotShareWindows() {
    MemoryPool one = new MemoryPool(16 << 20);
    MemoryPool two = new MemoryPool(16 << 20);
    AddressSpace a = one.newAddressSpace();
    AddressSpace b = two.newAddressSpace();
    assertNotEquals(a.base, b.base);
    a.release();
    AddressSpace c = two.newAddressSpace();
    assertNotEquals(a.base, c.base);
    b.release();
    c.release();
    one.close();
    two.close();
  }

  @Test
  void referencesAreCounted() {
    try (MemoryPool pool = new MemoryPool(16 << 20)) {
      AddressSpace space = pool.newAddressSpace();
      space.retain();
      map(space, A, 1);
      space.release();
      store64(space, A, 1);
      space.release();
      assertThrows(IllegalStateException.class, space::release);
      assertThrows(IllegalStateException.class, space::retain);
      Frame frame = pool.allocateFrame();
      frame.release();
      assertThrows(IllegalStateException.class, frame::retain);
      assertThrows(IllegalStateException.class, () -> frame.zero(0, 1));
    }
  }
}
