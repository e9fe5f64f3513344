package io.rookery.mmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One look at the table of granules refuses more than two at that of pages, never less. */
class GranulesTest {
  private static final long FIRST = 0x10_0000;
  private static final long SECOND = FIRST + Guest.PAGE;
  private static final int READ_ON = DirectAccess.READ * DirectAccess.AND_BEYOND;

  private final MemoryPool pool = new MemoryPool(16 << 20);
  private final AddressSpace space = pool.newAddressSpace(26, 1L << 47);
  private final long granules = space.pages * DirectAccess.GRANULES_PER_PAGE;

  @AfterEach
  void free() {
    space.release();
    pool.close();
  }

  private int reaches(long address, int right) {
    return DirectAccess.reaches(address, right, space.base, granules);
  }

  @Test
  void onlyTheLastGranuleOfAMappingReachesNoFurther() {
    Guest.map(space, FIRST, 1);
    Guest.store64(space, FIRST, 1);
    for (long address = FIRST; address < SECOND; address++) {
      assertNotEquals(0, reaches(address, DirectAccess.WRITE));
      boolean last = address >= SECOND - DirectAccess.GRANULE;
      assertEquals(last ? 0 : READ_ON, reaches(address, READ_ON));
    }
    assertEquals(0, reaches(SECOND, DirectAccess.READ));
  }

  @Test
  void addressesOutsideTheWindowAreRefused() {
    long end = space.pages * Guest.PAGE;
    for (long address : new long[] {end, end - 1, -1, -Guest.PAGE, Long.MIN_VALUE, 1L << 47}) {
      assertEquals(0, reaches(address, READ_ON), () -> Long.toHexString(address));
    }
    int right = DirectAccess.READ;
    assertEquals(0, DirectAccess.reaches(-8, 7, right, space.base, granules));
    assertEquals(0, DirectAccess.reaches(end - 8, end + 7, right, space.base, granules));
  }

  @Test
  void untouchedMemoryBehindAPageCanBeReached() {
    Guest.map(space, FIRST, 2);
    Guest.store64(space, FIRST, 1);
    long last = SECOND - 8;
    assertEquals(0, reaches(last, READ_ON));
    space.extendReach(last);
    assertEquals(READ_ON, reaches(last, READ_ON));
    assertNotEquals(0, reaches(last, DirectAccess.WRITE * DirectAccess.AND_BEYOND));
  }

  @Test
  void whatIsNotMappedOrMayNotBeReadStaysOutOfReach() {
    Guest.map(space, FIRST, 1);
    Guest.store64(space, FIRST, 1);
    space.extendReach(SECOND - 8);
    assertEquals(0, reaches(SECOND - 8, READ_ON));
    space.map(SECOND, Guest.PAGE, 0, MapFlags.PRIVATE, null, 0, null);
    space.extendReach(SECOND - 8);
    assertEquals(0, reaches(SECOND - 8, READ_ON));
    space.extendReach(-1);
    space.extendReach(space.pages * Guest.PAGE - 1);
  }
}
