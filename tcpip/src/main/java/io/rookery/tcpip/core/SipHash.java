package io.rookery.tcpip.core;

import io.rookery.tcpip.address.IpAddress;
import java.util.random.RandomGenerator;

/**
 * SipHash-2-4 (Aumasson, Bernstein 2012) over whole 64-bit words, with a secret key: what is sent
 * to strangers (sequence numbers, cookies) or indexes tables that they fill is derived with it.
 */
public final class SipHash {
  private final long k0;
  private final long k1;

  /** A hash with a random key. */
  public SipHash(RandomGenerator random) {
    this(random.nextLong(), random.nextLong());
  }

  SipHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  /** Hash of a connection's addresses and ports, and of one word more. */
  public long hash(IpAddress local, int localPort, IpAddress remote, int remotePort, long salt) {
    return hash(
        local.high(),
        local.low(),
        remote.high(),
        remote.low(),
        (long) localPort << 32 | (long) remotePort << 8 | (local.v6() ? 1 : 0),
        salt);
  }

  /** Hash of words, as of their bytes in little-endian order. */
  public long hash(long... words) {
    long[] v = {
      k0 ^ 0x736f6d6570736575L,
      k1 ^ 0x646f72616e646f6dL,
      k0 ^ 0x6c7967656e657261L,
      k1 ^ 0x7465646279746573L
    };
    for (long word : words) {
      compress(v, word);
    }
    compress(v, 8L * words.length << 56);
    v[2] ^= 0xff;
    rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  private static void compress(long[] v, long word) {
    v[3] ^= word;
    rounds(v, 2);
    v[0] ^= word;
  }

  private static void rounds(long[] v, int count) {
    long v0 = v[0];
    long v1 = v[1];
    long v2 = v[2];
    long v3 = v[3];
    for (int i = 0; i < count; i++) {
      v0 += v1;
      v1 = Long.rotateLeft(v1, 13) ^ v0;
      v0 = Long.rotateLeft(v0, 32);
      v2 += v3;
      v3 = Long.rotateLeft(v3, 16) ^ v2;
      v0 += v3;
      v3 = Long.rotateLeft(v3, 21) ^ v0;
      v2 += v1;
      v1 = Long.rotateLeft(v1, 17) ^ v2;
      v2 = Long.rotateLeft(v2, 32);
    }
    v[0] = v0;
    v[1] = v1;
    v[2] = v2;
    v[3] = v3;
  }
}
