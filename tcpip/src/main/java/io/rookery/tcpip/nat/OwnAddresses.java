package io.rookery.tcpip.nat;

import io.rookery.tcpip.address.IpAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The addresses of this machine's interfaces, asked anew every second at most. Thread-safe. */
final class OwnAddresses {
  private static final long LIFETIME = TimeUnit.SECONDS.toNanos(1);

  private Set<IpAddress> known = Set.of();
  private long askedAt;
  private boolean asked;

  synchronized boolean contains(IpAddress address) throws SocketException {
    long now = System.nanoTime();
    if (!asked || now - askedAt > LIFETIME) {
      known =
          NetworkInterface.networkInterfaces()
              .flatMap(NetworkInterface::inetAddresses)
              .map(IpAddress::of)
              .collect(Collectors.toUnmodifiableSet());
      askedAt = now;
      asked = true;
    }
    return known.contains(address);
  }
}
