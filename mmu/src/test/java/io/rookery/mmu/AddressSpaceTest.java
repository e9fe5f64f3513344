package io.rookery.mmu;

import static io.rookery.mmu.Guest.PAGE;
import static io.rookery.mmu.Guest.RW;
import static io.rookery.mmu.Guest.load16;
import static io.rookery.mmu.Guest.load32;
import static io.rookery.mmu.Guest.load64;
import static io.rookery.mmu.Guest.load8;
import static io.rookery.mmu.Guest.map;
import static io.rookery.mmu.Guest.store16;
import static io.rookery.mmu.Guest.store32;
import static io.rookery.mmu.Guest.store64;
import static io.rookery.mmu.Guest.store8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Mappings, rights and accesses of one address space. */
class AddressSpaceTest {
  private static final long A = 0x40_0000;
  private static final long FAR = 1L << 46;

  private MemoryPool pool;
  private AddressSpace space;

  @BeforeEach
  void open() {
    pool = new MemoryPool(64 << 20);
    space = pool.newAddressSpace();
  }

  @AfterEach
  void close() {
    space.release();
    assertEquals(0, pool.usedBytes(), "memory leaked");
    pool.close();
  }

  private MemoryFault fault(Runnable access) {
    return assertThrows(MemoryFault.class, access::run);
  }

  @Test
  void freshPagesReadAsZero() {
    map(space, A, 2);
    assertEquals(0, load64(space, A + 8));
    assertEquals(1, space.residentPages());
  }

  @Test
  void loadsOfAllSizesAreZeroExtended() {
    map(space, A, 1);
    store64(space, A, -1);
    assertEquals(0xff, load8(space, A));
    assertEquals(0xffff, load16(space, A));
    assertEquals(0xffff_ffffL, load32(space, A));
    assertEquals(-1, load64(space, A));
  }

  @Test
  void storesTouchOnlyTheirBytes() {
    map(space, A, 1);
    store64(space, A, -1);
    store8(space, A + 1, 0x1_00);
    store16(space, A + 2, 0x1_0000);
    store32(space, A + 4, 0x1_0000_0000L);
    assertEquals(0x0000_0000_0000_00ffL, load64(space, A));
  }

  @Test
  void faultsNameKindAddressAndUse() {
    map(space, A, 1, Protection.READ);
    MemoryFault hole = fault(() -> load8(space, A - 1));
    assertEquals(MemoryFault.Kind.MAPERR, hole.kind());
    assertEquals(A - 1, hole.address());
    assertFalse(hole.write());
    MemoryFault readOnly = fault(() -> store8(space, A, 1));
    assertEquals(MemoryFault.Kind.ACCERR, readOnly.kind());
    assertTrue(readOnly.write());
    MemoryFault noExec = fault(() -> space.fetch(A, new byte[1], 1));
    assertEquals(MemoryFault.Kind.ACCERR, noExec.kind());
    assertTrue(noExec.fetch());
    assertEquals(0, noExec.getStackTrace().length);
  }

  @Test
  void nonCanonicalAddressesAreProtectionFaultsAndKernelAddressesAreNot() {
    assertEquals(MemoryFault.Kind.GENERAL_PROTECTION, fault(() -> load8(space, 1L << 47)).kind());
    assertEquals(
        MemoryFault.Kind.GENERAL_PROTECTION, fault(() -> load64(space, (1L << 47) - 1)).kind());
    assertEquals(
        MemoryFault.Kind.GENERAL_PROTECTION, fault(() -> load8(space, Long.MIN_VALUE)).kind());
    assertEquals(MemoryFault.Kind.MAPERR, fault(() -> load8(space, -1L << 47)).kind());
    assertEquals(MemoryFault.Kind.MAPERR, fault(() -> load8(space, -1)).kind());
  }

  @Test
  void anAccessAcrossPagesNeedsBoth() {
    map(space, A, 1);
    store64(space, A + PAGE - 8, 7);
    for (int tail = 1; tail < 8; tail++) {
      long at = A + PAGE - 8 + tail;
      MemoryFault load = fault(() -> load64(space, at));
      assertEquals(A + PAGE, load.address());
      MemoryFault store = fault(() -> store64(space, at, -1));
      assertEquals(A + PAGE, store.address());
    }
    assertEquals(7, load64(space, A + PAGE - 8), "a refused store left bytes behind");
    map(space, A + PAGE, 1);
    store64(space, A + PAGE - 3, 0x0807_0605_0403_0201L);
    assertEquals(0x0807_0605_0403_0201L, load64(space, A + PAGE - 3));
    assertEquals(0x0807_0605_04L, load64(space, A + PAGE));
    assertEquals(0x0504_0302L, load32(space, A + PAGE - 2));
    assertEquals(0x0403L, load16(space, A + PAGE - 1));
  }

