package io.rookery.tcpip.core;

/** A rate limit with a burst. */
public final class TokenBucket {
  private final long nanosPerToken;
  private final long most;
  private long credit;
  private long last;

  /**
   * A full bucket.
   *
   * @param perSecond tokens that come back each second
   * @param burst most tokens that can be taken at once
   */
  public TokenBucket(int perSecond, int burst, long now) {
    nanosPerToken = 1_000_000_000L / perSecond;
    most = burst * nanosPerToken;
    credit = most;
    last = now;
  }

  /** Takes a token if there is one. */
  public boolean take(long now) {
    credit = Math.min(most, credit + (now - last));
    last = now;
    if (credit < nanosPerToken) {
      return false;
    }
    credit -= nanosPerToken;
    return true;
  }
}
