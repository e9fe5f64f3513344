package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.Endpoint;
import io.rookery.tcpip.address.IpAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Applies a policy to one guest, and reports what it refuses. Thread-safe. */
final class Judge {
  private static final System.Logger LOG = System.getLogger(NatGateway.class.getName());

  private final EgressPolicy policy;
  private final List<IpAddress> gateways;
  private final LearnedNames names;
  private final OwnAddresses own = new OwnAddresses();
  private final Budget budget;
  private final AtomicLong refusals = new AtomicLong();

  /** What was decided: where to go, or that it is refused. */
  record Verdict(@Nullable InetSocketAddress dial, boolean gateway) {}

  Judge(EgressPolicy policy, List<IpAddress> gateways, LearnedNames names) {
    this.policy = policy;
    this.gateways = gateways;
    this.names = names;
    budget = new Budget(policy);
  }

  Budget budget() {
    return budget;
  }

  /** Judges and, if it is allowed, takes a connection out of the budget. */
  Verdict connection(String what, Endpoint from, Endpoint to) {
    IpAddress address = to.address();
    boolean gateway = gateways.contains(address);
    IpAddress effective = SpecialAddresses.effective(address);
    Set<String> known = gateway ? Set.of() : names.of(effective);
    String reason =
        gateway ? policy.hostRefusal(to.port()) : policy.refusal(effective, to.port(), known, own);
    if (reason == null && budget.exhausted()) {
      reason = "all bytes are used";
    }
    if (reason == null && !budget.open()) {
      reason = "too many connections";
    }
    if (reason != null) {
      report(new Refusal(what, from, to, known.stream().sorted().findFirst().orElse(null), reason));
      return new Verdict(null, gateway);
    }
    IpAddress loopback = address.v6() ? IpAddress.LOOPBACK_V6 : IpAddress.LOOPBACK_V4;
    IpAddress dial = gateway ? loopback : address.unmapped();
    return new Verdict(new InetSocketAddress(dial.toInetAddress(), to.port()), gateway);
  }

  /** Whether a host may be pinged. */
  boolean echo(Endpoint from, IpAddress to) {
    IpAddress effective = SpecialAddresses.effective(to);
    Set<String> known = names.of(effective);
    String reason = policy.refusal(effective, 0, known, own);
    if (reason != null) {
      report(
          new Refusal(
              "icmp",
              from,
              new Endpoint(to, 0),
              known.stream().sorted().findFirst().orElse(null),
              reason));
    }
    return reason == null;
  }

  /** Whether a name may be asked for. */
  boolean name(String name, IpAddress client) {
    String reason = policy.nameRefusal(name);
    if (reason != null) {
      report(new Refusal("dns", new Endpoint(client, 0), null, name, reason));
    }
    return reason == null;
  }

  private void report(Refusal refusal) {
    Consumer<Refusal> listener = policy.listener();
    if (listener == null) {
      long count = refusals.incrementAndGet();
      if (Long.bitCount(count) == 1) { // the 1st, 2nd, 4th, 8th…
        LOG.log(System.Logger.Level.WARNING, "Refused (number {0}): {1}", count, refusal);
      }
      return;
    }
    try {
      listener.accept(refusal);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "A listener of refusals failed", e);
    }
  }
}