  @Test
  void theLastBytesOfAPageNeedNoNeighbour() {
    map(space, A, 1);
    store64(space, A + PAGE - 8, 1);
    store32(space, A + PAGE - 4, 2);
    store16(space, A + PAGE - 2, 3);
    store8(space, A + PAGE - 1, 4);
    assertEquals(4, load8(space, A + PAGE - 1));
    assertEquals(0x0403, load16(space, A + PAGE - 2));
  }

  @Test
  void theLastPageOfTheWindowNeighboursTheFirstOutside() {
    long end = space.pages << 12;
    map(space, end - PAGE, 2);
    store64(space, end - 4, 0x1122_3344_5566_7788L);
    assertEquals(0x1122_3344_5566_7788L, load64(space, end - 4));
    assertEquals(0x1122_3344L, load32(space, end));
    space.unmap(end, PAGE);
    assertEquals(end, fault(() -> load64(space, end - 4)).address());
    assertEquals(0x5566_7788L, load32(space, end - 4));
  }

  @Test
  void wideStoresAreAllOrNothing() {
    map(space, A, 1);
    long at = A + PAGE - 16;
    Access.store128(at, 1, 2, space.base, space.perms, space.pages, space);
    assertEquals(2, load64(space, at + 8));
    fault(() -> Access.store256(at, 9, 9, 9, 9, space.base, space.perms, space.pages, space));
    fault(() -> Access.store128(at + 8, 9, 9, space.base, space.perms, space.pages, space));
    assertEquals(1, load64(space, at));
    assertEquals(2, load64(space, at + 8));
    map(space, A + PAGE, 1, Protection.READ);
    fault(() -> Access.store256(at, 9, 9, 9, 9, space.base, space.perms, space.pages, space));
    assertEquals(1, load64(space, at));
    space.protect(A + PAGE, PAGE, RW);
    Access.store256(at + 5, 1, 2, 3, 4, space.base, space.perms, space.pages, space);
    assertEquals(4, load64(space, at + 29));
    assertEquals(1, load64(space, at + 5));
  }

  @Test
  void addressesOutsideTheWindowWork() {
    map(space, FAR, 2);
    store64(space, FAR + PAGE - 4, -2);
    assertEquals(-2, load64(space, FAR + PAGE - 4));
    assertEquals(2, space.residentPages());
    fault(() -> load8(space, FAR + 2 * PAGE));
    space.unmap(FAR, PAGE);
    fault(() -> load8(space, FAR));
    assertEquals(0xffff_ffffL, load64(space, FAR + PAGE));
  }

  @Test
  void hugeReservationsLieOutsideTheWindow() {
    long at = space.mapAnywhere(0, 1L << 38, Protection.NONE, MapFlags.PRIVATE, null, 0, null);
    assertTrue(at >= space.pages << 12);
    space.protect(at + (1L << 37), PAGE, RW);
    store64(space, at + (1L << 37), 5);
    fault(() -> load8(space, at));
    assertEquals(1, space.residentPages());
  }

  @Test
  void aHintOutsideTheWindowIsForHugeRangesOnly() {
    long window = space.pages << 12;
    assertEquals(A, space.mapAnywhere(A, PAGE, RW, MapFlags.PRIVATE, null, 0, null));
    long at = space.mapAnywhere(FAR, PAGE, RW, MapFlags.PRIVATE, null, 0, null);
    assertTrue(at + PAGE <= window, () -> Long.toHexString(at));
    assertEquals(FAR, space.mapAnywhere(FAR, window, RW, MapFlags.PRIVATE, null, 0, null));
  }

  @Test
  void rightsToWriteOrExecuteIncludeReading() {
    map(space, A, 1, Protection.WRITE);
    store8(space, A, 3);
    assertEquals(3, load8(space, A));
    space.protect(A, PAGE, Protection.EXEC);
    assertEquals(3, load8(space, A));
    assertEquals(1, space.fetch(A, new byte[4], 1));
  }

