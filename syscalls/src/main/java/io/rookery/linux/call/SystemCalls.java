package io.rookery.linux.call;

import io.rookery.cpu.ir.Reg;
import io.rookery.linux.abi.Bytes;
import io.rookery.linux.abi.Support;
import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.abi.TimeStructs;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.fs.KernelVersion;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import java.nio.charset.StandardCharsets;

/** The system as a whole, and what is peculiar to x86. */
public final class SystemCalls {
  private static final int UTS_FIELD = 65;
  private static final int HOST_NAME_MAX = 64;
  private static final int PERSONALITY_TYPE = 0xff;
  private static final int PER_LINUX32 = 8;
  private static final int UNAME26 = 0x20000;
  private static final int SYSINFO_SIZE = 112;

  private static final int ARCH_SET_GS = 0x1001;
  private static final int ARCH_SET_FS = 0x1002;
  private static final int ARCH_GET_FS = 0x1003;
  private static final int ARCH_GET_GS = 0x1004;
  private static final int ARCH_GET_CPUID = 0x1011;
  private static final int ARCH_SET_CPUID = 0x1012;

  private static final int GRND_ALL = 7;
  private static final int GRND_RANDOM_OR_INSECURE = 6;
  private static final int MOST_RANDOM = 32 << 20;
  private static final int PAGE = 4096;

  private SystemCalls() {}

  public static void register(SyscallTable.Builder t) {
    t.row(63, "uname", SystemCalls::uname, "ptr");
    t.row(99, "sysinfo", SystemCalls::sysinfo, "ptr");
    t.row(
        103,
        "syslog",
        (task, a, b, c, d, e, f) -> {
          throw Errno.EPERM.exception();
        },
        "int, ptr, int",
        Support.REFUSED,
        "there is no kernel log: EPERM");
    t.row(135, "personality", SystemCalls::personality, "flags");
    t.row(158, "arch_prctl", SystemCalls::archPrctl, "flags, ptr");
    t.row(170, "sethostname", SystemCalls::setHostName, "ptr, size");
    t.row(171, "setdomainname", SystemCalls::setDomainName, "ptr, size");
    t.row(
        317,
        "seccomp",
        (task, a, b, c, d, e, f) -> {
          throw Errno.EINVAL.exception();
        },
        "int, flags, ptr",
        Support.REFUSED,
        "no filters, as in a kernel without CONFIG_SECCOMP: EINVAL");
    t.row(318, "getrandom", SystemCalls::random, "ptr, size, flags");
    t.row(
        334,
        "rseq",
        (task, a, b, c, d, e, f) -> {
          throw Errno.ENOSYS.exception();
        },
        "ptr, size, flags, int",
        Support.REFUSED,
        "the C library does without: ENOSYS");
  }

  private static void putField(byte[] b, int index, String text) {
    byte[] s = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(s, 0, b, index * UTS_FIELD, Math.min(s.length, UTS_FIELD - 1));
  }

  private static long uname(Task task, long to, long b, long c, long d, long e, long f) {
    byte[] u = new byte[6 * UTS_FIELD];
    putField(u, 0, "Linux");
    putField(u, 1, task.kernel().hostname());
    boolean old = (task.personality() & UNAME26) != 0;
    putField(u, 2, old ? KernelVersion.RELEASE_26 : KernelVersion.RELEASE);
    putField(u, 3, KernelVersion.VERSION);
    boolean linux32 = (task.personality() & PERSONALITY_TYPE) == PER_LINUX32;
    putField(u, 4, linux32 ? "i686" : "x86_64");
    putField(u, 5, task.kernel().domainName());
    task.memory().write(to, u);
    return 0;
  }

  private static String readName(Task task, long from, long length) {
    if (!task.credentials().capable(Capability.SYS_ADMIN)) {
      throw Errno.EPERM.exception();
    }
    if (length < 0 || length > HOST_NAME_MAX) {
      throw Errno.EINVAL.exception();
    }
    String name = new String(task.memory().read(from, (int) length), StandardCharsets.UTF_8);
    int end = name.indexOf('\0');
    return end < 0 ? name : name.substring(0, end);
  }

  private static long setHostName(
      Task task, long from, long length, long c, long d, long e, long f) {
    task.kernel().setHostname(readName(task, from, length));
    return 0;
  }

  private static long setDomainName(
      Task task, long from, long length, long c, long d, long e, long f) {
    task.kernel().setDomainName(readName(task, from, length));
    return 0;
  }

  private static long sysinfo(Task task, long to, long b, long c, long d, long e, long f) {
    Kernel k = task.kernel();
    byte[] s = new byte[SYSINFO_SIZE];
    long total = k.memory().limitBytes();
    Bytes.putLong(s, 0, k.clock().monotonicNanos() / TimeStructs.NANOS);
    Bytes.putLong(s, 32, total);
    Bytes.putLong(s, 40, Math.max(0, total - k.memory().usedBytes()));
    Bytes.putShort(s, 80, k.pids().taskCount());
    Bytes.putInt(s, 104, 1); // mem_unit
    task.memory().write(to, s);
    return 0;
  }

  private static long personality(Task task, long value, long b, long c, long d, long e, long f) {
    int old = task.personality();
    if ((int) value != -1) {
      task.setPersonality((int) value);
    }
    return old & 0xffffffffL;
  }

  private static long archPrctl(
      Task task, long code, long address, long c, long d, long e, long f) {
    long[] r = task.cpu().r;
    UserMemory m = task.memory();
    switch ((int) code) {
      case ARCH_SET_FS -> r[Reg.FS_BASE] = checkBase(task, address);
      case ARCH_SET_GS -> r[Reg.GS_BASE] = checkBase(task, address);
      case ARCH_GET_FS -> m.putLong(address, r[Reg.FS_BASE]);
      case ARCH_GET_GS -> m.putLong(address, r[Reg.GS_BASE]);
      case ARCH_GET_CPUID -> {
        return 1;
      }
      case ARCH_SET_CPUID -> throw Errno.ENODEV.exception();
      default -> throw Errno.EINVAL.exception();
    }
    return 0;
  }

  private static long checkBase(Task task, long address) {
    if (Long.compareUnsigned(address, task.memory().space().addressLimit()) >= 0) {
      throw Errno.EPERM.exception();
    }
    return address;
  }

  private static long random(Task task, long to, long size, long flags, long d, long e, long f) {
    if ((flags & ~GRND_ALL) != 0 || (flags & GRND_RANDOM_OR_INSECURE) == GRND_RANDOM_OR_INSECURE) {
      throw Errno.EINVAL.exception();
    }
    long length = Math.min(size < 0 ? MOST_RANDOM : size, MOST_RANDOM);
    byte[] chunk = new byte[(int) Math.min(length, PAGE)];
    long done = 0;
    while (done < length) {
      task.kernel().random().nextBytes(chunk);
      int n = (int) Math.min(PAGE - (to + done & PAGE - 1), Math.min(chunk.length, length - done));
      try {
        task.memory().write(to + done, chunk, 0, n);
      } catch (ErrnoException x) {
        if (done == 0) {
          throw x;
        }
        break;
      }
      done += n;
      if (task.interrupted()) {
        break;
      }
    }
    return done;
  }
}
