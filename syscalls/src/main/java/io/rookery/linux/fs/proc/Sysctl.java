package io.rookery.linux.fs.proc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.KernelVersion;
import io.rookery.linux.fs.synthetic.SyntheticDirectory;
import io.rookery.linux.fs.synthetic.SyntheticText;
import io.rookery.linux.ipc.InotifyFile;
import io.rookery.linux.ipc.mqueue.PosixQueues;
import io.rookery.linux.ipc.sysv.MessageQueues;
import io.rookery.linux.ipc.sysv.SemaphoreSets;
import io.rookery.linux.ipc.sysv.SharedMemory;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.PidTable;
import io.rookery.linux.kernel.Task;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** /proc/sys: kernel parameters as proc(5) names them. Few can be changed. */
final class Sysctl {
  private Sysctl() {}

  static void addTo(SyntheticDirectory sys, Kernel k) {
    kernel(sys.directory("kernel"), k);
    SyntheticDirectory vm = sys.directory("vm");
    vm.line("overcommit_memory", "0");
    vm.line("overcommit_ratio", "50");
    vm.line("max_map_count", "65530");
    vm.line("swappiness", "60");
    vm.line("mmap_min_addr", "65536");
    vm.line("nr_hugepages", "0");
    vm.line("drop_caches", "0");
    SyntheticDirectory fs = sys.directory("fs");
    fs.line("file-max", "9223372036854775807");
    fs.line("nr_open", Integer.toString(k.limits().openFiles()));
    fs.line("file-nr", "0\t0\t9223372036854775807");
    fs.line("pipe-max-size", "1048576");
    fs.line("aio-max-nr", "0");
    fs.line("aio-nr", "0");
    fs.line("protected_hardlinks", "1");
    fs.line("protected_symlinks", "0");
    fs.line("protected_fifos", "0");
    fs.line("protected_regular", "0");
    fs.line("suid_dumpable", "0");
    fs.directory("epoll").line("max_user_watches", "1048576");
    SyntheticDirectory inotify = fs.directory("inotify");
    inotify.line("max_queued_events", Integer.toString(InotifyFile.MAX_QUEUED_EVENTS));
    inotify.line("max_user_instances", "128");
    inotify.line("max_user_watches", Integer.toString(InotifyFile.MAX_USER_WATCHES));
    SyntheticDirectory queues = fs.directory("mqueue");
    queues.line("queues_max", Integer.toString(PosixQueues.QUEUES_MAX));
    for (String name : new String[] {"msg_max", "msg_default"}) {
      queues.line(name, Integer.toString(PosixQueues.MSG_MAX));
    }
    for (String name : new String[] {"msgsize_max", "msgsize_default"}) {
      queues.line(name, Integer.toString(PosixQueues.MSGSIZE_MAX));
    }
    network(sys.directory("net"));
  }

  /** What the IP stack does, and what programs look up before they ask for it. */
  private static void network(SyntheticDirectory net) {
    SyntheticDirectory core = net.directory("core");
    core.line("somaxconn", "4096");
    for (String buffer : new String[] {"rmem_default", "rmem_max", "wmem_default", "wmem_max"}) {
      core.line(buffer, "212992");
    }
    core.line("default_qdisc", "noqueue");
    net.directory("unix").line("max_dgram_qlen", "10");
    SyntheticDirectory ip = net.directory("ipv4");
    ip.line("ip_local_port_range", "32768\t60999");
    ip.line("ip_local_reserved_ports", "");
    ip.line("ip_unprivileged_port_start", "1024");
    ip.line("ip_default_ttl", "64");
    ip.line("ip_forward", "0");
    ip.line("ip_nonlocal_bind", "0");
    ip.line("ping_group_range", "0\t2147483647");
    ip.line("tcp_available_congestion_control", "reno cubic");
    ip.line("tcp_allowed_congestion_control", "reno cubic");
    ip.line("tcp_congestion_control", "cubic");
    ip.line("tcp_fin_timeout", "60");
    ip.line("tcp_keepalive_time", "7200");
    ip.line("tcp_keepalive_intvl", "75");
    ip.line("tcp_keepalive_probes", "9");
    ip.line("tcp_max_syn_backlog", "4096");
    ip.line("tcp_rmem", "4096\t131072\t8388608");
    ip.line("tcp_wmem", "4096\t131072\t8388608");
    ip.line("tcp_sack", "1");
    ip.line("tcp_timestamps", "1");
    ip.line("tcp_window_scaling", "1");
    ip.line("tcp_syncookies", "1");
    ip.line("tcp_ecn", "0");
    ip.line("tcp_fastopen", "0");
    ip.line("tcp_syn_retries", "6");
    ip.line("tcp_retries2", "15");
    ip.line("tcp_tw_reuse", "0");
    SyntheticDirectory v6 = net.directory("ipv6");
    v6.line("bindv6only", "0");
    for (String which : new String[] {"all", "default", "lo"}) {
      v6.directory("conf").directory(which).line("disable_ipv6", "0");
      v6.directory("conf").directory(which).line("forwarding", "0");
    }
  }

