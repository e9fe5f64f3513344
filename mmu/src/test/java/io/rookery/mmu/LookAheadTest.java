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

/** Accesses to a page are slow while the next one is not accessible; that does not last. */
@SuppressWarnings("removal") // sun.misc.Unsafe
class LookAheadTest {
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
  void theNextPageOfAMappingIsMadeAccessible() {
    Guest.map(space, FIRST, 2);
    Guest.store64(space, FIRST, 1);
    space.discard(SECOND, Guest.PAGE);
    assertFalse(granted(SECOND, AddressSpace.READ));
    for (int i = 0; i < 100; i++) {
      assertEquals(1, Guest.load64(space, FIRST));
    }
    assertTrue(granted(SECOND, AddressSpace.READ));
    assertEquals(0, Guest.load64(space, SECOND));
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
