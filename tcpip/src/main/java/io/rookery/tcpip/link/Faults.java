package io.rookery.tcpip.link;

import java.time.Duration;

/**
 * What a {@link FaultInjector} does to packets of one direction. Probabilities are 0 to 1.
 *
 * @param loss probability that a packet is lost
 * @param duplicate probability that it comes twice
 * @param corrupt probability that one of its bits is inverted
 * @param reorder probability that it is held back
 * @param holdBack for how long at most; the time is evenly distributed
 * @param delay of every packet
 * @param bitsPerSecond rate of the link, 0 for no limit
 * @param queueBytes what waits for the rate at most; packets beyond are lost
 */
public record Faults(
    double loss,
    double duplicate,
    double corrupt,
    double reorder,
    Duration holdBack,
    Duration delay,
    long bitsPerSecond,
    int queueBytes) {

  /** No fault at all. */
  public static final Faults NONE =
      new Faults(0, 0, 0, 0, Duration.ZERO, Duration.ZERO, 0, 1 << 20);

  /**
   * @throws IllegalArgumentException if something is out of range
   */
  public Faults {
    check(loss);
    check(duplicate);
    check(corrupt);
    check(reorder);
    if (holdBack.isNegative() || delay.isNegative() || bitsPerSecond < 0 || queueBytes < 0) {
      throw new IllegalArgumentException("Negative times, rates and queues make no sense");
    }
  }

  private static void check(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("Probability " + probability);
    }
  }

  /** The same with another loss. */
  public Faults withLoss(double value) {
    return new Faults(
        value, duplicate, corrupt, reorder, holdBack, delay, bitsPerSecond, queueBytes);
  }

  /** The same with other duplication. */
  public Faults withDuplicate(double value) {
    return new Faults(loss, value, corrupt, reorder, holdBack, delay, bitsPerSecond, queueBytes);
  }

  /** The same with other corruption. */
  public Faults withCorrupt(double value) {
    return new Faults(loss, duplicate, value, reorder, holdBack, delay, bitsPerSecond, queueBytes);
  }

  /** The same with other reordering. */
  public Faults withReorder(double value, Duration most) {
    return new Faults(loss, duplicate, corrupt, value, most, delay, bitsPerSecond, queueBytes);
  }

  /** The same with another delay. */
  public Faults withDelay(Duration value) {
    return new Faults(
        loss, duplicate, corrupt, reorder, holdBack, value, bitsPerSecond, queueBytes);
  }

  /** The same with another rate. */
  public Faults withRate(long bits, int queue) {
    return new Faults(loss, duplicate, corrupt, reorder, holdBack, delay, bits, queue);
  }
}
