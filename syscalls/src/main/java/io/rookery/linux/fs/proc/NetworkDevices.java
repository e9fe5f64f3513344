package io.rookery.linux.fs.proc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.fs.synthetic.SyntheticDirectory;
import io.rookery.linux.fs.synthetic.SyntheticFileSystem;
import io.rookery.linux.fs.synthetic.SyntheticInode;
import io.rookery.linux.fs.synthetic.SyntheticLink;
import io.rookery.linux.net.Interfaces;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.vfs.DirEntry;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import io.rookery.tcpip.IpInterface;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** A directory with an entry for each interface of the network, whenever it came. */
abstract class NetworkDevices extends SyntheticDirectory {
  /** Bits of the flags that Linux keeps elsewhere: IFF_RUNNING, IFF_LOWER_UP. */
  private static final int VOLATILE = 0x40 | 0x10000;

  private static final List<String> ZEROS =
      List.of("addr_assign_type", "dev_port", "dormant", "link_mode", "netdev_group", "testing");

  private static final List<String> NEVER_COUNTED =
      List.of(
          "collisions",
          "multicast",
          "rx_compressed",
          "rx_crc_errors",
          "rx_dropped",
          "rx_errors",
          "rx_fifo_errors",
          "rx_frame_errors",
          "rx_length_errors",
          "rx_missed_errors",
          "rx_nohandler",
          "rx_over_errors",
          "tx_aborted_errors",
          "tx_carrier_errors",
          "tx_compressed",
          "tx_dropped",
          "tx_errors",
          "tx_fifo_errors",
          "tx_heartbeat_errors",
          "tx_window_errors");

  private final NetworkNamespace network;
  private final Map<String, SyntheticInode> made = new ConcurrentHashMap<>();

  private NetworkDevices(SyntheticFileSystem fs, NetworkNamespace network) {
    super(fs);
    this.network = network;
  }

  /** /sys/devices/virtual/net. */
  static SyntheticDirectory devices(SyntheticFileSystem fs, NetworkNamespace network) {
    return new NetworkDevices(fs, network) {
      @Override
      SyntheticInode entry(IpInterface i) {
        return device(fs, i);
      }
    };
  }

  /** /sys/class/net: links to the devices. */
  static SyntheticDirectory links(SyntheticFileSystem fs, NetworkNamespace network) {
    return new NetworkDevices(fs, network) {
      @Override
      SyntheticInode entry(IpInterface i) {
        String target = "../../devices/virtual/net/" + i.name();
        return SyntheticLink.of(fs, target.getBytes(StandardCharsets.US_ASCII));
      }
    };
  }

  abstract SyntheticInode entry(IpInterface i);

  private SyntheticInode known(IpInterface i) {
    return made.computeIfAbsent(i.name(), _ -> entry(i));
  }

  @Override
  public @Nullable Inode lookup(Name name) {
    IpInterface i = network.byName(name.toString());
    return i == null ? null : known(i);
  }

  @Override
  public List<DirEntry> list() {
    List<DirEntry> all = new ArrayList<>();
    for (IpInterface i : network.stack().interfaces()) {
      SyntheticInode entry = known(i);
      all.add(new DirEntry(Name.of(i.name()), entry.ino(), FileMode.directoryType(entry.mode())));
    }
    return all;
  }

  private static SyntheticDirectory device(SyntheticFileSystem fs, IpInterface i) {
    SyntheticDirectory d = new SyntheticDirectory(fs);
    int size = Interfaces.hardwareAddressLength(i);
    String address = "00:".repeat(size).replaceAll(":$", "");
    d.line("addr_len", Integer.toString(size));
    d.line("address", address);
    d.line("broadcast", address);
    d.text("carrier", () -> ifUp(i, "1\n"));
    d.line("dev_id", "0x0");
    d.text("duplex", NetworkDevices::unknown);
    d.text("flags", () -> String.format(Locale.ROOT, "0x%x\n", Interfaces.flags(i) & ~VOLATILE));
    d.text("ifalias", () -> "");
    d.line("ifindex", Integer.toString(i.index()));
    d.line("iflink", Integer.toString(i.index()));
    d.text("mtu", () -> i.mtu() + "\n");
    d.line("name_assign_type", i.isLoopback() ? "2" : "4");
    d.text("operstate", () -> i.isUp() ? "unknown\n" : "down\n");
    d.text("speed", NetworkDevices::unknown);
    d.line("tx_queue_len", Integer.toString(Interfaces.QUEUE_LENGTH));
    d.line("type", Integer.toString(Interfaces.type(i)));
    d.line("uevent", "INTERFACE=" + i.name() + "\nIFINDEX=" + i.index());
    d.link("subsystem", "../../../../class/net");
    ZEROS.forEach(name -> d.line(name, "0"));
    SyntheticDirectory statistics = d.directory("statistics");
    count(statistics, "rx_bytes", i, IpInterface.Traffic::bytesIn);
    count(statistics, "rx_packets", i, IpInterface.Traffic::packetsIn);
    count(statistics, "tx_bytes", i, IpInterface.Traffic::bytesOut);
    count(statistics, "tx_packets", i, IpInterface.Traffic::packetsOut);
    NEVER_COUNTED.forEach(name -> statistics.line(name, "0"));
    return d;
  }

  private static void count(
      SyntheticDirectory d, String name, IpInterface i, ToLongFunction<IpInterface.Traffic> value) {
    d.text(name, () -> value.applyAsLong(i.traffic()) + "\n");
  }

  private static String ifUp(IpInterface i, String text) {
    return i.isUp() ? text : unknown();
  }

  /** What interfaces without hardware cannot tell. */
  private static String unknown() {
    throw Errno.EINVAL.exception();
  }
}
