package io.rookery.tcpip.tcp;

import io.rookery.tcpip.address.IpAddress;
import org.jspecify.annotations.Nullable;

/** What tells connections apart. Its hash has a secret seed: strangers choose half of the key. */
final class FlowKey {
  private final IpAddress local;
  private final int localPort;
  private final IpAddress remote;
  private final int remotePort;
  private final int hash;

  FlowKey(long seed, IpAddress local, int localPort, IpAddress remote, int remotePort) {
    this.local = local;
    this.localPort = localPort;
    this.remote = remote;
    this.remotePort = remotePort;
    long h = mix(seed, remote.low() ^ (long) remotePort << 48);
    h = mix(h, remote.high());
    h = mix(h, local.low() ^ (long) localPort << 48);
    hash = (int) (mix(h, local.high()) >>> 32);
  }

  private static long mix(long h, long word) {
    long x = (h ^ word) * 0x9e3779b97f4a7c15L;
    return (x ^ x >>> 29) * 0xbf58476d1ce4e5b9L;
  }

  IpAddress local() {
    return local;
  }

  int localPort() {
    return localPort;
  }

  IpAddress remote() {
    return remote;
  }

  int remotePort() {
    return remotePort;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FlowKey o
        && remotePort == o.remotePort
        && localPort == o.localPort
        && remote.equals(o.remote)
        && local.equals(o.local);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return local + ":" + localPort + " - " + remote + ":" + remotePort;
  }
}
