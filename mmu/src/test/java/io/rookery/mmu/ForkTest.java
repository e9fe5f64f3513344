package io.rookery.mmu;

import static io.rookery.mmu.Guest.PAGE;
import static io.rookery.mmu.Guest.RW;
import static io.rookery.mmu.Guest.load64;
import static io.rookery.mmu.Guest.map;
import static io.rookery.mmu.Guest.store64;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Copy on write between parents, children and grandchildren. */
class ForkTest {
  private static final long A = 0x40_0000;
  private static final long FAR = 1L << 46;

  private MemoryPool pool;
  private AddressSpace parent;

  @BeforeEach
  void open() {
    pool = new MemoryPool(64 << 20);
    parent = pool.newAddressSpace();
    map(parent, A, 4);
    map(parent, FAR, 2);
    for (int i = 0; i < 4; i++) {
      store64(parent, A + i * PAGE, 10 + i);
    }
    store64(parent, FAR, 20);
  }

  @AfterEach
  void close() {
    assertEquals(0, pool.usedBytes(), "memory leaked");
    pool.close();
  }

  private long usedPages() {
    return pool.usedBytes() / PAGE;
  }

  @Test
  void storesOfEitherSideStayThere() {
    AddressSpace child = parent.fork();
    store64(parent, A, 100);
    store64(child, A + PAGE, 200);
    store64(parent, FAR, 300);
    store64(child, FAR + 8, 400);
    assertEquals(10, load64(child, A));
    assertEquals(11, load64(parent, A + PAGE));
    assertEquals(20, load64(child, FAR));
    assertEquals(0, load64(parent, FAR + 8));
    assertEquals(300, load64(parent, FAR));
    assertEquals(200, load64(child, A + PAGE));
    parent.release();
    child.release();
  }

  @Test
  void aChildGetsNoMappingThatIsNotToBeInherited() {
    parent.setFlag(A + PAGE, PAGE, MapFlags.DONT_FORK, true);
    parent.setFlag(A + 2 * PAGE, PAGE, MapFlags.DONT_FORK, true);
    parent.setFlag(A + 2 * PAGE, PAGE, MapFlags.DONT_FORK, false);
    AddressSpace child = parent.fork();
    assertThrows(MemoryFault.class, () -> load64(child, A + PAGE));
    assertEquals(parent.mappedBytes() - PAGE, child.mappedBytes());
    assertEquals(11, load64(parent, A + PAGE));
    assertEquals(12, load64(child, A + 2 * PAGE));
    parent.release();
    child.release();
  }

  @Test
  void aChildGetsZerosWhereMemoryIsToBeWiped() {
    parent.setFlag(A, 2 * PAGE, MapFlags.WIPE_ON_FORK, true);
    AddressSpace child = parent.fork();
    assertEquals(0, load64(child, A));
    assertEquals(12, load64(child, A + 2 * PAGE));
    assertEquals(10, load64(parent, A));
    store64(child, A + PAGE, 5);
    AddressSpace grandchild = child.fork();
    assertEquals(0, load64(grandchild, A + PAGE));
    MappingException e =
        assertThrows(
            MappingException.class,
            () -> parent.setFlag(A, 5 * PAGE, MapFlags.WIPE_ON_FORK, false));
    assertEquals(MappingException.Reason.NOT_MAPPED, e.reason());
    AddressSpace late = parent.fork();
    assertEquals(10, load64(late, A));
    List.of(parent, child, grandchild, late).forEach(AddressSpace::release);
  }

  @Test
  void aForkCopiesNothing() {
    long before = usedPages();
    AddressSpace child = parent.fork();
    assertEquals(before, usedPages());
    store64(parent, A, 1);
    assertEquals(before + 1, usedPages(), "what is borrowed moved to a frame");
    store64(parent, A, 2);
    assertEquals(before + 1, usedPages());
    child.release();
    assertEquals(before, usedPages());
    store64(parent, A + PAGE, 3);
    assertEquals(before, usedPages(), "nobody borrows: no copy");
    parent.release();
  }

  @Test
  void siblingsShareOneCopy() {
    AddressSpace first = parent.fork();
    AddressSpace second = parent.fork();
    long before = usedPages();
    store64(parent, A, 1);
    assertEquals(before + 1, usedPages());
    AddressSpace third = parent.fork();
    store64(parent, A, 2);
    assertEquals(10, load64(first, A));
    assertEquals(10, load64(second, A));
    assertEquals(1, load64(third, A));
    for (AddressSpace s : List.of(first, second, third, parent)) {
      s.release();
    }
  }

