package io.rookery.mmu;

import static io.rookery.mmu.Guest.PAGE;
import static io.rookery.mmu.Guest.RW;
import static io.rookery.mmu.Guest.load64;
import static io.rookery.mmu.Guest.load8;
import static io.rookery.mmu.Guest.map;
import static io.rookery.mmu.Guest.mapFile;
import static io.rookery.mmu.Guest.store64;
import static io.rookery.mmu.Guest.store8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** File mappings and shared memory over a page cache. */
class SharedMappingTest {
  private static final long A = 0x40_0000;
  private static final long B = 0x80_0000;
  private static final long FAR = 1L << 46;

  private MemoryPool pool;
  private AddressSpace space;
  private FakeFile file;

  @BeforeEach
  void open() {
    pool = new MemoryPool(64 << 20);
    space = pool.newAddressSpace();
    file = new FakeFile(pool, 4 * PAGE);
  }

  @AfterEach
  void close() {
    space.release();
    assertEquals(0, file.pins, "pins left");
    assertEquals(0, file.mappedPages, "mapped pages left");
    file.close();
    assertEquals(0, pool.usedBytes(), "memory leaked");
    pool.close();
  }

  @Test
  void sharedStoresAreSeenByReadAndWritesByLoads() {
    mapFile(space, A, 4, RW, MapFlags.SHARED, file);
    store8(space, A + 5, 42);
    assertEquals(42, file.read(5));
    file.write(6, (byte) 43);
    assertEquals(43, load8(space, A + 6));
    mapFile(space, B, 4, Protection.READ, MapFlags.SHARED, file);
    assertEquals(42, load8(space, B + 5));
    store64(space, A + PAGE - 4, -1);
    assertEquals(-1, load64(space, B + PAGE - 4));
    file.write(PAGE - 4, (byte) 1);
    assertEquals(1, load8(space, B + PAGE - 4), "a read-only shared page is no copy");
  }

  @Test
  void onlyStoredPagesAreDirty() {
    mapFile(space, A, 2, RW, MapFlags.SHARED, file);
    load8(space, A);
    assertEquals(0, file.writePins);
    store8(space, A, 1);
    assertEquals(1, file.writePins);
    space.sync(A, 2 * PAGE);
    assertEquals(1, file.dirtied);
    space.unmap(A, 2 * PAGE);
    assertEquals(2, file.dirtied);
    assertEquals(0, file.pins);
  }

  @Test
  void readOnlySharedPagesRefuseStores() {
    mapFile(space, A, 1, Protection.READ, MapFlags.SHARED, file);
    load8(space, A);
    assertThrows(MemoryFault.class, () -> store8(space, A, 1));
    space.protect(A, PAGE, RW);
    store8(space, A, 1);
    space.protect(A, PAGE, Protection.READ);
    assertThrows(MemoryFault.class, () -> store8(space, A, 2));
    assertEquals(1, file.read(0));
  }

  @Test
  void privateStoresStayPrivate() {
    file.write(0, (byte) 1);
    for (long at : new long[] {A, FAR}) {
      mapFile(space, at, 1, RW, MapFlags.PRIVATE, file);
      assertEquals(1, load8(space, at));
      store8(space, at, 2);
      assertEquals(1, file.read(0));
      assertEquals(2, load8(space, at));
      space.discard(at, PAGE);
      assertEquals(1, load8(space, at));
    }
    assertEquals(0, file.pins, "private pages keep no pin");
  }

  @Test
  void pagesBeyondTheEndAreBusErrors() {
    mapFile(space, A, 6, RW, MapFlags.SHARED, file);
    mapFile(space, B, 6, RW, MapFlags.PRIVATE, file);
    for (long at : new long[] {A, B}) {
      load8(space, at + 4 * PAGE - 1);
      MemoryFault fault = assertThrows(MemoryFault.class, () -> load64(space, at + 4 * PAGE - 1));
      assertEquals(MemoryFault.Kind.BUS, fault.kind());
      assertEquals(at + 4 * PAGE, fault.address());
    }
  }

  @Test
  void unreadablePagesAreBusErrors() {
    mapFile(space, A, 1, RW, MapFlags.PRIVATE, file);
    file.broken = true;
    assertEquals(
        MemoryFault.Kind.BUS, assertThrows(MemoryFault.class, () -> load8(space, A)).kind());
    file.broken = false;
    assertEquals(0, load8(space, A));
  }

  @Test
  void truncationTakesPagesAway() {
    mapFile(space, A, 4, RW, MapFlags.SHARED, file);
    mapFile(space, B, 4, RW, MapFlags.PRIVATE, file);
    for (long at : new long[] {A, B}) {
      store8(space, at + PAGE, 1);
      store8(space, at + 3 * PAGE, 1);
    }
    file.truncate(2 * PAGE, space);
    for (long at : new long[] {A, B}) {
      assertEquals(1, load8(space, at + PAGE));
      MemoryFault fault = assertThrows(MemoryFault.class, () -> load8(space, at + 3 * PAGE));
      assertEquals(MemoryFault.Kind.BUS, fault.kind());
    }
  }

