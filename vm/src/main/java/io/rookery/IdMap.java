package io.rookery;

import java.util.ArrayList;
import java.util.List;

/**
 * Which users, or groups, of the guest are which of the host in a directory of the host that a
 * {@link VmBuilder} mounts: ranges of numbers, as the lines of {@code uid_map}
 * (user_namespaces(7)). Immutable.
 */
public final class IdMap {
  /** Every number is the same on both sides. */
  public static final IdMap SAME = new IdMap(List.of(new Range(0, 0, 0xffff_ffffL)));

  /** Numbers are unsigned, and the last of 32 bits is none. */
  private record Range(long guest, long host, long count) {
    boolean overlaps(Range o) {
      return overlap(guest, count, o.guest, o.count) || overlap(host, count, o.host, o.count);
    }

    private static boolean overlap(long a, long aCount, long b, long bCount) {
      return a < b + bCount && b < a + aCount;
    }
  }

  private final List<Range> ranges;

  private IdMap(List<Range> ranges) {
    this.ranges = List.copyOf(ranges);
  }

  /** One of the guest is one of the host; nobody else has a counterpart. */
  public static IdMap of(int guest, int host) {
    return of(guest, host, 1);
  }

  /**
   * {@code count} of the guest, from {@code guest} on, are as many of the host, from {@code host}
   * on.
   *
   * @throws IllegalArgumentException if a number is negative, or goes beyond 2^31 - 1
   */
  public static IdMap of(int guest, int host, int count) {
    return new IdMap(List.of()).and(guest, host, count);
  }

  /**
   * With a further range.
   *
   * @throws IllegalArgumentException if a number is negative, goes beyond 2^31 - 1 or is in another
   *     range
   */
  public IdMap and(int guest, int host, int count) {
    if (guest < 0 || host < 0 || count < 1 || count > Integer.MAX_VALUE - Math.max(guest, host)) {
      throw new IllegalArgumentException(
          "%d of the guest from %d on, of the host from %d on".formatted(count, guest, host));
    }
    Range fresh = new Range(guest, host, count);
    if (ranges.stream().anyMatch(fresh::overlaps)) {
      throw new IllegalArgumentException(fresh + " overlaps another range");
    }
    List<Range> all = new ArrayList<>(ranges);
    all.add(fresh);
    return new IdMap(all);
  }

  /** The guest's number for one of the host, -1 if there is none. */
  int guestOf(int host) {
    long number = Integer.toUnsignedLong(host);
    for (Range r : ranges) {
      if (number >= r.host && number - r.host < r.count) {
        return (int) (r.guest + (number - r.host));
      }
    }
    return -1;
  }

  /** The host's number for one of the guest, -1 if there is none. */
  int hostOf(int guest) {
    long number = Integer.toUnsignedLong(guest);
    for (Range r : ranges) {
      if (number >= r.guest && number - r.guest < r.count) {
        return (int) (r.host + (number - r.guest));
      }
    }
    return -1;
  }
}
