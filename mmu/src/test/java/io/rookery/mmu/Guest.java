package io.rookery.mmu;

/** Short names for accesses and mappings in tests. */
@SuppressWarnings("removal") // sun.misc.Unsafe
final class Guest {
  static final int RW = Protection.READ | Protection.WRITE;
  static final long PAGE = 4096;

  private Guest() {}

  static long load8(AddressSpace s, long a) {
    return Access.load8(a, s.base, s.perms, s.pages, s);
  }

  static long load16(AddressSpace s, long a) {
    return Access.load16(a, s.base, s.perms, s.pages, s);
  }

  static long load32(AddressSpace s, long a) {
    return Access.load32(a, s.base, s.perms, s.pages, s);
  }

  static long load64(AddressSpace s, long a) {
    return Access.load64(a, s.base, s.perms, s.pages, s);
  }

  static void store8(AddressSpace s, long a, long v) {
    Access.store8(a, v, s.base, s.perms, s.pages, s);
  }

  static void store16(AddressSpace s, long a, long v) {
    Access.store16(a, v, s.base, s.perms, s.pages, s);
  }

  static void store32(AddressSpace s, long a, long v) {
    Access.store32(a, v, s.base, s.perms, s.pages, s);
  }

  static void store64(AddressSpace s, long a, long v) {
    Access.store64(a, v, s.base, s.perms, s.pages, s);
  }

  static void map(AddressSpace s, long address, long pages) {
    s.map(address, pages * PAGE, RW, MapFlags.PRIVATE, null, 0, null);
  }

  static void map(AddressSpace s, long address, long pages, int protection) {
    s.map(address, pages * PAGE, protection, MapFlags.PRIVATE, null, 0, null);
  }

  static void mapFile(
      AddressSpace s, long address, long pages, int protection, int flags, FakeFile file) {
    s.map(address, pages * PAGE, protection, flags, file, 0, "file");
  }

  /** Whether the host page of a guest page holds data: looks below the rights. */
  static long hostWord(AddressSpace s, long a) {
    return Host.U.getLong(s.base + a);
  }
}
