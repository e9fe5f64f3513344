package io.rookery.linux.vfs;

import java.time.Instant;

/** A point in time as in struct timespec: seconds since 1970 and 0..999,999,999 nanoseconds. */
public record Timespec(long seconds, int nanos) implements Comparable<Timespec> {
  /** 1970-01-01. */
  public static final Timespec EPOCH = new Timespec(0, 0);

  /** Converts from an instant. */
  public static Timespec of(Instant i) {
    return new Timespec(i.getEpochSecond(), i.getNano());
  }

  /** Converts to an instant; far values are clamped to what {@link Instant} can hold. */
  public Instant toInstant() {
    long s =
        Math.max(Instant.MIN.getEpochSecond(), Math.min(Instant.MAX.getEpochSecond(), seconds));
    return Instant.ofEpochSecond(s, nanos);
  }

  @Override
  public int compareTo(Timespec o) {
    int c = Long.compare(seconds, o.seconds);
    return c != 0 ? c : Integer.compare(nanos, o.nanos);
  }
}