  @Test
  void protectStopsAtAHole() {
    map(space, A, 1);
    map(space, A + 2 * PAGE, 1);
    MappingException e =
        assertThrows(MappingException.class, () -> space.protect(A, 3 * PAGE, Protection.READ));
    assertEquals(MappingException.Reason.NOT_MAPPED, e.reason());
    fault(() -> store8(space, A, 1));
    store8(space, A + 2 * PAGE, 1);
  }

  @Test
  void protectSplitsAndJoinsMappings() {
    map(space, A, 3);
    space.protect(A + PAGE, PAGE, Protection.READ);
    assertEquals(3, mappings().size());
    space.protect(A + PAGE, PAGE, RW);
    assertEquals(1, mappings().size());
    assertEquals(3 * PAGE, space.mappedBytes());
  }

  @Test
  void unmapForgetsContents() {
    map(space, A, 3);
    for (int i = 0; i < 3; i++) {
      store64(space, A + i * PAGE, 9);
    }
    space.unmap(A + PAGE, PAGE);
    assertEquals(2, space.residentPages());
    assertFalse(space.isMapped(A, 3 * PAGE));
    map(space, A + PAGE, 1);
    assertEquals(0, load64(space, A + PAGE));
    assertEquals(9, load64(space, A + 2 * PAGE));
  }

  @Test
  void discardedPagesAreFresh() {
    map(space, A, 2);
    store64(space, A, 9);
    store64(space, A + PAGE, 9);
    space.discard(A, PAGE);
    assertEquals(0, load64(space, A));
    assertEquals(9, load64(space, A + PAGE));
    assertThrows(MappingException.class, () -> space.discard(A, 3 * PAGE));
    assertEquals(0, load64(space, A + PAGE), "the mapped part is done all the same");
  }

  @Test
  void stacksGrowDownToTheirLimit() {
    space.setStackLimit(16 * PAGE);
    space.map(A, PAGE, RW, MapFlags.PRIVATE | MapFlags.GROWSDOWN, null, 0, "[stack]");
    store64(space, A - 3 * PAGE, 1);
    assertEquals(A - 3 * PAGE, mappings().getFirst().start());
    store64(space, A - 15 * PAGE, 1);
    fault(() -> store64(space, A - 15 * PAGE - 8, 1));
    assertEquals(1, mappings().size());
  }

  @Test
  void aGrowingStackKeepsItsGuardGap() {
    space.map(A, PAGE, RW, MapFlags.PRIVATE | MapFlags.GROWSDOWN, null, 0, "[stack]");
    map(space, A - 300 * PAGE, 1);
    store8(space, A - 40 * PAGE, 1);
    fault(() -> store8(space, A - 44 * PAGE, 1));
  }

  @Test
  void freeRangesAreFoundTopDown() {
    long base = space.mappingBase();
    assertEquals(base - 4 * PAGE, space.findFree(0, 4 * PAGE));
    map(space, base - 4 * PAGE, 2);
    assertEquals(base - 2 * PAGE, space.findFree(0, 2 * PAGE));
    assertEquals(base - 7 * PAGE, space.findFree(0, 3 * PAGE));
    assertEquals(A, space.findFree(A + 5, PAGE));
    map(space, A, 1);
    assertEquals(base - 2 * PAGE, space.findFree(A, 2 * PAGE));
  }

  @Test
  void rangesAreChecked() {
    assertThrows(IllegalArgumentException.class, () -> map(space, A + 1, 1));
    assertThrows(IllegalArgumentException.class, () -> map(space, A, 0));
    assertThrows(IllegalArgumentException.class, () -> map(space, (1L << 47) - PAGE, 2));
    assertThrows(IllegalArgumentException.class, () -> map(space, -PAGE, 1));
    assertThrows(IllegalArgumentException.class, () -> map(space, A, 1, 8));
    assertThrows(IllegalArgumentException.class, () -> space.unmap(A, -PAGE));
  }

  // ---- mremap ----

