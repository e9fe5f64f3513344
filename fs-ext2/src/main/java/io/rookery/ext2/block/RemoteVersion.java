package io.rookery.ext2.block;

import java.net.http.HttpHeaders;
import org.jspecify.annotations.Nullable;

/**
 * What tells one state of a file on a web server from another (RFC 9110, section 8.8).
 *
 * @param size the file's length in bytes
 */
record RemoteVersion(long size, @Nullable String etag, @Nullable String lastModified) {
  private static final int MAX_VALIDATOR = 512;

  static RemoteVersion of(long size, HttpHeaders headers) {
    return new RemoteVersion(size, validator(headers, "ETag"), validator(headers, "Last-Modified"));
  }

  private static @Nullable String validator(HttpHeaders headers, String name) {
    return headers
        .firstValue(name)
        .filter(text -> !text.isEmpty() && text.length() <= MAX_VALIDATOR)
        .orElse(null);
  }

  /** Whether the entity tag vouches for every byte. */
  boolean hasStrongTag() {
    return etag != null && etag.startsWith("\"");
  }
}
