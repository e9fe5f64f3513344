package io.rookery.tcpip.tcp;

import io.rookery.tcpip.wire.TcpSegment;
import java.util.concurrent.TimeUnit;

/**
 * SYN cookies (RFC 4987 section 3.6): when a listener's queue is full, what must be known of a SYN
 * is put into the sequence number and timestamp of the answer, authenticated, and comes back with
 * the acknowledgment.
 *
 * <p>Sequence number: 5 bits of time, 3 bits of MSS, 24 bits of a keyed hash. Timestamp, lowest 6
 * bits: window scale (15 for none), SACK, one unused.
 */
final class SynCookies {
  private static final long SALT = 3;
  private static final long PERIOD = TimeUnit.SECONDS.toNanos(64);
  private static final int[] MSS = {536, 1220, 1300, 1400, 1440, 1460, 8960, 65_495};
  private static final int OPTION_BITS = 6;
  private static final int NO_SCALE = 15;

  private final TcpSecrets secrets;

  SynCookies(TcpSecrets secrets) {
    this.secrets = secrets;
  }

  int make(FlowKey key, TcpSegment syn, long now) {
    int index = 0;
    for (int i = 0; i < MSS.length; i++) {
      if (MSS[i] <= syn.mss()) {
        index = i;
      }
    }
    return encode(key, now / PERIOD, index, syn.sequence());
  }

  private int encode(FlowKey key, long period, int index, int peerIsn) {
    long hash = secrets.hash().hash(secrets.of(key, SALT), period, index, peerIsn);
    return (int) ((period & 31) << 27) | index << 24 | (int) (hash & 0xff_ffff);
  }

  /**
   * Checks a cookie.
   *
   * @return the peer's MSS, 0 if it is none of ours, or older than two periods
   */
  int check(FlowKey key, int cookie, int peerIsn, long now) {
    int index = cookie >>> 24 & 7;
    for (long period = now / PERIOD; period >= now / PERIOD - 1; period--) {
      if (encode(key, period, index, peerIsn) == cookie) {
        return MSS[index];
      }
    }
    return 0;
  }

  /** A timestamp not after the given one that carries the options of a SYN. */
  static int timestamp(int timestamp, TcpSegment syn) {
    int scale = syn.windowScale() < 0 ? NO_SCALE : syn.windowScale();
    int bits = scale | (syn.sackPermitted() ? 16 : 0);
    int value = timestamp & -(1 << OPTION_BITS) | bits;
    return value - timestamp > 0 ? value - (1 << OPTION_BITS) : value;
  }

  /** The window scale in an echoed timestamp, -1 for none. */
  static int scale(int echo) {
    int scale = echo & 15;
    return scale == NO_SCALE ? -1 : scale;
  }

  static boolean sack(int echo) {
    return (echo & 16) != 0;
  }
}
