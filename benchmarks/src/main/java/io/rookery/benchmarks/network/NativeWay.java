package io.rookery.benchmarks.network;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A client on this host, or in a network namespace of it behind a helper process. */
final class NativeWay implements Way {
  private final String title;
  private final List<String> prefix;
  private final String server;
  private final List<Process> helpers;

  private NativeWay(String title, String server, List<String> prefix, List<Process> helpers) {
    this.title = title;
    this.server = server;
    this.prefix = prefix;
    this.helpers = helpers;
  }

  /** The host's own loopback interface. */
  static Way loopback() {
    return new NativeWay("host, loopback", "127.0.0.1", List.of(), List.of());
  }

  /** slirp4netns with its largest MTU. */
  static Way slirp4netns() throws IOException {
    Process namespace = new ProcessBuilder("unshare", "-n", "sh", "-c", "echo; exec cat").start();
    BufferedReader started = namespace.inputReader();
    if (started.readLine() == null) {
      throw new IOException("unshare -n fails");
    }
    String pid = Long.toString(namespace.pid());
    Process slirp =
        new ProcessBuilder(
                "sh",
                "-c",
                "exec slirp4netns --configure --mtu=65520 --ready-fd=1 \"$1\" tap0 2> /dev/null",
                "sh",
                pid)
            .start();
    if (slirp.getInputStream().read() != '1') {
      throw new IOException("slirp4netns does not start");
    }
    return new NativeWay(
        "slirp4netns --mtu=65520",
        "10.0.2.2",
        List.of("nsenter", "-t", pid, "-n"),
        List.of(slirp, namespace));
  }

  /** pasta, by the address that stands for the host's loopback interface. */
  static Way pasta() {
    String gateway = "10.9.0.1";
    return new NativeWay(
        "pasta, tap",
        gateway,
        List.of(
            "pasta",
            "--runas",
            "0",
            "--netns-only",
            "--quiet",
            "--config-net",
            "-m",
            "65520",
            "-4",
            "-a",
            "10.9.0.2",
            "-n",
            "24",
            "-g",
            gateway,
            "--"),
        List.of());
  }

  /** pasta's short cut between the namespace's loopback interface and the host's. */
  static Way pastaSpliced() {
    return new NativeWay(
        "pasta, spliced",
        "127.0.0.1",
        List.of("pasta", "--runas", "0", "--netns-only", "--quiet", "-T", Iperf.PORT, "--"),
        List.of());
  }

  @Override
  public String title() {
    return title;
  }

  @Override
  public Process client(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("bash", "-c", "\"$@\"; times", "bash"));
    command.addAll(prefix);
    command.addAll(List.of("iperf3", "-c", server));
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  @Override
  public boolean nativeClient() {
    return true;
  }

  @Override
  public Duration cpu() {
    return helpers.stream().map(NativeWay::cpu).reduce(Duration.ZERO, Duration::plus);
  }

  static Duration cpu(@Nullable Process process) {
    return process == null
        ? Duration.ZERO
        : process.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    helpers.forEach(Process::destroy);
  }
}
