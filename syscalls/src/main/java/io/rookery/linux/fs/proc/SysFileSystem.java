package io.rookery.linux.fs.proc;

import io.rookery.linux.fs.synthetic.SyntheticDirectory;
import io.rookery.linux.fs.synthetic.SyntheticFileSystem;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.Scheduling;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.Inode;

/** The part of sysfs that programs read to learn of processors and devices (sysfs(5)). */
public final class SysFileSystem {
  private static final long SYSFS_MAGIC = 0x62656572;

  private SysFileSystem() {}

  public static FileSystem create(Kernel kernel) {
    return new SyntheticFileSystem(
        kernel.vfs(), "sysfs", SYSFS_MAGIC, fs -> root(fs, kernel.network()));
  }

  private static Inode root(SyntheticFileSystem fs, NetworkNamespace network) {
    SyntheticDirectory root = new SyntheticDirectory(fs);
    for (String d : new String[] {"block", "bus", "class", "dev", "firmware", "module"}) {
      root.directory(d);
    }
    root.directory("class").add("net", NetworkDevices.links(fs, network));
    root.directory("devices").directory("virtual").add("net", NetworkDevices.devices(fs, network));
    root.directory("fs").directory("cgroup");
    String processors = Scheduling.list(Scheduling.allProcessors());
    SyntheticDirectory cpu = root.directory("devices").directory("system").directory("cpu");
    for (String f : new String[] {"online", "possible", "present"}) {
      cpu.line(f, processors);
    }
    cpu.line("offline", "");
    cpu.line("kernel_max", "8191");
    for (int i = 0; i < Runtime.getRuntime().availableProcessors(); i++) {
      SyntheticDirectory topology = cpu.directory("cpu" + i).directory("topology");
      topology.line("core_id", Integer.toString(i));
      topology.line("physical_package_id", "0");
      topology.line("thread_siblings_list", Integer.toString(i));
      topology.line("core_siblings_list", processors);
    }
    SyntheticDirectory node = root.directory("devices").directory("system").directory("node");
    node.line("online", "0");
    node.line("possible", "0");
    node.directory("node0").line("cpulist", processors);
    SyntheticDirectory huge =
        root.directory("kernel").directory("mm").directory("transparent_hugepage");
    huge.line("enabled", "always madvise [never]");
    huge.line("hpage_pmd_size", "2097152");
    return root;
  }
}
