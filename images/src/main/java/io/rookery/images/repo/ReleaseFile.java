package io.rookery.images.repo;

import io.rookery.images.BadArchiveException;
import io.rookery.images.ExpiredReleaseException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A suite's verified Release file: what it is, how long it counts, and the SHA-256 and size of each
 * index below it.
 */
final class ReleaseFile {
  /** How far a Release may lie in the future before a clock must be wrong. */
  private static final Duration CLOCK_SKEW = Duration.ofDays(1);

  private static final DateTimeFormatter DATE =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern("[EEE, ]d MMM yyyy H:mm:ss")
          .toFormatter(Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  /** Hash and size of a file. */
  record Digest(String sha256, long size) {}

  private final String name;
  private final Map<String, String> fields;
  private final Map<String, Digest> digests;

  private ReleaseFile(String name, Map<String, String> fields, Map<String, Digest> digests) {
    this.name = name;
    this.fields = fields;
    this.digests = digests;
  }

  static ReleaseFile parse(String text, String name) {
    Map<String, String> fields = ControlReader.single(text, name);
    String list = fields.get("SHA256");
    if (list == null) {
      throw new BadArchiveException(name + ": has no SHA256 list");
    }
    Map<String, Digest> digests = new HashMap<>();
    for (String line : list.strip().split("\n", -1)) {
      String[] words = line.strip().split("\\s+", -1);
      if (words.length != 3
          || !words[0].matches("[0-9a-f]{64}")
          || !words[1].matches("\\d{1,15}")) {
        throw new BadArchiveException(
            name + ": expected \"SHA256 SIZE PATH\", found \"" + line.strip() + "\"");
      }
      digests.put(words[2], new Digest(words[0], Long.parseLong(words[1])));
    }
    return new ReleaseFile(name, fields, digests);
  }

  /**
   * Checks that this is the suite asked for: a mirror could answer with another, signed as well.
   */
  void requireSuite(String suite) {
    String foundSuite = fields.getOrDefault("Suite", "");
    String codename = fields.getOrDefault("Codename", "");
    if (!suite.equals(foundSuite) && !suite.equals(codename)) {
      throw new BadArchiveException(
          name + ": expected suite " + suite + ", found " + foundSuite + " (" + codename + ")");
    }
  }

  /** Checks Date and Valid-Until; the latter only if wanted, since snapshots are always old. */
  void requireCurrent(Instant now, boolean checkValidUntil) {
    Instant date = date(fields.get("Date"), "Date");
    if (date.isAfter(now.plus(CLOCK_SKEW))) {
      throw new ExpiredReleaseException(
          name + ": is dated " + date + ", which is in the future (now: " + now + ")");
    }
    String validUntil = fields.get("Valid-Until");
    if (checkValidUntil && validUntil != null) {
      Instant end = date(validUntil, "Valid-Until");
      if (now.isAfter(end)) {
        throw new ExpiredReleaseException(
            name + ": expired on " + end + " (now: " + now + "); the mirror is stale or replayed");
      }
    }
  }

  /** When the suite was published. */
  Instant date() {
    return date(fields.get("Date"), "Date");
  }

  /** Whether indexes can be had under their hash, so that an update of the mirror is no race. */
  boolean hasByHash() {
    return "yes".equalsIgnoreCase(fields.get("Acquire-By-Hash"));
  }

  @Nullable Digest digest(String path) {
    return digests.get(path);
  }

  private Instant date(@Nullable String text, String field) {
    if (text == null) {
      throw new BadArchiveException(name + ": has no " + field);
    }
    try {
      String bare = text.replaceFirst("\\s+(UTC|GMT|Z|\\+0000)$", "");
      return DATE.parse(bare, Instant::from);
    } catch (DateTimeException e) {
      throw new BadArchiveException(
          name + ": " + field + ": expected a date in UTC, found \"" + text + "\"", e);
    }
  }
}
