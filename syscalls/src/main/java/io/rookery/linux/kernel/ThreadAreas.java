package io.rookery.linux.kernel;

import io.rookery.cpu.CpuState;
import io.rookery.cpu.Segments;
import io.rookery.linux.errno.Errno;

/** The thread-local segments of 32-bit programs (set_thread_area(2)). */
public final class ThreadAreas {
  private static final int LAST = Segments.FIRST_TLS + Segments.TLS_ENTRIES - 1;

  private ThreadAreas() {}

  /** Fails with EINVAL for a segment that Linux refuses. */
  static UserDescriptor checked(UserDescriptor d) {
    boolean odd = !d.is32Bit() || d.contents() > 1 || d.isNotPresent();
    if (d.entry() < Segments.FIRST_TLS || d.entry() > LAST || (odd && !d.isEmpty())) {
      throw Errno.EINVAL.exception();
    }
    return d;
  }

  static void set(CpuState cpu, UserDescriptor d) {
    Segments.setTls(cpu, d.entry() - Segments.FIRST_TLS, d.encode());
  }

  /** set_thread_area(2); the entry chosen for -1 is stored in the structure. */
  public static long set(Task t, long address) {
    UserDescriptor d = UserDescriptor.read(t.memory(), address);
    boolean any = d.entry() == -1;
    if (any) {
      d = new UserDescriptor(free(t.cpu()), d.base(), d.limit(), d.flags());
    }
    checked(d);
    if (any) {
      t.memory().putInt(address, d.entry());
    }
    set(t.cpu(), d);
    return 0;
  }

  private static int free(CpuState cpu) {
    for (int i = 0; i < Segments.TLS_ENTRIES; i++) {
      if (cpu.tls[i] == 0) {
        return Segments.FIRST_TLS + i;
      }
    }
    throw Errno.ESRCH.exception();
  }

  /** get_thread_area(2). */
  public static long get(Task t, long address) {
    int entry = t.memory().getInt(address);
    if (entry < Segments.FIRST_TLS || entry > LAST) {
      throw Errno.EINVAL.exception();
    }
    UserDescriptor.decode(entry, t.cpu().tls[entry - Segments.FIRST_TLS])
        .write(t.memory(), address);
    return 0;
  }
}
