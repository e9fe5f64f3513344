package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.dns.DnsAnswer;
import io.rookery.tcpip.dns.NameResolver;
import io.rookery.tcpip.dns.ReverseName;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Asks the host's own resolver, whatever that is, as the JVM's programs do. It knows addresses and
 * names of addresses; for all other types there is nothing.
 */
final class HostResolver implements NameResolver {
  private static final int SECONDS = 30; // as the JVM caches
  private static final Pattern NAME =
      Pattern.compile("[a-zA-Z0-9_-]{1,63}(\\.[a-zA-Z0-9_-]{1,63})*");

  @Override
  public DnsAnswer resolve(String name, int type, IpAddress client) {
    IpAddress reversed = ReverseName.parse(name);
    if (reversed != null) {
      return type == DnsAnswer.PTR ? reverse(reversed) : DnsAnswer.noData();
    }
    if (type != DnsAnswer.A && type != DnsAnswer.AAAA || !NAME.matcher(name).matches()) {
      return DnsAnswer.noData();
    }
    try {
      List<IpAddress> addresses =
          Stream.of(InetAddress.getAllByName(name)).map(IpAddress::of).toList();
      return DnsAnswer.ofAddresses(addresses, SECONDS);
    } catch (UnknownHostException e) {
      boolean temporary = String.valueOf(e.getMessage()).contains("emporary");
      return temporary ? DnsAnswer.failure() : DnsAnswer.noSuchName();
    }
  }

  private static DnsAnswer reverse(IpAddress address) {
    if (!SpecialAddresses.containing(SpecialAddresses.effective(address)).isEmpty()) {
      return DnsAnswer.noSuchName(); // the host's own network is not the guest's business
    }
    InetAddress asked = address.toInetAddress();
    String name = asked.getCanonicalHostName();
    boolean known = !name.equals(asked.getHostAddress()) && NAME.matcher(name).matches();
    return known ? DnsAnswer.ofName(name, SECONDS) : DnsAnswer.noSuchName();
  }
}
