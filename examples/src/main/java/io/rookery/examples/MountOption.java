package io.rookery.examples;

import io.rookery.IdMap;
import io.rookery.VmBuilder;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The value of {@code --mount}. */
final class MountOption {
  static final String SYNTAX = "HOST:GUEST[:rw[,uid=GUEST:HOST[:COUNT]][,gid=...]]";

  private static final Pattern RANGE = Pattern.compile(",([ug]id)=(\\d+):(\\d+)(?::(\\d+))?");
  private static final Pattern MOUNT =
      Pattern.compile(
          "(?<host>.+):(?<guest>/[^:]*)(?<rw>:rw(?<ranges>(" + RANGE.pattern() + ")*))?");

  private MountOption() {}

  static void addTo(VmBuilder builder, String text) {
    Matcher parts = MOUNT.matcher(text);
    if (!parts.matches()) {
      throw new UsageException("--mount: " + SYNTAX + " with an absolute GUEST, not " + text);
    }
    Path host = Path.of(parts.group("host"));
    String guest = parts.group("guest");
    String ranges = parts.group("ranges");
    if (ranges == null || ranges.isEmpty()) {
      builder.mount(host, guest, ranges != null);
      return;
    }
    try {
      builder.mount(host, guest, idMap("uid", ranges), idMap("gid", ranges));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--mount: " + e.getMessage());
    }
  }

  /** The map of the ranges with a key; where there is none, numbers are the same on both sides. */
  private static IdMap idMap(String key, String ranges) {
    IdMap map = IdMap.SAME;
    boolean first = true;
    for (Matcher range = RANGE.matcher(ranges); range.find(); ) {
      if (key.equals(range.group(1))) {
        int guest = Integer.parseInt(range.group(2));
        int host = Integer.parseInt(range.group(3));
        int count = range.group(4) == null ? 1 : Integer.parseInt(range.group(4));
        map = first ? IdMap.of(guest, host, count) : map.and(guest, host, count);
        first = false;
      }
    }
    return map;
  }
}
