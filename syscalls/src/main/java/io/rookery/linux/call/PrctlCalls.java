package io.rookery.linux.call;

import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import java.util.Arrays;

/** prctl(2). */
public final class PrctlCalls {
  private static final int PR_SET_PDEATHSIG = 1;
  private static final int PR_GET_PDEATHSIG = 2;
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int PR_GET_KEEPCAPS = 7;
  private static final int PR_SET_KEEPCAPS = 8;
  private static final int PR_GET_TIMING = 13;
  private static final int PR_SET_NAME = 15;
  private static final int PR_GET_NAME = 16;
  private static final int PR_GET_SECCOMP = 21;
  private static final int PR_CAPBSET_READ = 23;
  private static final int PR_CAPBSET_DROP = 24;
  private static final int PR_GET_SECUREBITS = 27;
  private static final int PR_SET_TIMERSLACK = 29;
  private static final int PR_GET_TIMERSLACK = 30;
  private static final int PR_SET_CHILD_SUBREAPER = 36;
  private static final int PR_GET_CHILD_SUBREAPER = 37;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_GET_NO_NEW_PRIVS = 39;
  private static final int PR_SET_THP_DISABLE = 41;
  private static final int PR_GET_THP_DISABLE = 42;
  private static final int PR_CAP_AMBIENT = 47;
  private static final int PR_SET_VMA = 0x53564d41;
  private static final int PR_SET_PTRACER = 0x59616d61;

  private static final int AMBIENT_IS_SET = 1;
  private static final int AMBIENT_RAISE = 2;
  private static final int AMBIENT_LOWER = 3;
  private static final int AMBIENT_CLEAR_ALL = 4;

  private static final int NAME_SIZE = 16;

  private PrctlCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(
        157,
        "prctl",
        PrctlCalls::prctl,
        "int, ptr, ptr, ptr, ptr",
        Support.PARTIAL,
        "names, death signal, dumpable, capabilities, subreaper, no_new_privs; others EINVAL");
  }

  private static long prctl(Task task, long option, long a, long b, long c, long d, long f) {
    switch ((int) option) {
      case PR_SET_PDEATHSIG -> {
        require(a >= 0 && a <= Signals.MAX);
        task.setParentDeathSignal((int) a);
      }
      case PR_GET_PDEATHSIG -> task.memory().putInt(a, task.parentDeathSignal());
      case PR_GET_DUMPABLE -> {
        return task.process().dumpable();
      }
      case PR_SET_DUMPABLE -> task.process().setDumpable(flag(a));
      case PR_GET_KEEPCAPS -> {
        return task.credentials().keepCapabilities() ? 1 : 0;
      }
      case PR_SET_KEEPCAPS ->
          task.setCredentials(task.credentials().withKeepCapabilities(flag(a) != 0));
      case PR_SET_NAME -> task.setComm(readName(task, a));
      case PR_GET_NAME -> task.memory().write(a, Arrays.copyOf(task.comm(), NAME_SIZE));
      case PR_GET_TIMING, PR_GET_SECCOMP, PR_GET_SECUREBITS, PR_GET_THP_DISABLE -> {
        return 0;
      }
      case PR_SET_TIMERSLACK -> task.setTimerSlack(a);
      case PR_SET_THP_DISABLE, PR_SET_PTRACER -> {
        // Hints, or permissions that nothing here asks about.
        return 0;
      }
      case PR_GET_TIMERSLACK -> {
        return task.timerSlack();
      }
      case PR_CAPBSET_READ -> {
        return (task.credentials().bounding() & capability(a)) != 0 ? 1 : 0;
      }
      case PR_CAPBSET_DROP -> dropBounding(task, capability(a));
      case PR_SET_CHILD_SUBREAPER -> task.process().setSubreaper(a != 0);
      case PR_GET_CHILD_SUBREAPER -> task.memory().putInt(a, task.process().isSubreaper() ? 1 : 0);
      case PR_SET_NO_NEW_PRIVS -> {
        require(a == 1 && b == 0 && c == 0 && d == 0);
        task.setNoNewPrivileges();
      }
      case PR_GET_NO_NEW_PRIVS -> {
        require(a == 0 && b == 0 && c == 0 && d == 0);
        return task.noNewPrivileges() ? 1 : 0;
      }
      case PR_CAP_AMBIENT -> {
        require(c == 0 && d == 0);
        return ambient(task, (int) a, b);
      }
      case PR_SET_VMA -> throw Errno.EINVAL.exception(); // names of mappings are not kept
      default -> {
        task.kernel().reportRefused("prctl option " + (int) option);
        throw Errno.EINVAL.exception();
      }
    }
    return 0;
  }

  private static void require(boolean valid) {
    if (!valid) {
      throw Errno.EINVAL.exception();
    }
  }

  private static int flag(long value) {
    require(value == 0 || value == 1);
    return (int) value;
  }

  private static byte[] readName(Task task, long address) {
    byte[] name = new byte[NAME_SIZE];
    for (int i = 0; i < NAME_SIZE - 1; i++) {
      name[i] = task.memory().getByte(address + i);
      if (name[i] == 0) {
        break;
      }
    }
    return name;
  }

  private static long capability(long number) {
    if (number < 0 || number >= Capability.values().length) {
      throw Errno.EINVAL.exception();
    }
    return 1L << number;
  }

  private static void dropBounding(Task task, long bit) {
    Credentials c = task.credentials();
    if (!c.capable(Capability.SETPCAP)) {
      throw Errno.EPERM.exception();
    }
    task.setCredentials(
        c.withCapabilities(
            c.permitted(), c.effective(), c.inheritable(), c.bounding() & ~bit, c.ambient()));
  }

  private static long ambient(Task task, int operation, long number) {
    Credentials c = task.credentials();
    long ambient =
        switch (operation) {
          case AMBIENT_IS_SET, AMBIENT_LOWER -> c.ambient() & ~capability(number);
          case AMBIENT_RAISE -> c.ambient() | capability(number);
          case AMBIENT_CLEAR_ALL -> {
            require(number == 0);
            yield 0;
          }
          default -> throw Errno.EINVAL.exception();
        };
    if (operation == AMBIENT_IS_SET) {
      return ambient == c.ambient() ? 0 : 1;
    }
    if ((ambient & ~(c.permitted() & c.inheritable())) != 0) {
      throw Errno.EPERM.exception();
    }
    task.setCredentials(
        c.withCapabilities(c.permitted(), c.effective(), c.inheritable(), c.bounding(), ambient));
    return 0;
  }
}
