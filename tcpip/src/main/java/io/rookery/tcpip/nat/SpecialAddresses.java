package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import io.rookery.tcpip.address.IpPrefix;
import java.util.List;
import java.util.stream.Stream;

/**
 * Ranges that are not the public Internet (RFC 6890 and the IANA registries after it). Those for
 * documentation are not among them: they are addresses like any others.
 */
final class SpecialAddresses {
  private static final List<IpPrefix> RANGES =
      Stream.of(
              "0.0.0.0/8", // this host on this network
              "10.0.0.0/8", // private
              "100.64.0.0/10", // shared by carriers; a cloud's metadata as well
              "127.0.0.0/8", // loopback
              "169.254.0.0/16", // link-local: metadata services
              "172.16.0.0/12", // private
              "192.0.0.0/24", // protocol assignments; a cloud's metadata as well
              "192.88.99.0/24", // 6to4 relays
              "192.168.0.0/16", // private
              "198.18.0.0/15", // benchmarks
              "224.0.0.0/4", // groups
              "240.0.0.0/4", // reserved, and broadcast
              "::/96", // unspecified, loopback, IPv4-compatible
              "64:ff9b:1::/48", // local translation to IPv4
              "100::/64", // discarded
              "2001::/23", // Teredo and other protocol assignments
              "2002::/16", // 6to4
              "fc00::/7", // unique local
              "fe80::/10", // link-local
              "fec0::/10", // site-local
              "ff00::/8") // groups
          .map(IpPrefix::parse)
          .toList();

  private static final IpPrefix TRANSLATED = IpPrefix.parse("64:ff9b::/96"); // RFC 6052

  private SpecialAddresses() {}

  /** The address that packets to one really reach: IPv4 within IPv6 is IPv4. */
  static IpAddress effective(IpAddress address) {
    return TRANSLATED.contains(address) ? IpAddress.v4((int) address.low()) : address.unmapped();
  }

  /** The special ranges that an effective address lies in. */
  static List<IpPrefix> containing(IpAddress address) {
    return RANGES.stream().filter(range -> range.contains(address)).toList();
  }
}
