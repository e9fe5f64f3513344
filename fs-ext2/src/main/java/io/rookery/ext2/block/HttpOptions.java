package io.rookery.ext2.block;

import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a disk is read over HTTP. Immutable; start from {@link #cachedIn}.
 *
 * @param cacheFolder where what has been read is kept, in one file for each URL; made when needed
 * @param maxCacheBytes the cache file's limit, 1 MiB to 1 TiB; with another limit than before the
 *     cache begins empty
 * @param attempts how often a request is made at most, at least 1
 * @param firstDelay before the second attempt; doubled before each further one
 * @param stallLimit without a byte for this long an attempt counts as failed
 * @param headers sent with each request, for authorization for example; a client of our own then
 *     follows no redirects, which would take them elsewhere
 * @param client makes the requests, with its own proxy, authentication and trust; the device does
 *     not close it. Null: one of the device's own
 */
public record HttpOptions(
    Path cacheFolder,
    long maxCacheBytes,
    int attempts,
    Duration firstDelay,
    Duration stallLimit,
    Map<String, String> headers,
    @Nullable HttpClient client) {
  private static final long MIN_CACHE_BYTES = 1 << 20;
  private static final long MAX_CACHE_BYTES = 1L << 40;
  private static final long DEFAULT_CACHE_BYTES = 4L << 30;

  public HttpOptions {
    if (maxCacheBytes < MIN_CACHE_BYTES || maxCacheBytes > MAX_CACHE_BYTES) {
      throw new IllegalArgumentException("maxCacheBytes: 1 MiB to 1 TiB, not " + maxCacheBytes);
    }
    if (attempts < 1) {
      throw new IllegalArgumentException("attempts: at least 1, not " + attempts);
    }
    headers = Map.copyOf(headers);
  }

  /** A cache of at most 4 GiB, five attempts within about 4 seconds of waiting. */
  public static HttpOptions cachedIn(Path folder) {
    return new HttpOptions(
        folder,
        DEFAULT_CACHE_BYTES,
        5,
        Duration.ofMillis(250),
        Duration.ofSeconds(30),
        Map.of(),
        null);
  }

  public HttpOptions withMaxCacheBytes(long bytes) {
    return new HttpOptions(cacheFolder, bytes, attempts, firstDelay, stallLimit, headers, client);
  }

  public HttpOptions withAttempts(int count, Duration delay) {
    return new HttpOptions(cacheFolder, maxCacheBytes, count, delay, stallLimit, headers, client);
  }

  public HttpOptions withStallLimit(Duration limit) {
    return new HttpOptions(
        cacheFolder, maxCacheBytes, attempts, firstDelay, limit, headers, client);
  }

  public HttpOptions withHeader(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    return new HttpOptions(
        cacheFolder, maxCacheBytes, attempts, firstDelay, stallLimit, more, client);
  }

  public HttpOptions withClient(HttpClient ready) {
    return new HttpOptions(
        cacheFolder, maxCacheBytes, attempts, firstDelay, stallLimit, headers, ready);
  }
}
