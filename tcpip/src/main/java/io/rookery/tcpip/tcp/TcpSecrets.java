package io.rookery.tcpip.tcp;

import io.rookery.tcpip.core.SipHash;
import io.rookery.tcpip.core.StackLoop;

/** Numbers that strangers must not be able to guess. */
final class TcpSecrets {
  private static final long ISN = 1;
  private static final long TIMESTAMP = 2;

  private final StackLoop loop;
  private final SipHash hash;
  private final long tableSeed;

  TcpSecrets(StackLoop loop) {
    this.loop = loop;
    hash = new SipHash(loop.random());
    tableSeed = loop.random().nextLong();
  }

  SipHash hash() {
    return hash;
  }

  /** Seed of {@link FlowKey}'s hash. */
  long tableSeed() {
    return tableSeed;
  }

  /** RFC 6528: a clock of 4 microseconds and a keyed hash of the connection. */
  int initialSequence(FlowKey key) {
    return (int) (loop.now() / 4000) + (int) of(key, ISN);
  }

  int timestampOffset(FlowKey key) {
    return (int) of(key, TIMESTAMP);
  }

  long of(FlowKey key, long salt) {
    return hash.hash(key.local(), key.localPort(), key.remote(), key.remotePort(), salt);
  }
}
