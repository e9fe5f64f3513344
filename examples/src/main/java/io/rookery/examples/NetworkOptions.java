package io.rookery.examples;

import io.rookery.Networks;
import io.rookery.VmBuilder;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.nat.EgressPolicy;
import io.rookery.tcpip.nat.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.jspecify.annotations.Nullable;

/** What {@code run} and {@code shell} say about networks. */
final class NetworkOptions {
  private static final Pattern PUBLISH =
      Pattern.compile("(?:(?:\\[([^]]+)]|([^:]+)):)?(\\d{1,5}):(\\d{1,5})");
  private static final Pattern HOST_PORTS = Pattern.compile("host:(\\d{1,5})(?:-(\\d{1,5}))?");
  private static final String SWITCH = "switch:";

  private static final int MOST_SHOWN = 100;

  private final AtomicInteger shown = new AtomicInteger();
  private final List<String> networks;
  private final List<String> published;
  private final List<String> allowed;
  private final List<String> denied;
  private final @Nullable String hostname;
  private final @Nullable String capture;
  private final List<String> authorities;

  NetworkOptions(CommandLine line) {
    networks = MachineOptions.values(line, "net");
    published = MachineOptions.values(line, "publish");
    allowed = MachineOptions.values(line, "allow");
    denied = MachineOptions.values(line, "deny");
    hostname = line.getOptionValue("hostname");
    capture = line.getOptionValue("pcap");
    authorities = MachineOptions.values(line, "ca");
  }

  static void addTo(Options options) {
    MachineOptions.value(
        options,
        "net",
        "none|host|switch:NAME",
        "join a network: the host's, behind NAT, or a switch of this user's VMs; may be repeated"
            + " (default: none)");
    MachineOptions.value(
        options,
        "allow",
        "RULE",
        "with --net host: CIDR[:PORTS] or NAME[:PORTS] that may be reached, host:PORTS for the"
            + " host's own services, which the guest reaches at 10.0.2.2");
    MachineOptions.value(
        options, "deny", "RULE", "with --net host: what may not be reached; * for all else");
    MachineOptions.value(
        options, "publish", "[ADDRESS:]HOST:GUEST", "let a port of the host lead to the guest's");
    MachineOptions.value(options, "hostname", "NAME", "the guest's host name (default: rookery)");
    MachineOptions.value(
        options,
        "ca",
        "host|FILE",
        "let the guest trust the authorities that the host trusts, or those of a file of"
            + " certificates; may be repeated");
    MachineOptions.value(options, "pcap", "FILE", "write the networks' packets to a pcapng file");
  }

  void applyTo(VmBuilder builder) {
    if (hostname != null) {
      builder.hostname(hostname);
    }
    if (capture != null) {
      builder.capture(Path.of(capture));
    }
    authorities.forEach(source -> trust(builder, source));
    boolean host = false;
    for (String network : networks) {
      switch (network) {
        case "none" -> builder.network(Networks.none());
        case "host" -> {
          if (host) {
            throw new UsageException("--net host: once only");
          }
          host = true;
          builder.network(Networks.host(policy()));
        }
        default -> {
          if (!network.startsWith(SWITCH) || network.length() == SWITCH.length()) {
            throw new UsageException("--net: none, host or switch:NAME, not " + network);
          }
          builder.network(Networks.sharedSwitch(network.substring(SWITCH.length())));
        }
      }
    }
    if (!host && !(allowed.isEmpty() && denied.isEmpty())) {
      throw new UsageException("--allow and --deny need --net host");
    }
    published.forEach(text -> publish(builder, text));
  }

  private static void trust(VmBuilder builder, String source) {
    if (source.equals("host")) {
      builder.trustHost();
      return;
    }
    try (InputStream in = Files.newInputStream(Path.of(source))) {
      var all = CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (all.isEmpty()) {
        throw new UsageException("--ca " + source + ": no certificates");
      }
      builder.trust(all.toArray(X509Certificate[]::new));
    } catch (IOException | CertificateException e) {
      throw new UsageException("--ca " + source + ": " + e.getMessage());
    }
  }

  private EgressPolicy policy() {
    EgressPolicy.Builder policy = EgressPolicy.builder().onRefusal(this::print);
    try {
      for (String rule : allowed) {
        Matcher ports = HOST_PORTS.matcher(rule);
        if (ports.matches()) {
          int first = Integer.parseInt(ports.group(1));
          policy.allowHost(
              first, ports.group(2) == null ? first : Integer.parseInt(ports.group(2)));
        } else {
          policy.allow(rule);
        }
      }
      for (String rule : denied) {
        if (rule.equals("*")) {
          policy.denyByDefault();
        } else {
          policy.deny(rule);
        }
      }
    } catch (IllegalArgumentException e) {
      throw new UsageException("--allow, --deny: " + e.getMessage());
    }
    return policy.build();
  }

  /** Guests must not fill the terminal, or the file that it is. */
  private void print(Refusal refusal) {
    int number = shown.incrementAndGet();
    if (number > MOST_SHOWN) {
      return;
    }
    Object what = refusal.to() != null ? refusal.to() : refusal.name();
    System.err.println(
        "rookery: refused " + refusal.what() + " to " + what + ": " + refusal.reason());
    if (number == MOST_SHOWN) {
      System.err.println("rookery: further refusals are not shown");
    }
  }

  private static void publish(VmBuilder builder, String text) {
    Matcher m = PUBLISH.matcher(text);
    if (!m.matches()) {
      throw new UsageException("--publish: [ADDRESS:]HOST:GUEST with port numbers, not " + text);
    }
    String address = m.group(1) != null ? m.group(1) : m.group(2);
    int host = Integer.parseInt(m.group(3));
    int guest = Integer.parseInt(m.group(4));
    try {
      if (address == null) {
        builder.publish(host, guest);
      } else {
        builder.publish(
            new InetSocketAddress(IpAddress.parse(address).toInetAddress(), host), guest);
      }
    } catch (IllegalArgumentException e) {
      throw new UsageException("--publish " + text + ": " + e.getMessage());
    }
  }
}
