package io.rookery.linux.fs.proc;

import io.rookery.linux.fs.synthetic.SyntheticDirectory;
import io.rookery.linux.ipc.socket.UnixTexts;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.net.CounterTexts;
import io.rookery.linux.net.GroupTexts;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.net.NetworkTexts;
import io.rookery.linux.net.packet.PacketTexts;
import java.util.Locale;

/** /proc/PID/net: one network for all processes (proc_net(5)). */
final class NetworkFiles extends SyntheticDirectory {
  NetworkFiles(ProcessDirectory directory, long ino) {
    super(directory.fileSystem(), ino, 0555);
    Kernel kernel = directory.process().kernel();
    NetworkNamespace n = kernel.network();
    for (NetworkTexts.Kind kind : NetworkTexts.Kind.values()) {
      String name = kind.name().toLowerCase(Locale.ROOT);
      text(name, () -> NetworkTexts.sockets(n, kind, false));
      text(name + "6", () -> NetworkTexts.sockets(n, kind, true));
    }
    text("packet", () -> PacketTexts.sockets(n));
    text("igmp", () -> GroupTexts.v4(n));
    text("igmp6", () -> GroupTexts.v6(n));
    text("unix", () -> UnixTexts.sockets(kernel.vfs()));
    text("dev", () -> NetworkTexts.devices(n));
    text("route", () -> NetworkTexts.routes(n));
    text("if_inet6", () -> NetworkTexts.addresses6(n));
    text("ipv6_route", () -> NetworkTexts.routes6(n));
    text("sockstat", () -> NetworkTexts.counts(n, false));
    text("sockstat6", () -> NetworkTexts.counts(n, true));
    text("snmp", () -> CounterTexts.snmp(n));
    text("netstat", () -> CounterTexts.netstat(n));
    line("arp", "IP address       HW type     Flags       HW address            Mask     Device");
  }
}
