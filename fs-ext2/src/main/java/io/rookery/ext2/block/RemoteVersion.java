package io.rookery.ext2.block;

import org.jspecify.annotations.Nullable;

/**
 * What tells one state of a file on a web server from another (RFC 9110, section 8.8).
 *
 * @param size the file's length in bytes
 */
record RemoteVersion(long size, @Nullable String etag, @Nullable String lastModified) {
  private static final int MAX_VALIDATOR = 512;

  static RemoteVersion of(long size, RangeExchange.Answer answer) {
    return new RemoteVersion(size, validator(answer, "ETag"), validator(answer, "Last-Modified"));
  }

  private static @Nullable String validator(RangeExchange.Answer answer, String name) {
    String text = answer.header(name);
    return text == null || text.isEmpty() || text.length() > MAX_VALIDATOR ? null : text;
  }

  /** Whether the entity tag vouches for every byte. */
  boolean hasStrongTag() {
    return etag != null && etag.startsWith("\"");
  }
}
