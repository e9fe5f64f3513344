package io.rookery;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.dns.DnsAnswer;
import io.rookery.tcpip.dns.DnsServer;
import io.rookery.tcpip.dns.ReverseName;
import io.rookery.tcpip.link.Offload;
import io.rookery.tcpip.link.PacketSink;
import io.rookery.tcpip.link.VirtualSwitch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A switch with its guests, and a stack of its own at the first address that tells their names.
 * Thread-safe.
 */
final class SwitchHub implements AutoCloseable {
  static final int MTU = 65_520;
  static final Set<Offload> OFFLOADS = Set.of(Offload.CHECKSUM, Offload.SEGMENTATION);
  static final int FIRST_GUEST = 2;
  private static final int SECONDS = 5; // names come and go with VMs
  private static final int LAST_GUEST = 254;
  private static final int NETWORK_V4 = 10 << 24 | 99 << 16;
  private static final long NETWORK_V6 = 0xfd52_6f6f_6b00_0000L; // RFC 4193

  private final String name;
  private final int number;
  private final VirtualSwitch hub = new VirtualSwitch(MTU, OFFLOADS.toArray(Offload[]::new));
  private final IpStack stack;
  private final DnsServer names;
  private final Map<Integer, Guest> guests = new LinkedHashMap<>(); // guarded by this
  private int last; // guarded by this

  private record Guest(String hostname, boolean asksOthers) {}

  /**
   * A switch without guests.
   *
   * @param number of its network: 1 to 250
   * @param last the guest's address that was given last
   */
  SwitchHub(String name, int number, int last) {
    this.name = name;
    this.number = number;
    this.last = last;
    List<IpPrefix> own = addresses(number, 1);
    stack = IpStack.builder().name("switch " + name).memory(8 << 20).build();
    stack.addInterface(
        "eth0",
        hub.port(own.stream().map(p -> IpPrefix.host(p.address())).toArray(IpPrefix[]::new)),
        own.toArray(IpPrefix[]::new));
    try {
      names = new DnsServer(stack, own.stream().map(IpPrefix::address).toList(), this::resolve);
    } catch (NetException e) {
      throw new AssertionError(e); // the stack is new
    }
  }

  int number() {
    return number;
  }

  private static List<IpPrefix> addresses(int number, int host) {
    return List.of(
        new IpPrefix(IpAddress.v4(NETWORK_V4 | number << 8 | host), 24),
        new IpPrefix(IpAddress.v6(NETWORK_V6 | number, host), 64));
  }

  /** The last address that was given. */
  synchronized int lastHost() {
    return last;
  }

  /** A guest's place on a switch. */
  static Network.Joined joined(PacketSink port, int number, int host) {
    return new Network.Joined(
        port,
        addresses(number, host),
        List.of(),
        List.of(addresses(number, 1).getFirst().address()));
  }

  /**
   * Joins a guest.
   *
   * @param wanted the address it had, 0 for any
   * @throws VmException if that is taken, or all are
   */
  synchronized Network.Joined join(Network.Guest guest, int wanted) {
    int host = wanted == 0 ? freeHost() : wanted;
    if (host < FIRST_GUEST || host > LAST_GUEST || guests.containsKey(host)) {
      throw new VmException("switch " + name + ": address " + host + " is taken");
    }
    guests.put(host, new Guest(guest.hostname().toLowerCase(Locale.ROOT), guest.asksOthers()));
    last = wanted == 0 ? host : last;
    return joined(
        hub.port(
            addresses(number, host).stream()
                .map(p -> IpPrefix.host(p.address()))
                .toArray(IpPrefix[]::new)),
        number,
        host);
  }

  /** The next one, not the least: others may remember for a while who had that. */
  private int freeHost() {
    int count = LAST_GUEST - FIRST_GUEST + 1;
    for (int i = 1; i <= count; i++) {
      int host = FIRST_GUEST + (last - FIRST_GUEST + i) % count;
      if (!guests.containsKey(host)) {
        return host;
      }
    }
    throw new VmException("switch " + name + ": more than " + count + " VMs");
  }

  synchronized void left(Network.Joined guest) {
    guests.remove(hostOf(guest));
  }

  synchronized boolean isEmpty() {
    return guests.isEmpty();
  }

  static int hostOf(Network.Joined guest) {
    return hostOf(guest.addresses().getFirst().address());
  }

  private static int hostOf(IpAddress address) {
    return (int) address.low() & 0xff;
  }

  private synchronized DnsAnswer resolve(String asked, int type, IpAddress client) {
    IpAddress reversed = ReverseName.parse(asked);
    if (reversed != null) {
      Guest guest = isOurs(reversed) ? guests.get(hostOf(reversed)) : null;
      if (guest != null) {
        return type == DnsAnswer.PTR
            ? DnsAnswer.ofName(guest.hostname, SECONDS)
            : DnsAnswer.noData();
      }
      return unknown(client);
    }
    List<IpAddress> found = new ArrayList<>();
    guests.forEach(
        (host, guest) -> {
          if (guest.hostname.equals(asked)) {
            addresses(number, host).forEach(p -> found.add(p.address()));
          }
        });
    return found.isEmpty() ? unknown(client) : DnsAnswer.ofAddresses(found, SECONDS);
  }

  private boolean isOurs(IpAddress address) {
    return addresses(number, hostOf(address)).stream().anyMatch(p -> p.address().equals(address));
  }

  /** Clients go on to their next name server when they are refused, but not when there is none. */
  private DnsAnswer unknown(IpAddress client) {
    Guest asking = guests.get(hostOf(client));
    return asking != null && asking.asksOthers ? DnsAnswer.refused() : DnsAnswer.noSuchName();
  }

  @Override
  public void close() {
    names.close();
    stack.close();
  }
}
