package io.rookery.ext2;

import static io.rookery.ext2.layout.LittleEndian.i32;
import static io.rookery.ext2.layout.LittleEndian.put16;
import static io.rookery.ext2.layout.LittleEndian.put32;
import static io.rookery.ext2.layout.LittleEndian.u16;

import java.util.Arrays;

/**
 * POSIX access control lists. The system calls pass version 2, whose entries all have an id
 * (posix_acl_xattr.h); ext2 stores version 1, where only named users and groups have one.
 */
final class AclCodec {
  private static final int STORED_VERSION = 1;
  private static final int PASSED_VERSION = 2;
  private static final int HEADER = 4;
  private static final int SHORT_ENTRY = 4;
  private static final int FULL_ENTRY = 8;
  private static final int TAG_USER = 0x02;
  private static final int TAG_GROUP = 0x08;

  private AclCodec() {}

  private static boolean hasId(int tag) {
    return tag == TAG_USER || tag == TAG_GROUP;
  }

  /** From the stored form to the one of system calls. */
  static byte[] toPassed(byte[] stored) throws Ext2Exception {
    if (stored.length < HEADER || i32(stored, 0) != STORED_VERSION) {
      throw damaged(stored.length);
    }
    byte[] passed = new byte[HEADER + (stored.length - HEADER) / SHORT_ENTRY * FULL_ENTRY];
    put32(passed, 0, PASSED_VERSION);
    int to = HEADER;
    int from = HEADER;
    while (from < stored.length) {
      boolean id = from + SHORT_ENTRY <= stored.length && hasId(u16(stored, from));
      int length = id ? FULL_ENTRY : SHORT_ENTRY;
      if (from + length > stored.length) {
        throw damaged(stored.length);
      }
      System.arraycopy(stored, from, passed, to, SHORT_ENTRY);
      put32(passed, to + SHORT_ENTRY, id ? i32(stored, from + SHORT_ENTRY) : -1);
      from += length;
      to += FULL_ENTRY;
    }
    return Arrays.copyOf(passed, to);
  }

  private static Ext2Exception damaged(int length) {
    return Ext2Exception.corrupt("access control list", 0, length + " bytes", "a list, version 1");
  }

  /** From the form of system calls to the stored one. */
  static byte[] toStored(byte[] passed) throws Ext2Exception {
    if (passed.length < HEADER
        || (passed.length - HEADER) % FULL_ENTRY != 0
        || i32(passed, 0) != PASSED_VERSION) {
      throw new Ext2Exception(
          Ext2Exception.Reason.EINVAL, "access control list of %d bytes".formatted(passed.length));
    }
    byte[] stored = new byte[passed.length];
    put32(stored, 0, STORED_VERSION);
    int to = HEADER;
    for (int from = HEADER; from < passed.length; from += FULL_ENTRY) {
      int tag = u16(passed, from);
      put16(stored, to, tag);
      put16(stored, to + 2, u16(passed, from + 2));
      to += SHORT_ENTRY;
      if (hasId(tag)) {
        put32(stored, to, i32(passed, from + SHORT_ENTRY));
        to += Integer.BYTES;
      }
    }
    return Arrays.copyOf(stored, to);
  }
}
