package io.rookery.linux.fs.proc;

import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.ControllingTerminal;
import io.rookery.linux.kernel.CpuTimes;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Resource;
import io.rookery.linux.kernel.ResourceLimits;
import io.rookery.linux.kernel.Scheduling;
import io.rookery.linux.kernel.SignalAction;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.mm.MemoryDescriptor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The contents of the files of a process, in the formats of proc(5). */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
final class ProcessTexts {
  private static final int MAX_ARGUMENTS = 1 << 20;
  private static final int KIB_PER_PAGE = 4;

  private ProcessTexts() {}

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] personality(Task t) {
    return ascii(String.format(Locale.ROOT, "%08x\n", t.personality()));
  }

  static byte[] comm(byte[] comm) {
    byte[] line = Arrays.copyOf(comm, comm.length + 1);
    line[comm.length] = '\n';
    return line;
  }

  /** A zombie has lost its threads: few files have content. */
  static byte[] ofZombie(ThreadGroup process, ProcessDirectory.Content content) {
    // The texts need a thread for everything but stat and status.
    return content == STAT_CONTENT ? stat(process, null) : new byte[0];
  }

  /** Recognised by {@link #ofZombie}. */
  static final ProcessDirectory.Content STAT_CONTENT = (p, t, r) -> stat(p, t);

  private static String stateOf(ThreadGroup p, @Nullable Task t) {
    if (p.isInit()) {
      return "S";
    }
    if (t == null || p.isZombie()) {
      return "Z";
    }
    if (p.signals().isStopped()) {
      return "T";
    }
    return t.isSleeping() ? "S" : "R";
  }

  private static long ticks(long nanos) {
    return nanos / CpuTimes.TICK;
  }

  static byte[] stat(ThreadGroup p, @Nullable Task t) {
    MemoryDescriptor mm = t == null ? null : t.mm();
    MemoryDescriptor.ProgramInfo info = mm == null ? null : mm.info();
    ControllingTerminal tty = p.session().terminal();
    CpuTimes own = p.times();
    CpuTimes children = p.childTimes();
    int nice = t == null ? 0 : t.nice();
    String comm =
        p.isInit()
            ? "init"
            : new String(t == null ? p.comm() : t.comm(), StandardCharsets.ISO_8859_1);
    StringBuilder b = new StringBuilder(256);
    b.append(t == null ? p.pid() : t.tid() == p.pid() ? p.pid() : t.tid());
    b.append(" (").append(comm).append(") ").append(stateOf(p, t));
    add(b, p.parentPid(), p.group().id(), p.session().id());
    add(b, tty == null ? 0 : tty.device(), tty == null ? -1 : tty.foregroundGroup());
    add(b, 0x400000, 0, 0, 0, 0); // flags and faults
    add(b, ticks(own.user()), ticks(own.system()));
    add(b, ticks(children.user()), ticks(children.system()));
    add(b, 20 + nice, nice, p.tasks().size(), 0, ticks(p.startNanos()));
    add(b, mm == null ? 0 : mm.space().mappedBytes(), mm == null ? 0 : mm.space().residentPages());
    b.append(" 18446744073709551615"); // rsslim
    if (info == null) {
      add(b, 0, 0, 0, 0, 0);
    } else {
      add(b, info.codeStart(), info.codeEnd(), info.stackStart(), 0, 0);
    }
    long pending = t == null ? 0 : t.pendingSignals();
    add(b, pending & 0x7fffffff, t == null ? 0 : t.signalMask() & 0x7fffffff);
    add(b, dispositions(p, true) & 0x7fffffff, dispositions(p, false) & 0x7fffffff);
    Scheduling scheduling = t == null ? Scheduling.initial() : t.scheduling();
    add(b, 0, 0, 0, p.exitSignal(), scheduling.processor(), 0, scheduling.policy(), 0, 0, 0);
    if (info == null || mm == null) {
      add(b, 0, 0, 0, 0, 0, 0, 0);
    } else {
      add(b, info.dataStart(), info.dataEnd(), mm.brkStart());
      add(b, info.argStart(), info.argEnd(), info.envStart(), info.envEnd());
    }
    add(b, 0);
    return ascii(b.append('\n').toString());
  }

  private static void add(StringBuilder b, long... numbers) {
    for (long n : numbers) {
      b.append(' ').append(n);
    }
  }

  /** The set of ignored or of caught signals. */
  private static long dispositions(ThreadGroup p, boolean ignored) {
    long set = 0;
    for (int s = 1; s <= Signals.MAX; s++) {
      long handler = p.signals().actions().get(s).handler();
      if (ignored
          ? handler == SignalAction.IGNORE
          : handler != SignalAction.IGNORE && handler != SignalAction.DEFAULT) {
        set |= Signals.bit(s);
      }
    }
    return set;
  }

  static byte[] statm(Task t) {
    long size = t.mm().space().mappedBytes() / 4096;
    long resident = t.mm().space().residentPages();
    MemoryDescriptor.ProgramInfo i = t.mm().info();
    long text = (i.codeEnd() - i.codeStart() + 4095) / 4096;
    return ascii(size + " " + resident + " 0 " + text + " 0 " + resident + " 0\n");
  }

  static byte[] status(ThreadGroup p, Task t) {
    Credentials c = t.credentials();
    long size = t.mm().space().mappedBytes() / 1024;
    long resident = t.mm().space().residentPages() * KIB_PER_PAGE;
    String state =
        switch (stateOf(p, t)) {
          case "Z" -> "Z (zombie)";
          case "T" -> "T (stopped)";
          case "S" -> "S (sleeping)";
          default -> "R (running)";
        };
    StringBuilder b = new StringBuilder(1024);
    line(b, "Name", new String(t.comm(), StandardCharsets.ISO_8859_1));
    line(b, "Umask", "0%03o".formatted(t.fs().umask()));
    line(b, "State", state);
    line(b, "Tgid", p.pid());
    line(b, "Ngid", 0);
    line(b, "Pid", t.tid());
    line(b, "PPid", p.parentPid());
    line(b, "TracerPid", 0);
    line(b, "Uid", c.uid() + "\t" + c.euid() + "\t" + c.suid() + "\t" + c.fsuid());
    line(b, "Gid", c.gid() + "\t" + c.egid() + "\t" + c.sgid() + "\t" + c.fsgid());
    line(b, "FDSize", Math.max(64, t.files().descriptors().length));
    StringBuilder groups = new StringBuilder();
    c.groups().forEach(g -> groups.append(Integer.toUnsignedString(g)).append(' '));
    line(b, "Groups", groups.toString());
    line(b, "NStgid", p.pid());
    line(b, "NSpid", t.tid());
    line(b, "NSpgid", p.group().id());
    line(b, "NSsid", p.session().id());
    kib(b, "VmPeak", size);
    kib(b, "VmSize", size);
    kib(b, "VmLck", 0);
    kib(b, "VmPin", 0);
    kib(b, "VmHWM", resident);
    kib(b, "VmRSS", resident);
    kib(b, "RssAnon", resident);
    kib(b, "RssFile", 0);
    kib(b, "RssShmem", 0);
    kib(b, "VmData", (t.mm().brk() - t.mm().brkStart()) / 1024);
    kib(b, "VmStk", 132);
    kib(b, "VmExe", (t.mm().info().codeEnd() - t.mm().info().codeStart()) / 1024);
    kib(b, "VmLib", 0);
    kib(b, "VmPTE", 0);
    kib(b, "VmSwap", 0);
    line(b, "CoreDumping", 0);
    line(b, "Threads", p.tasks().size());
    line(b, "SigQ", p.signals().queued() + "/" + Math.max(0, p.limits().soft(Resource.SIGPENDING)));
    set(b, "SigPnd", t.pendingSignals() & ~p.signals().pendingShared());
    set(b, "ShdPnd", p.signals().pendingShared());
    set(b, "SigBlk", t.signalMask());
    set(b, "SigIgn", dispositions(p, true));
    set(b, "SigCgt", dispositions(p, false));
    set(b, "CapInh", c.inheritable());
    set(b, "CapPrm", c.permitted());
    set(b, "CapEff", c.effective());
    set(b, "CapBnd", c.bounding());
    set(b, "CapAmb", c.ambient());
    line(b, "NoNewPrivs", t.noNewPrivileges() ? 1 : 0);
    line(b, "Seccomp", 0);
    line(b, "Seccomp_filters", 0);
    line(b, "Cpus_allowed", Scheduling.mask(t.scheduling().allowed()));
    line(b, "Cpus_allowed_list", Scheduling.list(t.scheduling().allowed()));
    line(b, "Mems_allowed", "00000000,00000001");
    line(b, "Mems_allowed_list", "0");
    line(b, "voluntary_ctxt_switches", 0);
    line(b, "nonvoluntary_ctxt_switches", 0);
    return ascii(b.toString());
  }

  private static void line(StringBuilder b, String name, Object value) {
    b.append(name).append(":\t").append(value).append('\n');
  }

  private static void kib(StringBuilder b, String name, long value) {
    line(b, name, String.format(Locale.ROOT, "%8d kB", value));
  }

  private static void set(StringBuilder b, String name, long value) {
    line(b, name, String.format(Locale.ROOT, "%016x", value));
  }

  static byte[] arguments(Task t) {
    MemoryDescriptor.ProgramInfo i = t.mm().info();
    return memory(t, i.argStart(), i.argEnd());
  }

  static byte[] environment(Task t) {
    MemoryDescriptor.ProgramInfo i = t.mm().info();
    return memory(t, i.envStart(), i.envEnd());
  }

  private static byte[] memory(Task t, long start, long end) {
    MemoryDescriptor mm = t.mm();
    int n = (int) Math.max(0, Math.min(end - start, MAX_ARGUMENTS));
    try {
      return mm.memory().read(start, n);
    } catch (ErrnoException e) {
      return new byte[0]; // the program unmapped it
    }
  }

  static byte[] io() {
    return ascii(
        """
        rchar: 0
        wchar: 0
        syscr: 0
        syscw: 0
        read_bytes: 0
        write_bytes: 0
        cancelled_write_bytes: 0
        """);
  }

  static byte[] idMap() {
    return ascii("         0          0 4294967295\n");
  }

  private record LimitRow(Resource resource, String name, String unit) {}

  private static final LimitRow[] LIMITS = {
    new LimitRow(Resource.CPU, "Max cpu time", "seconds"),
    new LimitRow(Resource.FSIZE, "Max file size", "bytes"),
    new LimitRow(Resource.DATA, "Max data size", "bytes"),
    new LimitRow(Resource.STACK, "Max stack size", "bytes"),
    new LimitRow(Resource.CORE, "Max core file size", "bytes"),
    new LimitRow(Resource.RSS, "Max resident set", "bytes"),
    new LimitRow(Resource.NPROC, "Max processes", "processes"),
    new LimitRow(Resource.NOFILE, "Max open files", "files"),
    new LimitRow(Resource.MEMLOCK, "Max locked memory", "bytes"),
    new LimitRow(Resource.AS, "Max address space", "bytes"),
    new LimitRow(Resource.LOCKS, "Max file locks", "locks"),
    new LimitRow(Resource.SIGPENDING, "Max pending signals", "signals"),
    new LimitRow(Resource.MSGQUEUE, "Max msgqueue size", "bytes"),
    new LimitRow(Resource.NICE, "Max nice priority", ""),
    new LimitRow(Resource.RTPRIO, "Max realtime priority", ""),
    new LimitRow(Resource.RTTIME, "Max realtime timeout", "us"),
  };

  static byte[] limits(ThreadGroup p) {
    StringBuilder b = new StringBuilder();
    String format = "%-25s %-20s %-20s %-10s\n";
    b.append(format.formatted("Limit", "Soft Limit", "Hard Limit", "Units"));
    for (LimitRow row : LIMITS) {
      b.append(
          format.formatted(
              row.name(),
              limit(p.limits().soft(row.resource())),
              limit(p.limits().hard(row.resource())),
              row.unit()));
    }
    return ascii(b.toString());
  }

  private static String limit(long value) {
    return value == ResourceLimits.INFINITY ? "unlimited" : Long.toUnsignedString(value);
  }

  /** The octal escapes of /proc/mounts and /proc/PID/maps. */
  static void escaped(ByteArrayOutputStream out, byte[] text, String escape) {
    for (byte c : text) {
      if (escape.indexOf((char) c) >= 0) {
        out.writeBytes(ascii("\\%03o".formatted(c & 0xff)));
      } else {
        out.write(c);
      }
    }
  }
}
