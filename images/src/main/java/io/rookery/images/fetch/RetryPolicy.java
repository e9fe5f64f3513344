package io.rookery.images.fetch;

import java.time.Duration;

/**
 * How downloads are repeated.
 *
 * @param attempts at most this many, at least 1
 * @param firstDelay before the second attempt; doubled before each further one
 * @param stallLimit without a byte for this long a download counts as cut
 */
public record RetryPolicy(int attempts, Duration firstDelay, Duration stallLimit) {
  /** Five attempts within about 15 seconds of waiting; half a minute of silence is a failure. */
  public static final RetryPolicy DEFAULT =
      new RetryPolicy(5, Duration.ofSeconds(1), Duration.ofSeconds(30));
}
