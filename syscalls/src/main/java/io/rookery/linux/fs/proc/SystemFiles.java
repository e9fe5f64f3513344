package io.rookery.linux.fs.proc;

import io.rookery.cpu.CpuFeature;
import io.rookery.cpu.CpuModel;
import io.rookery.linux.fs.KernelVersion;
import io.rookery.linux.fs.synthetic.SyntheticDirectory;
import io.rookery.linux.ipc.sysv.SysvTexts;
import io.rookery.linux.kernel.CpuTimes;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import java.util.Locale;
import java.util.StringJoiner;

/** The files of /proc about the system as a whole. */
final class SystemFiles {
  private static final long SECOND = 1_000_000_000L;

  /** Flags that Linux finds without CPUID. */
  private static final String SYNTHETIC_FLAGS = "rep_good nopl cpuid";

  private SystemFiles() {}

  static void addTo(SyntheticDirectory root, Kernel kernel) {
    root.text("cpuinfo", () -> cpuInfo(kernel.engine().model()));
    root.text("meminfo", () -> memInfo(kernel));
    root.text("stat", () -> stat(kernel));
    root.text("uptime", () -> uptime(kernel));
    root.text("loadavg", () -> loadAverage(kernel));
    root.text(
        "version",
        () ->
            "Linux version "
                + KernelVersion.RELEASE
                + " (rookery@jvm) (java) "
                + KernelVersion.VERSION
                + "\n");
    root.text(
        "filesystems",
        () ->
            """
            nodev\tsysfs
            nodev\ttmpfs
            nodev\tproc
            nodev\tdevtmpfs
            nodev\tdevpts
            nodev\toverlay
            \text2
            """);
    root.text("cmdline", () -> "rookery\n");
    root.text(
        "devices", () -> "Character devices:\n  1 mem\n  5 /dev/tty\n136 pts\n\nBlock devices:\n");
    root.text("swaps", () -> "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    root.text("partitions", () -> "major minor  #blocks  name\n\n");
    root.text("diskstats", () -> "");
    root.text("modules", () -> "");
    root.text("locks", () -> "");
    root.text("interrupts", () -> "           CPU0       \n");
    root.text("vmstat", () -> vmstat(kernel));
    SyntheticDirectory sysv = root.directory("sysvipc");
    sysv.text("msg", () -> SysvTexts.messages(kernel.vfs()));
    sysv.text("sem", () -> SysvTexts.semaphores(kernel.vfs()));
    sysv.text("shm", () -> SysvTexts.sharedMemory(kernel.vfs()));
    root.text("misc", () -> "");
    root.text("cgroups", () -> "#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
  }

  static String cpuInfo(CpuModel model) {
    int cpus = Runtime.getRuntime().availableProcessors();
    int signature = CpuModel.SIGNATURE;
    String flags = flags(model);
    StringBuilder b = new StringBuilder();
    for (int i = 0; i < cpus; i++) {
      b.append("processor\t: ").append(i).append('\n');
      b.append("vendor_id\t: GenuineIntel\ncpu family\t: ").append(signature >>> 8 & 15);
      b.append("\nmodel\t\t: ").append((signature >>> 12 & 0xf0) | (signature >>> 4 & 15));
      b.append("\nmodel name\t: ").append(CpuModel.BRAND);
      b.append("\nstepping\t: ").append(signature & 15).append('\n');
      b.append("cpu MHz\t\t: 2000.000\ncache size\t: 4096 KB\n");
      b.append("physical id\t: 0\nsiblings\t: ").append(cpus).append('\n');
      b.append("core id\t\t: ").append(i).append("\ncpu cores\t: ").append(cpus).append('\n');
      b.append("fpu\t\t: yes\nfpu_exception\t: yes\ncpuid level\t: 13\nwp\t\t: yes\n");
      b.append("flags\t\t: ").append(flags).append('\n');
      b.append("bugs\t\t:\nbogomips\t: 4000.00\nclflush size\t: 64\n");
      b.append("cache_alignment\t: 64\naddress sizes\t: 48 bits physical, 48 bits virtual\n");
      b.append("power management:\n\n");
    }
    return b.toString();
  }

  private static String flags(CpuModel model) {
    StringJoiner flags = new StringJoiner(" ");
    for (CpuFeature feature : model.features()) {
      if (feature != CpuFeature.OSXSAVE) {
        flags.add(feature.linuxName());
      }
      if (feature == CpuFeature.LM) {
        flags.add(SYNTHETIC_FLAGS);
      }
    }
    return flags.toString();
  }

  private static String memInfo(Kernel kernel) {
    long total = kernel.memory().limitBytes() / 1024;
    long free = Math.max(0, total - kernel.memory().usedBytes() / 1024);
    StringBuilder b = new StringBuilder();
    kib(b, "MemTotal", total);
    kib(b, "MemFree", free);
    kib(b, "MemAvailable", free);
    for (String zero :
        new String[] {
          "Buffers",
          "Cached",
          "SwapCached",
          "Active",
          "Inactive",
          "Unevictable",
          "Mlocked",
          "SwapTotal",
          "SwapFree",
          "Dirty",
          "Writeback",
          "AnonPages",
          "Mapped",
          "Shmem",
          "KReclaimable",
          "Slab",
          "SReclaimable",
          "SUnreclaim",
          "KernelStack",
          "PageTables"
        }) {
      kib(b, zero, 0);
    }
    kib(b, "CommitLimit", total);
    kib(b, "Committed_AS", total - free);
    kib(b, "VmallocTotal", 34359738367L);
    kib(b, "VmallocUsed", 0);
    b.append("HugePages_Total:       0\nHugePages_Free:        0\n");
    kib(b, "Hugepagesize", 2048);
    return b.toString();
  }

  private static void kib(StringBuilder b, String name, long value) {
    b.append(String.format(Locale.ROOT, "%-16s%8d kB\n", name + ":", value));
  }

  private static long userTicks(Kernel kernel) {
    long nanos = 0;
    for (ThreadGroup p : kernel.pids().processes()) {
      nanos += p.times().total();
    }
    return nanos / CpuTimes.TICK;
  }

  private static String stat(Kernel kernel) {
    int cpus = Runtime.getRuntime().availableProcessors();
    long user = userTicks(kernel);
    long idle = Math.max(0, kernel.clock().monotonicNanos() / CpuTimes.TICK * cpus - user);
    StringBuilder b = new StringBuilder();
    b.append("cpu  ").append(user).append(" 0 0 ").append(idle).append(" 0 0 0 0 0 0\n");
    for (int i = 0; i < cpus; i++) {
      b.append("cpu").append(i).append(' ').append(user / cpus).append(" 0 0 ");
      b.append(idle / cpus).append(" 0 0 0 0 0 0\n");
    }
    long boot = (kernel.clock().realtimeNanos() - kernel.clock().monotonicNanos()) / SECOND;
    b.append("intr 0\nctxt 0\nbtime ").append(boot);
    b.append("\nprocesses ").append(kernel.pids().lastId());
    b.append("\nprocs_running ").append(running(kernel));
    b.append("\nprocs_blocked 0\nsoftirq 0 0 0 0 0 0 0 0 0 0 0\n");
    return b.toString();
  }

  private static long running(Kernel kernel) {
    return kernel.pids().processes().stream()
        .flatMap(p -> p.tasks().stream())
        .filter((Task t) -> !t.isSleeping())
        .count();
  }

  private static String uptime(Kernel kernel) {
    double up = kernel.clock().monotonicNanos() / (double) SECOND;
    return String.format(Locale.ROOT, "%.2f %.2f\n", up, up);
  }

  private static String loadAverage(Kernel kernel) {
    return "0.00 0.00 0.00 "
        + running(kernel)
        + "/"
        + kernel.pids().taskCount()
        + " "
        + kernel.pids().lastId()
        + "\n";
  }

  private static String vmstat(Kernel kernel) {
    long free = (kernel.memory().limitBytes() - kernel.memory().usedBytes()) / 4096;
    return "nr_free_pages " + Math.max(0, free) + "\npgpgin 0\npgpgout 0\npswpin 0\npswpout 0\n";
  }
}
