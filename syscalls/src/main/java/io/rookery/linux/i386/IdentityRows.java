package io.rookery.linux.i386;

import static io.rookery.linux.i386.Argument.ID16;
import static io.rookery.linux.i386.Argument.PLAIN;

import io.rookery.linux.abi.Handler;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.CallMemory;
import io.rookery.linux.kernel.Task;

/** The calls from the time when user and group ids had 16 bits. */
final class IdentityRows {
  private static final int OVERFLOW_ID = 65534;
  private static final int MOST_GROUPS = 65536;

  private IdentityRows() {}

  static void register(Rows r) {
    r.with(16, "lchown", "lchown", PLAIN, ID16, ID16);
    r.with(95, "fchown", "fchown", PLAIN, ID16, ID16);
    r.with(182, "chown", "chown", PLAIN, ID16, ID16);
    r.with(23, "setuid", "setuid", ID16);
    r.with(46, "setgid", "setgid", ID16);
    r.with(70, "setreuid", "setreuid", ID16, ID16);
    r.with(71, "setregid", "setregid", ID16, ID16);
    r.with(164, "setresuid", "setresuid", ID16, ID16, ID16);
    r.with(170, "setresgid", "setresgid", ID16, ID16, ID16);
    r.with(138, "setfsuid", "setfsuid", ID16);
    r.with(139, "setfsgid", "setfsgid", ID16);
    get(r, 24, "getuid");
    get(r, 47, "getgid");
    get(r, 49, "geteuid");
    get(r, 50, "getegid");
    r.with(165, "getresuid", "getresuid", IdentityRows::out, IdentityRows::out, IdentityRows::out);
    r.with(171, "getresgid", "getresgid", IdentityRows::out, IdentityRows::out, IdentityRows::out);
    r.like(80, "getgroups", "getgroups", IdentityRows::getGroups);
    r.like(81, "setgroups", "setgroups", IdentityRows::setGroups);
  }

  private static int narrow(int id) {
    return id >>> 16 != 0 ? OVERFLOW_ID : id;
  }

  private static void get(Rows r, int number, String name) {
    Handler h = Rows.wide(name);
    r.like(number, name, name, (t, a, b, c, d, e, f) -> narrow((int) h.call(t, a, b, c, d, e, f)));
  }

  private static long out(Call call, long address) {
    CallMemory m = call.memory();
    long wide = m.allocate(4);
    return call.written(wide, 4, () -> m.putShort(address, (short) narrow(m.getInt(wide))));
  }

  private static long getGroups(Task t, long count, long list, long c, long d, long e, long f) {
    CallMemory m = t.callMemory();
    int room = Math.max(0, Math.min((int) count, MOST_GROUPS));
    long wide = m.allocate(4 * room);
    long n = Rows.wide("getgroups").call(t, count, wide, 0, 0, 0, 0);
    for (int i = 0; i < Math.min(n, room); i++) {
      m.putShort(list + 2L * i, (short) narrow(m.getInt(wide + 4L * i)));
    }
    return n;
  }

  private static long setGroups(Task t, long count, long list, long c, long d, long e, long f) {
    if (count > MOST_GROUPS) {
      throw Errno.EINVAL.exception();
    }
    CallMemory m = t.callMemory();
    long wide = m.allocate(4 * (int) count);
    for (int i = 0; i < count; i++) {
      m.putInt(wide + 4L * i, m.getShort(list + 2L * i) & 0xffff);
    }
    return Rows.wide("setgroups").call(t, count, wide, 0, 0, 0, 0);
  }
}
