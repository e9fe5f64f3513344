package io.rookery.linux.kernel;

import io.rookery.linux.abi.Bytes;

/**
 * struct user_desc (set_thread_area(2)): a segment as a program asks for it.
 *
 * @param entry index in the global descriptor table, or -1 for any free one
 * @param base linear address of the segment
 * @param limit last offset, in bytes or pages
 * @param flags the bits of the structure's last word
 */
public record UserDescriptor(int entry, int base, int limit, int flags) {
  /** sizeof(struct user_desc). */
  public static final int SIZE = 16;

  private static final int SEG_32BIT = 1;
  private static final int CONTENTS_SHIFT = 1;
  private static final int READ_EXEC_ONLY = 1 << 3;
  private static final int LIMIT_IN_PAGES = 1 << 4;
  private static final int SEG_NOT_PRESENT = 1 << 5;
  private static final int USEABLE = 1 << 6;

  public static UserDescriptor read(UserMemory m, long address) {
    byte[] b = m.read(address, SIZE);
    return new UserDescriptor(
        Bytes.getInt(b, 0), Bytes.getInt(b, 4), Bytes.getInt(b, 8), Bytes.getInt(b, 12));
  }

  public void write(UserMemory m, long address) {
    byte[] b = new byte[SIZE];
    Bytes.putInt(b, 0, entry);
    Bytes.putInt(b, 4, base);
    Bytes.putInt(b, 8, limit);
    Bytes.putInt(b, 12, flags);
    m.write(address, b);
  }

  /** Whether it asks for an entry to be emptied (LDT_empty and LDT_zero in Linux). */
  boolean isEmpty() {
    return base == 0
        && limit == 0
        && ((flags & 0x7f) == (READ_EXEC_ONLY | SEG_NOT_PRESENT) || (flags & 0x7f) == 0);
  }

  /** Contents: 0 data, 1 stack, 2 code, 3 conforming code. */
  int contents() {
    return flags >> CONTENTS_SHIFT & 3;
  }

  boolean is32Bit() {
    return (flags & SEG_32BIT) != 0;
  }

  boolean isNotPresent() {
    return (flags & SEG_NOT_PRESENT) != 0;
  }

  /** The segment descriptor (SDM vol. 3, 3.4.5), accessed, at privilege level 3. */
  long encode() {
    if (isEmpty()) {
      return 0;
    }
    int type = contents() << 2 | ((flags & READ_EXEC_ONLY) != 0 ? 0 : 2) | 1;
    long access = 0x70L | type | (isNotPresent() ? 0 : 0x80);
    long high =
        ((flags & USEABLE) != 0 ? 1 : 0)
            | (is32Bit() ? 4 : 0)
            | ((flags & LIMIT_IN_PAGES) != 0 ? 8 : 0);
    long b = base & 0xffffffffL;
    return limit & 0xffffL
        | (b & 0xffffff) << 16
        | access << 40
        | (limit >>> 16 & 0xfL) << 48
        | high << 52
        | b >>> 24 << 56;
  }

  /** What get_thread_area(2) tells about a descriptor. */
  static UserDescriptor decode(int entry, long d) {
    if (d == 0) {
      return new UserDescriptor(entry, 0, 0, READ_EXEC_ONLY | SEG_NOT_PRESENT);
    }
    int access = (int) (d >>> 40);
    int high = (int) (d >>> 52);
    int flags =
        ((high & 4) != 0 ? SEG_32BIT : 0)
            | (access >> 2 & 3) << CONTENTS_SHIFT
            | ((access & 2) != 0 ? 0 : READ_EXEC_ONLY)
            | ((high & 8) != 0 ? LIMIT_IN_PAGES : 0)
            | ((access & 0x80) != 0 ? 0 : SEG_NOT_PRESENT)
            | ((high & 1) != 0 ? USEABLE : 0);
    int limit = (int) (d & 0xffff | d >>> 32 & 0xf0000);
    return new UserDescriptor(
        entry, (int) (d >>> 16 & 0xffffff | d >>> 32 & 0xff000000L), limit, flags);
  }
}
