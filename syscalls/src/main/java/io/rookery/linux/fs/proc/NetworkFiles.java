package io.rookery.linux.fs.proc;

import io.rookery.linux.fs.synthetic.SyntheticDirectory;
import io.rookery.linux.ipc.socket.UnixTexts;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.net.NetworkNamespace;
import io.rookery.linux.net.NetworkTexts;

/** /proc/PID/net: one network for all processes (proc_net(5)). */
final class NetworkFiles extends SyntheticDirectory {
  private static final int TCP = 6;
  private static final int UDP = 17;

  NetworkFiles(ProcessDirectory directory, long ino) {
    super(directory.fileSystem(), ino, 0555);
    Kernel kernel = directory.process().kernel();
    NetworkNamespace n = kernel.network();
    text("tcp", () -> NetworkTexts.sockets(n, TCP, false));
    text("tcp6", () -> NetworkTexts.sockets(n, TCP, true));
    text("udp", () -> NetworkTexts.sockets(n, UDP, false));
    text("udp6", () -> NetworkTexts.sockets(n, UDP, true));
    text("unix", () -> UnixTexts.sockets(kernel.vfs()));
    text("dev", () -> NetworkTexts.devices(n));
    text("route", () -> NetworkTexts.routes(n));
    text("if_inet6", () -> NetworkTexts.addresses6(n));
    text("sockstat", () -> NetworkTexts.counts(n));
    line("arp", "IP address       HW type     Flags       HW address            Mask     Device");
  }
}