  @Test
  void remapGrowsInPlaceWhenThereIsRoom() {
    map(space, A, 2);
    store64(space, A, 5);
    assertEquals(A, space.remap(A, 2 * PAGE, 4 * PAGE, 0, 0));
    store64(space, A + 3 * PAGE, 6);
    assertEquals(5, load64(space, A));
    assertEquals(A, space.remap(A, 4 * PAGE, PAGE, 0, 0));
    fault(() -> load8(space, A + PAGE));
    assertEquals(1, space.residentPages());
  }

  @Test
  void remapMovesContentsInAndOutOfTheWindow() {
    map(space, A, 2);
    map(space, A + 2 * PAGE, 1, Protection.READ);
    store64(space, A + PAGE, 5);
    assertEquals(
        MappingException.Reason.NO_SPACE,
        assertThrows(MappingException.class, () -> space.remap(A, 2 * PAGE, 3 * PAGE, 0, 0))
            .reason());
    long moved = space.remap(A, 2 * PAGE, 3 * PAGE, MapFlags.REMAP_MAYMOVE, 0);
    assertEquals(5, load64(space, moved + PAGE));
    fault(() -> load8(space, A + PAGE));
    int fixed = MapFlags.REMAP_MAYMOVE | MapFlags.REMAP_FIXED;
    space.remap(moved, 3 * PAGE, 3 * PAGE, fixed, FAR);
    assertEquals(5, load64(space, FAR + PAGE));
    store64(space, FAR, 6);
    space.remap(FAR, 3 * PAGE, 3 * PAGE, fixed, FAR + 8 * PAGE);
    store64(space, FAR + 8 * PAGE + 8, 7);
    space.remap(FAR + 8 * PAGE, 3 * PAGE, 3 * PAGE, fixed, A + 8 * PAGE);
    assertEquals(6, load64(space, A + 8 * PAGE));
    assertEquals(7, load64(space, A + 8 * PAGE + 8));
    assertEquals(5, load64(space, A + 9 * PAGE));
    store64(space, A + 9 * PAGE, 8);
    assertEquals(2, space.residentPages());
  }

  @Test
  void remapCanLeaveAnEmptyMappingBehind() {
    map(space, A, 1);
    store64(space, A, 5);
    int flags = MapFlags.REMAP_MAYMOVE | MapFlags.REMAP_DONTUNMAP;
    long moved = space.remap(A, PAGE, PAGE, flags, 0);
    assertEquals(5, load64(space, moved));
    assertEquals(0, load64(space, A));
  }

  @Test
  void remapOfWhatIsNotOneMappingIsRefused() {
    map(space, A, 1);
    MappingException e =
        assertThrows(MappingException.class, () -> space.remap(A, 2 * PAGE, PAGE, 0, 0));
    assertEquals(MappingException.Reason.NOT_MAPPED, e.reason());
  }

  // ---- the kernel's accesses ----

  @Test
  void bulkCopiesReportHowFarTheyCame() {
    map(space, A, 2);
    byte[] bytes = new byte[3 * 4096];
    java.util.Arrays.fill(bytes, (byte) 7);
    MemoryFault fault = fault(() -> space.write(A + 100, bytes, 0, bytes.length));
    assertEquals(A + 2 * PAGE, fault.address());
    assertEquals(7, load8(space, A + 2 * PAGE - 1), "progress before the fault stays");
    ByteBuffer buffer = ByteBuffer.allocateDirect(3 * 4096);
    fault(() -> space.read(A, buffer));
    assertEquals(2 * 4096, buffer.position());
    assertEquals(0, buffer.get(99));
    assertEquals(7, buffer.get(100));
    ByteBuffer readOnly = ByteBuffer.wrap(new byte[] {1, 2, 3}).asReadOnlyBuffer();
    space.write(A + PAGE - 1, readOnly);
    assertEquals(0x0302_01L, load32(space, A + PAGE - 1) & 0xff_ffff);
  }

  @Test
  void scalarsAcrossPages() {
    map(space, A, 2);
    space.storeLong(A + PAGE - 3, 0x1122_3344_5566_7788L);
    assertEquals(0x1122_3344_5566_7788L, space.loadLong(A + PAGE - 3));
    assertEquals(0x5566_7788, space.loadInt(A + PAGE - 3));
    space.storeInt(A, -5);
    space.storeShort(A + 4, (short) -6);
    space.storeByte(A + 6, (byte) -7);
    assertEquals(-5, space.loadInt(A));
    assertEquals(-6, space.loadShort(A + 4));
    assertEquals(-7, space.loadByte(A + 6));
    assertEquals(-5, space.compareAndExchangeInt(A, -5, 8));
    assertEquals(8, space.compareAndExchangeInt(A, 1, 2));
    fault(() -> space.storeLong(A + 2 * PAGE - 4, -1));
    assertEquals(0, space.loadInt(A + 2 * PAGE - 4));
  }

