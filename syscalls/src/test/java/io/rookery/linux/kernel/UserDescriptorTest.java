package io.rookery.linux.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rookery.cpu.Segments;
import org.junit.jupiter.api.Test;

class UserDescriptorTest {
  @Test
  void aFlatDataSegmentIsTheProcessorsDescriptor() {
    // seg_32bit, limit_in_pages, useable
    UserDescriptor d = new UserDescriptor(12, 0x12345678, 0xfffff, 0x51);
    assertEquals(0x12dff3345678ffffL, d.encode());
    assertEquals(0x12345678, Segments.base(d.encode()));
  }

  @Test
  void whatWasEncodedIsDecoded() {
    for (int flags = 1; flags < 0x80; flags++) {
      UserDescriptor d = new UserDescriptor(13, 0x89abcdef, 0x54321, flags);
      assertEquals(d, UserDescriptor.decode(13, d.encode()), "flags " + flags);
    }
  }

  @Test
  void anEmptyEntryReadsAsLinuxShowsIt() {
    UserDescriptor empty = new UserDescriptor(14, 0, 0, 0x28);
    assertEquals(0, empty.encode());
    assertEquals(empty, UserDescriptor.decode(14, 0));
  }
}