  @Test
  void sharedAnonymousMemoryIsSharedWithChildren() {
    for (long at : new long[] {A, FAR}) {
      space.map(at, 2 * PAGE, RW, MapFlags.SHARED, null, 0, null);
      store8(space, at, 1);
    }
    AddressSpace child = space.fork();
    for (long at : new long[] {A, FAR}) {
      assertEquals(1, load8(child, at));
      store8(child, at, 2);
      store8(child, at + PAGE, 3);
      assertEquals(2, load8(space, at));
      assertEquals(3, load8(space, at + PAGE));
    }
    space.unmap(A, 2 * PAGE);
    assertEquals(2, load8(child, A), "lives as long as one maps it");
    child.release();
    assertThrows(MemoryFault.class, () -> load8(space, A));
  }

  @Test
  void sharedMappingsMoveAndGrowWithTheirOffset() {
    mapFile(space, A, 2, RW, MapFlags.SHARED, file);
    map(space, A + 2 * PAGE, 1);
    store8(space, A + PAGE, 7);
    long moved = space.remap(A, 2 * PAGE, 3 * PAGE, MapFlags.REMAP_MAYMOVE, 0);
    assertEquals(7, load8(space, moved + PAGE));
    store8(space, moved + 2 * PAGE, 8);
    assertEquals(8, file.read(2 * PAGE));
    assertEquals(3, file.mappedPages);
    assertEquals(moved, space.remap(moved, 3 * PAGE, 4 * PAGE, MapFlags.REMAP_MAYMOVE, 0));
    assertEquals(4, file.mappedPages);
  }

  @Test
  void unmodifiedPrivateFilePagesHaveAnIdentity() {
    int readExec = Protection.READ | Protection.EXEC;
    mapFile(space, A, 2, readExec, MapFlags.PRIVATE, file);
    assertNull(space.codeIdentity(A), "not yet read");
    space.fetch(A, new byte[1], 1);
    CodeIdentity identity = space.codeIdentity(A);
    assertEquals(new CodeIdentity(file, 0, 1), identity);
    AddressSpace other = pool.newAddressSpace();
    other.map(FAR, PAGE, readExec, MapFlags.PRIVATE, file, 0, "elsewhere");
    other.fetch(FAR, new byte[1], 1);
    assertEquals(identity, other.codeIdentity(FAR));
    file.write(0, (byte) 9);
    assertEquals(identity, space.codeIdentity(A), "names the bytes that were copied");
    other.discard(FAR, PAGE);
    other.fetch(FAR, new byte[1], 1);
    assertNotEquals(identity, other.codeIdentity(FAR));
    other.release();
    space.protect(A, PAGE, RW | Protection.EXEC);
    assertNotNull(space.codeIdentity(A));
    store8(space, A, 1);
    assertNull(space.codeIdentity(A), "written to");
  }

  @Test
  void bytesThatChangeWhileTheyAreCopiedHaveNoIdentity() {
    int readExec = Protection.READ | Protection.EXEC;
    mapFile(space, A, 1, readExec, MapFlags.PRIVATE, file);
    mapFile(space, FAR, 1, readExec, MapFlags.PRIVATE, file);
    file.afterPin = () -> file.write(0, (byte) 9);
    space.fetch(A, new byte[1], 1);
    space.fetch(FAR, new byte[1], 1);
    assertNull(space.codeIdentity(A));
    assertNull(space.codeIdentity(FAR));
  }

  @Test
  void aMappingReplacedWhileItsPageIsReadGetsNoneOfIt() {
    file.write(0, (byte) 9);
    mapFile(space, A, 1, RW, MapFlags.PRIVATE, file);
    file.afterPin =
        () -> {
          file.afterPin = () -> {};
          map(space, A, 1);
        };
    assertEquals(0, load8(space, A));
    mapFile(space, B, 1, RW, MapFlags.SHARED, file);
    file.afterPin =
        () -> {
          file.afterPin = () -> {};
          space.unmap(B, PAGE);
        };
    assertThrows(MemoryFault.class, () -> load8(space, B));
  }

  @Test
  void aChildReadsUnmodifiedFilePagesFromTheFile() {
    mapFile(space, A, 1, RW | Protection.EXEC, MapFlags.PRIVATE, file);
    space.fetch(A, new byte[1], 1);
    AddressSpace child = space.fork();
    child.fetch(A, new byte[1], 1);
    assertEquals(space.codeIdentity(A), child.codeIdentity(A));
    store8(child, A, 1);
    assertNull(child.codeIdentity(A));
    assertNotNull(space.codeIdentity(A));
    child.release();
  }
}
