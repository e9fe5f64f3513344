package io.rookery;

import io.rookery.linux.kernel.Kernel;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.link.PacketSink;
import io.rookery.tcpip.link.PcapFile;
import io.rookery.tcpip.link.PcapTracer;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Joins a guest to its networks. The interfaces are the kernel's; closing this ends the trace. */
final class GuestNetwork implements AutoCloseable {
  private static final int MOST_NAME_SERVERS = 3; // resolv.conf(5): MAXNS

  private final @Nullable PcapFile trace;

  private GuestNetwork(@Nullable PcapFile trace) {
    this.trace = trace;
  }

  /** Makes the interfaces, and /etc/resolv.conf if there is somebody to ask. */
  static GuestNetwork join(Kernel kernel, RootFileSystem root, VmBuilder settings) {
    List<Network> networks =
        settings.networks.stream().filter(n -> !(n instanceof NoNetwork)).toList();
    if (networks.stream().filter(HostNetwork.class::isInstance).count() > 1) {
      throw new IllegalArgumentException("more than one network of Networks.host");
    }
    GuestNetwork joined =
        new GuestNetwork(settings.capture == null ? null : open(settings.capture));
    try {
      List<IpAddress> servers = joined.interfaces(kernel, networks, settings.hostname);
      if (!servers.isEmpty()) {
        root.cover(kernel, "/etc", "resolv.conf", resolverConfiguration(servers));
      }
      return joined;
    } catch (RuntimeException e) {
      joined.close();
      throw e;
    }
  }

  private static PcapFile open(Path file) {
    try {
      return new PcapFile(
          new BufferedOutputStream(Files.newOutputStream(file)), InstantSource.system());
    } catch (IOException e) {
      throw new VmException("the packets cannot be written to " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Adds an interface for each network, and answers the name servers in the order to ask them. One
   * that knows a few names refuses others, so that the next one is asked; one that knows all says
   * that there is no such name, and nobody is asked any more.
   */
  private List<IpAddress> interfaces(Kernel kernel, List<Network> networks, String hostname) {
    List<Network> order =
        Stream.concat(
                networks.stream().filter(Network::namesOfItsOwnOnly),
                networks.stream().filter(n -> !n.namesOfItsOwnOnly()))
            .toList();
    List<List<IpAddress>> servers = new ArrayList<>(Collections.nCopies(order.size(), List.of()));
    for (int i = 0; i < networks.size(); i++) {
      Network network = networks.get(i);
      int place = order.indexOf(network);
      Network.Joined joined = network.join(new Network.Guest(hostname, place < order.size() - 1));
      if (joined != null) {
        String name = "eth" + i;
        kernel
            .network()
            .addLink(
                name, traced(name, joined.sink()), joined.addresses(), joined.gateways(), 100 * i);
        servers.set(place, joined.nameServers());
      }
    }
    return servers.stream().flatMap(List::stream).limit(MOST_NAME_SERVERS).toList();
  }

  private PacketSink traced(String name, PacketSink sink) {
    PcapFile file = trace;
    return file == null ? sink : new PcapTracer(sink, file, name);
  }

  private static byte[] resolverConfiguration(List<IpAddress> servers) {
    StringBuilder text = new StringBuilder();
    servers.forEach(a -> text.append("nameserver ").append(a).append('\n'));
    return text.toString().getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public void close() {
    if (trace != null) {
      trace.close();
    }
  }
}
