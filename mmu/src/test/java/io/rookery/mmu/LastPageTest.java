package io.rookery.mmu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Accesses to the last page of a mapping are as fast as others, and end where it ends. */
@SuppressWarnings("removal") // sun.misc.Unsafe
class LastPageTest {
  private static final long FIRST = 0x10_0000;
  private static final long SECOND = FIRST + Guest.PAGE;

  private final MemoryPool pool = new MemoryPool(16 << 20);
  private final AddressSpace space = pool.newAddressSpace(26, 1L << 47);

  @AfterEach
  void free() {
    space.release();
    pool.close();
  }

  private boolean granted(long address, int right) {
    return (Host.U.getByte(space.perms + (address >>> 12)) & right) != 0;
  }

  @Test
  void accessesWithinTheLastPageTakeTheFastPath() {
    Guest.map(space, FIRST, 1);
    Guest.store64(space, FIRST, 1);
    assertFalse(granted(SECOND, AddressSpace.READ));
    for (long address = FIRST; address < SECOND; address++) {
      int expected = address + 8 <= SECOND ? 0 : 1;
      assertEquals(expected, Access.unreadable8(address, space.perms, space.pages) & 1);
      assertEquals(2 * expected, Access.unwritable8(address, space.perms, space.pages) & 2);
    }
  }

  @Test
  void theEndOfAMappingStaysTheEnd() {
    Guest.map(space, FIRST, 1);
    for (int i = 0; i < 200; i++) {
      Guest.store64(space, FIRST + 0xff8, i);
      assertEquals(i, Guest.load64(space, FIRST + 0xff8));
    }
    assertFalse(granted(SECOND, AddressSpace.READ));
    assertFalse(space.isMapped(SECOND, Guest.PAGE));
  }

  /** Longer than what HotSpot inlines at rare calls: the fast path stays small. */
  @Test
  void slowPathsAreNotInlined() throws IOException {
    int seen = 0;
    try (InputStream in = SlowPath.class.getResourceAsStream("SlowPath.class")) {
      for (var method : ClassFile.of().parse(in.readAllBytes()).methods()) {
        if (method.methodName().stringValue().matches("load|store|storeWide|atomic")) {
          int size = method.findAttribute(Attributes.code()).orElseThrow().codeLength();
          assertTrue(size > 35, () -> method.methodName() + ": " + size);
          seen++;
        }
      }
    }
    assertEquals(4, seen);
  }
}
