package io.rookery.linux.i386;

import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.Handler;
import io.rookery.linux.abi.Support;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.CallMemory;
import io.rookery.linux.kernel.Task;

/** What is told about the system. */
final class SystemRows {
  private static final int UTS_FIELD = 65;
  private static final int UTS_SIZE = 6 * UTS_FIELD;
  private static final int OLD_FIELD = 9;
  private static final int WIDE_SYSINFO = 112;
  private static final int NARROW_SYSINFO = 64;
  private static final int ARCH_CPUID_FIRST = 0x1011;
  private static final int ARCH_CPUID_LAST = 0x1012;

  private SystemRows() {}

  static void register(Rows r) {
    r.like(116, "sysinfo", "sysinfo", SystemRows::sysinfo);
    r.own(59, "oldolduname", (t, to, b, c, d, e, f) -> uname(t, to, OLD_FIELD), "ptr");
    r.own(109, "olduname", (t, to, b, c, d, e, f) -> uname(t, to, UTS_FIELD), "ptr");
    Handler archPrctl = Rows.wide("arch_prctl");
    r.own(
        384,
        "arch_prctl",
        (t, code, address, c, d, e, f) -> {
          if (code < ARCH_CPUID_FIRST || code > ARCH_CPUID_LAST) {
            throw Errno.EINVAL.exception(); // the bases of FS and GS are for 64-bit programs
          }
          return archPrctl.call(t, code, address, 0, 0, 0, 0);
        },
        "flags, ptr");
    r.own(26, "ptrace", Rows.wide("ptrace"), "int, int, ptr, ptr", Support.REFUSED, "ENOSYS");
  }

  /** The older structures have five shorter fields. */
  private static long uname(Task t, long to, int field) {
    CallMemory m = t.callMemory();
    long wide = m.allocate(UTS_SIZE);
    Rows.wide("uname").call(t, wide, 0, 0, 0, 0, 0);
    for (int i = 0; i < 5; i++) {
      byte[] text = m.read(wide + (long) i * UTS_FIELD, field);
      text[field - 1] = 0;
      m.write(to + (long) i * field, text);
    }
    return 0;
  }

  /** struct sysinfo: sizes that exceed 32 bits are told in larger units, as Linux does. */
  private static long sysinfo(Task t, long to, long b, long c, long d, long e, long f) {
    CallMemory m = t.callMemory();
    long wide = m.allocate(WIDE_SYSINFO);
    Rows.wide("sysinfo").call(t, wide, 0, 0, 0, 0, 0);
    byte[] w = m.read(wide, WIDE_SYSINFO);
    long unit = Bytes.getInt(w, 104);
    int shift = 0;
    while ((Bytes.getLong(w, 32) >>> shift | Bytes.getLong(w, 64) >>> shift) >>> 32 != 0
        && unit < 4096) {
      unit <<= 1;
      shift++;
    }
    byte[] s = new byte[NARROW_SYSINFO];
    Bytes.putInt(s, 0, (int) Bytes.getLong(w, 0));
    for (int i = 0; i < 3; i++) {
      Bytes.putInt(s, 4 + 4 * i, (int) Bytes.getLong(w, 8 + 8 * i));
    }
    for (int i = 0; i < 6; i++) {
      Bytes.putInt(s, 16 + 4 * i, (int) (Bytes.getLong(w, 32 + 8 * i) >>> shift));
    }
    Bytes.putShort(s, 40, Bytes.getShort(w, 80));
    Bytes.putInt(s, 44, (int) (Bytes.getLong(w, 88) >>> shift));
    Bytes.putInt(s, 48, (int) (Bytes.getLong(w, 96) >>> shift));
    Bytes.putInt(s, 52, (int) unit);
    m.write(to, s);
    return 0;
  }
}
