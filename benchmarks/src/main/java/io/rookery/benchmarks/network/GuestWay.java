package io.rookery.benchmarks.network;

import io.rookery.Disks;
import io.rookery.Network;
import io.rookery.Networks;
import io.rookery.Vm;
import io.rookery.tcpip.nat.EgressPolicy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The host's iperf3 as a program of a guest. */
final class GuestWay implements Way {
  private final String title;
  private final String server;
  private final Vm client;
  private final @Nullable Vm serving;

  private GuestWay(String title, String server, Vm client, @Nullable Vm serving) {
    this.title = title;
    this.server = server;
    this.client = client;
    this.serving = serving;
  }

  /** From a guest to the host's server, through NAT. */
  static Way toHost() {
    int port = Integer.parseInt(Iperf.PORT);
    EgressPolicy policy = EgressPolicy.builder().allowHost(port, port).build();
    return new GuestWay("guest to host", "10.0.2.2", vm("guest", Networks.host(policy)), null);
  }

  /** From a guest to another one of this JVM, over a switch. */
  static Way toGuest() throws IOException {
    Vm server = vm("server", Networks.switched("benchmark"));
    Process process = server.exec("/usr/bin/iperf3", "-s", "-p", Iperf.PORT);
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                process.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
              } catch (IOException e) {
                // It ends with its VM.
              }
            });
    Vm client = vm("client", Networks.switched("benchmark"));
    return new GuestWay("guest to guest", "server", client, server);
  }

  private static Vm vm(String name, Network network) {
    return Vm.builder()
        .disk(Disks.hostDirectory(Path.of("/")))
        .hostname(name)
        .network(network)
        .build();
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public Process client(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("/usr/bin/iperf3", "-c", server));
    command.addAll(arguments);
    return client.exec(command.toArray(String[]::new));
  }

  @Override
  public boolean nativeClient() {
    return false;
  }

  @Override
  public Duration cpu() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
  }

  @Override
  public void close() {
    client.close();
    if (serving != null) {
      serving.close();
    }
  }
}