  @Test
  void stringsEndAtTheirZero() {
    map(space, A, 1);
    space.write(A + PAGE - 4, new byte[] {'a', 'b', 'c', 0}, 0, 4);
    assertArrayEquals(new byte[] {'a', 'b', 'c'}, space.readCString(A + PAGE - 4, 100));
    assertNull(space.readCString(A + PAGE - 4, 3));
    space.storeByte(A + PAGE - 1, (byte) 'd');
    fault(() -> space.readCString(A + PAGE - 4, 100));
  }

  @Test
  void forcedAccessesIgnoreRights() {
    map(space, A, 1, Protection.NONE);
    space.writeForced(A + 8, new byte[] {1, 2, 3}, 0, 3);
    byte[] back = new byte[3];
    space.readForced(A + 8, back, 0, 3);
    assertArrayEquals(new byte[] {1, 2, 3}, back);
    fault(() -> load8(space, A + 8));
    fault(() -> space.readForced(A + PAGE, back, 0, 1));
  }

  // ---- code ----

  private static final class Recorder implements CodeListener {
    final List<String> events = new ArrayList<>();

    @Override
    public void codeWritten(AddressSpace space, long address, int length) {
      events.add("written " + Long.toHexString(address) + " " + length);
    }

    @Override
    public void codeProtected(AddressSpace space, long address, long length) {
      events.add("protected " + Long.toHexString(address) + " " + length);
    }

    @Override
    public void codeUnmapped(AddressSpace space, long address, long length) {
      events.add("unmapped " + Long.toHexString(address) + " " + length);
    }
  }

  @Test
  void storesToCodePagesAreReported() {
    Recorder recorder = new Recorder();
    space.setCodeListener(recorder);
    map(space, A, 2, Protection.READ | Protection.WRITE | Protection.EXEC);
    store8(space, A, 0xc3);
    assertEquals(1, space.fetch(A, new byte[1], 1));
    space.markCode(A);
    store32(space, A + 16, 1);
    assertEquals(1, load32(space, A + 16));
    store64(space, A + PAGE - 2, -1);
    Access.getAndAdd(A + 16, 1, 4, space.base, space.perms, space.pages, space);
    space.write(A + 20, new byte[2], 0, 2);
    assertEquals(
        List.of("written 400010 4", "written 400ffe 2", "written 400010 4", "written 400014 2"),
        recorder.events);
    recorder.events.clear();
    space.clearCode(A);
    store32(space, A + 16, 2);
    assertEquals(List.of(), recorder.events);
    space.markCode(A);
    space.protect(A, PAGE, RW);
    assertEquals(List.of("protected 400000 4096"), recorder.events);
    store8(space, A, 1);
    space.protect(A, PAGE, RW | Protection.EXEC);
    space.markCode(A);
    space.unmap(A, 2 * PAGE);
    assertEquals(List.of("protected 400000 4096", "unmapped 400000 8192"), recorder.events);
  }

  @Test
  void codeOutsideTheWindowIsReportedToo() {
    Recorder recorder = new Recorder();
    space.setCodeListener(recorder);
    map(space, FAR, 1, Protection.READ | Protection.WRITE | Protection.EXEC);
    store8(space, FAR, 0xc3);
    space.markCode(FAR);
    store8(space, FAR + 1, 1);
    assertEquals(List.of("written 400000000001 1"), recorder.events);
  }

  @Test
  void fetchStopsBeforeWhatCannotBeExecuted() {
    map(space, A, 1, Protection.READ | Protection.EXEC);
    map(space, A + PAGE, 1);
    assertEquals(5, space.fetch(A + PAGE - 5, new byte[16], 15));
    space.protect(A + PAGE, PAGE, Protection.EXEC);
    assertEquals(15, space.fetch(A + PAGE - 5, new byte[16], 15));
  }

  private List<Mapping> mappings() {
    List<Mapping> result = new ArrayList<>();
    space.forEachMapping(result::add);
    return result;
  }
}
