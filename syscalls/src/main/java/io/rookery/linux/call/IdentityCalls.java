package io.rookery.linux.call;

import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.UnsignedInts;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;

/** Users and groups. */
public final class IdentityCalls {
  private static final int UNCHANGED = -1;
  private static final int NGROUPS_MAX = 65536;

  private IdentityCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(102, "getuid", (task, a, b, c, d, e, f) -> id(task.credentials().uid()), "");
    t.row(104, "getgid", (task, a, b, c, d, e, f) -> id(task.credentials().gid()), "");
    t.row(107, "geteuid", (task, a, b, c, d, e, f) -> id(task.credentials().euid()), "");
    t.row(108, "getegid", (task, a, b, c, d, e, f) -> id(task.credentials().egid()), "");
    t.row(105, "setuid", (task, u, b, c, d, e, f) -> setUid(task, (int) u), "int");
    t.row(106, "setgid", (task, g, b, c, d, e, f) -> setGid(task, (int) g), "int");
    t.row(113, "setreuid", IdentityCalls::setReUid, "int, int");
    t.row(114, "setregid", IdentityCalls::setReGid, "int, int");
    t.row(115, "getgroups", IdentityCalls::getGroups, "int, ptr");
    t.row(116, "setgroups", IdentityCalls::setGroups, "int, ptr");
    t.row(117, "setresuid", IdentityCalls::setResUid, "int, int, int");
    t.row(
        118,
        "getresuid",
        (task, r, e, s, d, x, f) -> {
          Credentials c = task.credentials();
          return put3(task.memory(), r, e, s, c.uid(), c.euid(), c.suid());
        },
        "ptr, ptr, ptr");
    t.row(119, "setresgid", IdentityCalls::setResGid, "int, int, int");
    t.row(
        120,
        "getresgid",
        (task, r, e, s, d, x, f) -> {
          Credentials c = task.credentials();
          return put3(task.memory(), r, e, s, c.gid(), c.egid(), c.sgid());
        },
        "ptr, ptr, ptr");
    t.row(122, "setfsuid", IdentityCalls::setFsUid, "int");
    t.row(123, "setfsgid", IdentityCalls::setFsGid, "int");
    t.row(125, "capget", CapabilityCalls::get, "ptr, ptr");
    t.row(126, "capset", CapabilityCalls::set, "ptr, ptr");
  }

  private static long id(int id) {
    return id & 0xffffffffL;
  }

  private static long put3(UserMemory m, long a, long b, long c, int x, int y, int z) {
    m.putInt(a, x);
    m.putInt(b, y);
    m.putInt(c, z);
    return 0;
  }

  private static void require(boolean allowed) {
    if (!allowed) {
      throw Errno.EPERM.exception();
    }
  }

  private static long setUid(Task task, int uid) {
    Credentials c = task.credentials();
    if (uid == UNCHANGED) {
      throw Errno.EINVAL.exception();
    }
    if (c.capable(Capability.SETUID)) {
      task.setCredentials(c.withUids(uid, uid, uid, uid));
    } else {
      require(uid == c.uid() || uid == c.suid());
      task.setCredentials(c.withUids(c.uid(), uid, c.suid(), uid));
    }
    return 0;
  }

  private static long setGid(Task task, int gid) {
    Credentials c = task.credentials();
    if (gid == UNCHANGED) {
      throw Errno.EINVAL.exception();
    }
    if (c.capable(Capability.SETGID)) {
      task.setCredentials(c.withGids(gid, gid, gid, gid));
    } else {
      require(gid == c.gid() || gid == c.sgid());
      task.setCredentials(c.withGids(c.gid(), gid, c.sgid(), gid));
    }
    return 0;
  }

  private static long setReUid(
      Task task, long real, long effective, long x, long d, long e, long f) {
    Credentials c = task.credentials();
    int r = (int) real == UNCHANGED ? c.uid() : (int) real;
    int eff = (int) effective == UNCHANGED ? c.euid() : (int) effective;
    boolean privileged = c.capable(Capability.SETUID);
    require(privileged || r == c.uid() || r == c.euid());
    require(privileged || eff == c.uid() || eff == c.euid() || eff == c.suid());
    boolean saves = (int) real != UNCHANGED || ((int) effective != UNCHANGED && eff != c.uid());
    task.setCredentials(c.withUids(r, eff, saves ? eff : c.suid(), eff));
    return 0;
  }

  private static long setReGid(
      Task task, long real, long effective, long x, long d, long e, long f) {
    Credentials c = task.credentials();
    int r = (int) real == UNCHANGED ? c.gid() : (int) real;
    int eff = (int) effective == UNCHANGED ? c.egid() : (int) effective;
    boolean privileged = c.capable(Capability.SETGID);
    require(privileged || r == c.gid() || r == c.egid());
    require(privileged || eff == c.gid() || eff == c.egid() || eff == c.sgid());
    boolean saves = (int) real != UNCHANGED || ((int) effective != UNCHANGED && eff != c.gid());
    task.setCredentials(c.withGids(r, eff, saves ? eff : c.sgid(), eff));
    return 0;
  }

  private static boolean isOneOf(int id, int a, int b, int c) {
    return id == a || id == b || id == c;
  }

  private static long setResUid(
      Task task, long real, long effective, long saved, long d, long e, long f) {
    Credentials c = task.credentials();
    int r = (int) real == UNCHANGED ? c.uid() : (int) real;
    int eff = (int) effective == UNCHANGED ? c.euid() : (int) effective;
    int s = (int) saved == UNCHANGED ? c.suid() : (int) saved;
    require(
        c.capable(Capability.SETUID)
            || (isOneOf(r, c.uid(), c.euid(), c.suid())
                && isOneOf(eff, c.uid(), c.euid(), c.suid())
                && isOneOf(s, c.uid(), c.euid(), c.suid())));
    int fs = (int) effective == UNCHANGED ? c.fsuid() : eff;
    task.setCredentials(c.withUids(r, eff, s, fs));
    return 0;
  }

  private static long setResGid(
      Task task, long real, long effective, long saved, long d, long e, long f) {
    Credentials c = task.credentials();
    int r = (int) real == UNCHANGED ? c.gid() : (int) real;
    int eff = (int) effective == UNCHANGED ? c.egid() : (int) effective;
    int s = (int) saved == UNCHANGED ? c.sgid() : (int) saved;
    require(
        c.capable(Capability.SETGID)
            || (isOneOf(r, c.gid(), c.egid(), c.sgid())
                && isOneOf(eff, c.gid(), c.egid(), c.sgid())
                && isOneOf(s, c.gid(), c.egid(), c.sgid())));
    int fs = (int) effective == UNCHANGED ? c.fsgid() : eff;
    task.setCredentials(c.withGids(r, eff, s, fs));
    return 0;
  }

  private static long setFsUid(Task task, long uid, long b, long x, long d, long e, long f) {
    Credentials c = task.credentials();
    int u = (int) uid;
    if (u != UNCHANGED
        && (c.capable(Capability.SETUID)
            || u == c.fsuid()
            || isOneOf(u, c.uid(), c.euid(), c.suid()))) {
      task.setCredentials(c.withUids(c.uid(), c.euid(), c.suid(), u));
    }
    return id(c.fsuid());
  }

  private static long setFsGid(Task task, long gid, long b, long x, long d, long e, long f) {
    Credentials c = task.credentials();
    int g = (int) gid;
    if (g != UNCHANGED
        && (c.capable(Capability.SETGID)
            || g == c.fsgid()
            || isOneOf(g, c.gid(), c.egid(), c.sgid()))) {
      task.setCredentials(c.withGids(c.gid(), c.egid(), c.sgid(), g));
    }
    return id(c.fsgid());
  }

  private static long getGroups(Task task, long size, long list, long c, long d, long e, long f) {
    ImmutableIntArray groups = task.credentials().groups();
    int n = (int) size;
    if (n < 0 || (n != 0 && n < groups.length())) {
      throw Errno.EINVAL.exception();
    }
    if (n != 0) {
      for (int i = 0; i < groups.length(); i++) {
        task.memory().putInt(list + 4L * i, groups.get(i));
      }
    }
    return groups.length();
  }

  private static long setGroups(Task task, long size, long list, long x, long d, long e, long f) {
    Credentials c = task.credentials();
    require(c.capable(Capability.SETGID));
    if (size < 0 || size > NGROUPS_MAX) {
      throw Errno.EINVAL.exception();
    }
    int[] groups = new int[(int) size];
    for (int i = 0; i < size; i++) {
      groups[i] = task.memory().getInt(list + 4L * i);
    }
    UnsignedInts.sort(groups); // the order that getgroups shows
    task.setCredentials(c.withGroups(ImmutableIntArray.copyOf(groups)));
    return 0;
  }
}
