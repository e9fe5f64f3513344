package io.rookery;

import io.rookery.tcpip.IpStack;
import io.rookery.tcpip.NetException;
import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import io.rookery.tcpip.dns.DnsAnswer;
import io.rookery.tcpip.dns.DnsServer;
import io.rookery.tcpip.dns.ReverseName;
import io.rookery.tcpip.link.Offload;
import io.rookery.tcpip.link.VirtualSwitch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A switch with its guests, and a stack of its own at the first address that tells their names.
 * Thread-safe.
 */
final class SwitchHub implements AutoCloseable {
  private static final int MTU = 1500;
  private static final int SECONDS = 5; // names come and go with VMs
  private static final int FIRST_GUEST = 2;
  private static final int LAST_GUEST = 254;
  private static final int NETWORK_V4 = 10 << 24 | 99 << 16;
  private static final long NETWORK_V6 = 0xfd52_6f6f_6b00_0000L; // RFC 4193

  private final String name;
  private final int number;
  private final VirtualSwitch hub = new VirtualSwitch(MTU, Offload.CHECKSUM, Offload.SEGMENTATION);
  private final IpStack stack;
  private final DnsServer names;
  private final Map<Integer, Guest> guests = new LinkedHashMap<>(); // guarded by this
  private int last = FIRST_GUEST - 1; // guarded by this

  private record Guest(String hostname, boolean asksOthers) {}

  SwitchHub(String name, int number) {
    this.name = name;
    this.number = number;
    List<IpPrefix> own = addresses(1);
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

  private List<IpPrefix> addresses(int host) {
    return List.of(
        new IpPrefix(IpAddress.v4(NETWORK_V4 | number << 8 | host), 24),
        new IpPrefix(IpAddress.v6(NETWORK_V6 | number, host), 64));
  }

  synchronized Network.Joined join(Network.Guest guest) {
    int host = freeHost();
    guests.put(host, new Guest(guest.hostname().toLowerCase(Locale.ROOT), guest.asksOthers()));
    last = host;
    List<IpPrefix> addresses = addresses(host);
    return new Network.Joined(
        hub.port(addresses.stream().map(p -> IpPrefix.host(p.address())).toArray(IpPrefix[]::new)),
        addresses,
        List.of(),
        List.of(addresses(1).getFirst().address()));
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
    guests.remove(hostOf(guest.addresses().getFirst().address()));
  }

  synchronized boolean isEmpty() {
    return guests.isEmpty();
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
            addresses(host).forEach(p -> found.add(p.address()));
          }
        });
    return found.isEmpty() ? unknown(client) : DnsAnswer.ofAddresses(found, SECONDS);
  }

  private boolean isOurs(IpAddress address) {
    return addresses(hostOf(address)).stream().anyMatch(p -> p.address().equals(address));
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
