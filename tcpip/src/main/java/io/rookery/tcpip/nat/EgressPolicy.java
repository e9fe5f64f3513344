package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What may be reached through a {@link NatGateway}, and how much. Immutable, thread-safe.
 *
 * <p>The first rule that is about a destination decides; if there is none, everything is allowed
 * unless {@link Builder#denyByDefault} was called. Addresses are judged when they are dialled,
 * whatever name they were found by.
 *
 * <p><b>Special addresses are denied</b> unless a rule allows them that lies within their range:
 * loopback, private, link-local (which cloud metadata services use), shared and reserved ranges,
 * groups, and the addresses of this machine's own interfaces, each of which needs a rule of its
 * own. Rules about names never allow special addresses. Ranges for documentation are ordinary.
 * Services of this machine are reached at the gateway's address, if {@link Builder#allowHost}
 * allows it.
 *
 * <p>A rule is written as {@code TARGET}, {@code TARGET:PORT} or {@code TARGET:FIRST-LAST}, its
 * target as an address, a prefix ({@code 192.0.2.0/24}; IPv6 with ports in brackets), a host name,
 * {@code *.} before a domain for all names below it, or {@code *} for every name. Names are those
 * that the guest asked the gateway's name server for: a rule about names concerns the addresses
 * that were answers. So deny rules about names keep honest programs away; to keep all away from
 * what is not listed, deny by default.
 */
public final class EgressPolicy {
  private final List<EgressRule> rules;
  private final List<EgressRule> hostPorts;
  private final boolean allowByDefault;
  private final int connections;
  private final long bytes;
  private final @Nullable Consumer<Refusal> listener;

  private EgressPolicy(Builder b) {
    rules = List.copyOf(b.rules);
    hostPorts = List.copyOf(b.hostPorts);
    allowByDefault = b.allowByDefault;
    connections = b.connections;
    bytes = b.bytes;
    listener = b.listener;
  }

  /** Everything but special addresses. */
  public static EgressPolicy publicInternet() {
    return builder().build();
  }

  /** A builder of a policy without rules. */
  public static Builder builder() {
    return new Builder();
  }

  int connections() {
    return connections;
  }

  long bytes() {
    return bytes;
  }

  @Nullable Consumer<Refusal> listener() {
    return listener;
  }

  /** Whether the guest may use a port of this machine; null if so, else why not. */
  @Nullable String hostRefusal(int port) {
    return hostPorts.stream().anyMatch(r -> port >= r.firstPort() && port <= r.lastPort())
        ? null
        : "services of the host are not allowed";
  }

  /**
   * Judges a destination.
   *
   * @param address an effective address
   * @param names by which the guest may have found it
   * @param own the addresses of this machine
   * @return null if it is allowed, else why not
   */
  @Nullable String refusal(
      IpAddress address, int port, Collection<String> names, OwnAddresses own) {
    List<IpPrefix> special = new ArrayList<>(SpecialAddresses.containing(address));
    try {
      if (own.contains(address)) {
        special.add(IpPrefix.host(address));
      }
    } catch (SocketException e) {
      return "the host's own addresses are not known: " + e.getMessage();
    }
    for (EgressRule rule : rules) {
      if (rule.matches(address, port, names, special)) {
        return rule.allow() ? null : "denied by a rule";
      }
    }
    if (!special.isEmpty()) {
      return "special address, in " + special.getLast();
    }
    return allowByDefault ? null : "denied by default";
  }

  /**
   * Judges a question for a name: where only what is listed may be reached, others are not asked
   * about either, since questions leave this machine, too.
   */
  @Nullable String nameRefusal(String name) {
    for (EgressRule rule : rules) {
      if (rule.matchesName(name)) {
        boolean all = rule.firstPort() == 0 && rule.lastPort() == 0xffff;
        if (rule.allow()) {
          return null;
        }
        if (all) {
          return "denied by a rule";
        }
      }
    }
    return allowByDefault ? null : "denied by default";
  }

  /** Collects a policy. Not for several threads. */
  public static final class Builder {
    private final List<EgressRule> rules = new ArrayList<>();
    private final List<EgressRule> hostPorts = new ArrayList<>();
    private boolean allowByDefault = true;
    private int connections = 1024;
    private long bytes = Long.MAX_VALUE;
    private @Nullable Consumer<Refusal> listener;

    private Builder() {}

    /**
     * Adds a rule that allows.
     *
     * @throws IllegalArgumentException if it is not in the notation of {@link EgressPolicy}
     */
    public Builder allow(String rule) {
      rules.add(EgressRule.parse(true, rule));
      return this;
    }

    /**
     * Adds a rule that denies.
     *
     * @throws IllegalArgumentException if it is not in the notation of {@link EgressPolicy}
     */
    public Builder deny(String rule) {
      rules.add(EgressRule.parse(false, rule));
      return this;
    }

    /** What no rule is about is denied, and so are questions for names that no rule allows. */
    public Builder denyByDefault() {
      allowByDefault = false;
      return this;
    }

    /** Lets the gateway's address stand for this machine's loopback, for ports of a range. */
    public Builder allowHost(int firstPort, int lastPort) {
      hostPorts.add(EgressRule.parse(true, "*:" + firstPort + "-" + lastPort));
      return this;
    }

    /** Most connections, UDP peers included, that one guest has at a time; 1,024 unless set. */
    public Builder connections(int most) {
      if (most < 1) {
        throw new IllegalArgumentException("connections: 1 or more, not " + most);
      }
      connections = most;
      return this;
    }

    /** Most bytes of data that one guest sends and receives in all; no limit unless set. */
    public Builder bytes(long most) {
      if (most < 0) {
        throw new IllegalArgumentException("bytes: 0 or more, not " + most);
      }
      bytes = most;
      return this;
    }

    /**
     * Who hears what was refused; called on any thread, and must not block. Unless set, refusals
     * are logged, some of them if there are many.
     */
    public Builder onRefusal(Consumer<Refusal> value) {
      listener = value;
      return this;
    }

    /** The policy. */
    public EgressPolicy build() {
      return new EgressPolicy(this);
    }
  }
}