  @Test
  void aParentThatExitsFirstKeepsItsPagesReadable() {
    AddressSpace child = parent.fork();
    parent.release();
    AddressSpace next = pool.newAddressSpace();
    map(next, A, 4);
    for (int i = 0; i < 4; i++) {
      store64(next, A + i * PAGE, -1);
    }
    for (int i = 0; i < 4; i++) {
      assertEquals(10 + i, load64(child, A + i * PAGE));
    }
    assertEquals(20, load64(child, FAR));
    child.release();
    next.release();
  }

  @Test
  void anExitedDonorsWindowIsUsedAgainAfterItsLastBorrower() {
    long donor = parent.base;
    AddressSpace child = parent.fork();
    parent.release();
    AddressSpace busy = pool.newAddressSpace();
    assertEquals(false, busy.base == donor);
    for (int i = 0; i < 3; i++) {
      load64(child, A + i * PAGE);
    }
    child.unmap(A + 3 * PAGE, PAGE);
    AddressSpace free = pool.newAddressSpace();
    assertEquals(donor, free.base);
    child.release();
    busy.release();
    free.release();
  }

  @Test
  void grandchildrenBorrowFromTheFirstDonor() {
    AddressSpace child = parent.fork();
    store64(child, A, 50);
    AddressSpace grandchild = child.fork();
    child.release();
    store64(parent, A + PAGE, 60);
    assertEquals(50, load64(grandchild, A));
    assertEquals(11, load64(grandchild, A + PAGE));
    parent.release();
    assertEquals(12, load64(grandchild, A + 2 * PAGE));
    grandchild.release();
  }

  @Test
  void aChainOfForksDoesNotKeepItsExitedLinks() {
    AddressSpace last = parent;
    for (int i = 0; i < 50; i++) {
      AddressSpace next = last.fork();
      store64(next, A + 8, i);
      last.release();
      last = next;
    }
    assertEquals(49, load64(last, A + 8));
    assertEquals(10, load64(last, A));
    assertEquals(13, load64(last, A + 3 * PAGE));
    last.release();
  }

  @Test
  void whatTheParentDropsStaysWithTheChild() {
    AddressSpace child = parent.fork();
    parent.unmap(A, PAGE);
    parent.discard(A + PAGE, PAGE);
    long moved =
        parent.remap(
            A + 2 * PAGE, PAGE, PAGE, MapFlags.REMAP_MAYMOVE | MapFlags.REMAP_FIXED, A + 64 * PAGE);
    store64(parent, moved, 99);
    assertEquals(0, load64(parent, A + PAGE));
    for (int i = 0; i < 3; i++) {
      assertEquals(10 + i, load64(child, A + i * PAGE));
    }
    parent.release();
    child.release();
  }

  @Test
  void aChildMayMoveAndProtectWhatItBorrows() {
    AddressSpace child = parent.fork();
    int fixed = MapFlags.REMAP_MAYMOVE | MapFlags.REMAP_FIXED;
    child.remap(A, PAGE, PAGE, fixed, A + 64 * PAGE);
    child.remap(A + PAGE, PAGE, PAGE, fixed, FAR + 64 * PAGE);
    assertEquals(10, load64(child, A + 64 * PAGE));
    assertEquals(11, load64(child, FAR + 64 * PAGE));
    child.protect(A + 2 * PAGE, PAGE, Protection.NONE);
    assertThrows(MemoryFault.class, () -> load64(child, A + 2 * PAGE));
    child.protect(A + 2 * PAGE, PAGE, RW);
    assertEquals(12, load64(child, A + 2 * PAGE));
    parent.release();
    child.release();
  }

  @Test
  void theMemoryLimitStopsACopyWithAFault() {
    parent.release();
    long limit = 1 << 20;
    try (MemoryPool small = new MemoryPool(limit)) {
      AddressSpace first = small.newAddressSpace();
      map(first, A, 1000);
      for (int i = 0; i < 200; i++) {
        store64(first, A + i * PAGE, i);
      }
      AddressSpace second = first.fork();
      MemoryFault fault =
          assertThrows(
              MemoryFault.class,
              () -> {
                for (int i = 0; i < 200; i++) {
                  store64(second, A + i * PAGE, -1);
                }
              });
      assertEquals(MemoryFault.Kind.OUT_OF_MEMORY, fault.kind());
      assertThrows(MemoryFault.class, () -> store64(first, A + 199 * PAGE, -1));
      second.release();
      store64(first, A + 199 * PAGE, -1);
      first.release();
      assertEquals(0, small.usedBytes());
    }
  }
}
