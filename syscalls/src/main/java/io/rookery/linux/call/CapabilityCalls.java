package io.rookery.linux.call;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;

/** capget(2) and capset(2). */
final class CapabilityCalls {
  private static final int VERSION_1 = 0x19980330;
  private static final int VERSION_2 = 0x20071026;
  private static final int VERSION_3 = 0x20080522;

  private CapabilityCalls() {}

  /** How many 32-bit words the caller's version has; an unknown one is answered with ours. */
  private static int words(UserMemory m, long header, boolean probe) {
    int words =
        switch (m.getInt(header)) {
          case VERSION_1 -> 1;
          case VERSION_2, VERSION_3 -> 2;
          default -> 0;
        };
    if (words == 0) {
      m.putInt(header, VERSION_3);
      if (!probe) {
        throw Errno.EINVAL.exception();
      }
    }
    return words;
  }

  static long get(Task task, long header, long data, long c, long d, long e, long f) {
    UserMemory m = task.memory();
    int words = words(m, header, data == 0);
    if (words == 0 || data == 0) {
      return 0;
    }
    int pid = m.getInt(header + 4);
    if (pid < 0) {
      throw Errno.EINVAL.exception();
    }
    Task of = pid == 0 ? task : task.kernel().pids().task(pid);
    if (of == null) {
      throw Errno.ESRCH.exception();
    }
    Credentials cr = of.credentials();
    for (int i = 0; i < words; i++) {
      m.putInt(data + 12L * i, (int) (cr.effective() >>> (32 * i)));
      m.putInt(data + 12L * i + 4, (int) (cr.permitted() >>> (32 * i)));
      m.putInt(data + 12L * i + 8, (int) (cr.inheritable() >>> (32 * i)));
    }
    return 0;
  }

  static long set(Task task, long header, long data, long c, long d, long e, long f) {
    UserMemory m = task.memory();
    int words = words(m, header, false);
    int pid = m.getInt(header + 4);
    if (pid != 0 && pid != task.tid()) {
      throw Errno.EPERM.exception();
    }
    long effective = 0;
    long permitted = 0;
    long inheritable = 0;
    for (int i = 0; i < words; i++) {
      effective |= (m.getInt(data + 12L * i) & 0xffffffffL) << (32 * i);
      permitted |= (m.getInt(data + 12L * i + 4) & 0xffffffffL) << (32 * i);
      inheritable |= (m.getInt(data + 12L * i + 8) & 0xffffffffL) << (32 * i);
    }
    effective &= Capability.ALL;
    permitted &= Capability.ALL;
    inheritable &= Capability.ALL;
    Credentials old = task.credentials();
    long inherits = old.capable(Capability.SETPCAP) ? ~0 : old.inheritable() | old.permitted();
    if ((permitted & ~old.permitted()) != 0
        || (effective & ~permitted) != 0
        || (inheritable & ~inherits) != 0
        || (inheritable & ~(old.inheritable() | old.bounding())) != 0) {
      throw Errno.EPERM.exception();
    }
    task.setCredentials(
        old.withCapabilities(
            permitted,
            effective,
            inheritable,
            old.bounding(),
            old.ambient() & permitted & inheritable));
    return 0;
  }
}