  private static void kernel(SyntheticDirectory d, Kernel k) {
    d.line("ostype", "Linux");
    d.line("osrelease", KernelVersion.RELEASE);
    d.line("version", KernelVersion.VERSION);
    d.add("hostname", setting(d, k::hostname, k::setHostname));
    d.add("domainname", setting(d, k::domainName, k::setDomainName));
    d.line("pid_max", Integer.toString(PidTable.MAX));
    d.line("threads-max", Integer.toString(k.limits().tasks()));
    d.line("ngroups_max", "65536");
    d.line("cap_last_cap", Integer.toString(Capability.values().length - 1));
    d.line("overflowuid", "65534");
    d.line("overflowgid", "65534");
    d.line("randomize_va_space", "0");
    d.line("core_pattern", "core");
    d.line("core_uses_pid", "0");
    d.line("printk", "4\t4\t1\t7");
    d.line("tainted", "0");
    d.line("panic", "0");
    d.line(
        "sem",
        SemaphoreSets.SEMMSL
            + "\t"
            + SemaphoreSets.SEMMNS
            + "\t"
            + SemaphoreSets.SEMOPM
            + "\t"
            + SemaphoreSets.SEMMNI);
    d.line("shmmax", SharedMemory.UNLIMITED);
    d.line("shmall", SharedMemory.UNLIMITED);
    d.line("shmmni", Integer.toString(SharedMemory.SHMMNI));
    d.line("shm_rmid_forced", "0");
    d.line("msgmax", Integer.toString(MessageQueues.MSGMAX));
    d.line("msgmnb", Integer.toString(MessageQueues.MSGMNB));
    d.line("msgmni", Integer.toString(MessageQueues.MSGMNI));
    d.line("sched_child_runs_first", "0");
    d.line("perf_event_paranoid", "3");
    d.line("dmesg_restrict", "1");
    SyntheticDirectory random = d.directory("random");
    String boot = uuid(k);
    random.line("boot_id", boot);
    random.text("uuid", () -> uuid(k) + "\n");
    random.line("entropy_avail", "256");
    random.line("poolsize", "256");
  }

  private static String uuid(Kernel k) {
    byte[] b = new byte[16];
    k.random().nextBytes(b);
    long high = 0;
    long low = 0;
    for (int i = 0; i < 8; i++) {
      high = high << 8 | (b[i] & 0xff);
      low = low << 8 | (b[i + 8] & 0xff);
    }
    high = (high & ~0xf000L) | 0x4000L;
    low = (low & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }

  private static SyntheticText setting(
      SyntheticDirectory d, Supplier<String> get, Consumer<String> set) {
    return new SyntheticText(d.fileSystem(), d.fileSystem().newIno(), 0644) {
      @Override
      protected byte[] content(Task task) {
        return (get.get() + "\n").getBytes(StandardCharsets.UTF_8);
      }

      @Override
      protected void write(Task task, byte[] data) {
        if (!task.credentials().capable(Capability.SYS_ADMIN)) {
          throw Errno.EPERM.exception();
        }
        set.accept(new String(data, StandardCharsets.UTF_8).strip());
      }
    };
  }
}
