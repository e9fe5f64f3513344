package io.rookery.ext2.block;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a disk is read over HTTP. Immutable; start from {@link #cachedIn}.
 *
 * @param cacheFolder where what has been read is kept, in one file for each URL; made when needed
 * @param maxCacheBytes the cache file's limit, 1 MiB to 1 TiB; with another limit than before the
 *     cache begins empty
 * @param attempts how often a request is made at most, at least 1
 * @param firstDelay before the second attempt; doubled before each further one
 * @param stallLimit without a byte for this long an attempt counts as failed
 * @param headers sent with each request, for authorization for example; redirects are then not
 *     followed, since they would take them elsewhere
 * @param opener opens the connections, with a proxy, authentication or trust of its own perhaps
 */
public record HttpOptions(
    Path cacheFolder,
    long maxCacheBytes,
    int attempts,
    Duration firstDelay,
    Duration stallLimit,
    Map<String, String> headers,
    Opener opener) {
  private static final long MIN_CACHE_BYTES = 1 << 20;
  private static final long MAX_CACHE_BYTES = 1L << 40;
  private static final long DEFAULT_CACHE_BYTES = 4L << 30;

  /** Opens a connection to a server, which is not connected yet. */
  @FunctionalInterface
  public interface Opener {
    HttpURLConnection open(URL url) throws IOException;
  }

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
        url -> (HttpURLConnection) url.openConnection());
  }

  public HttpOptions withMaxCacheBytes(long bytes) {
    return new HttpOptions(cacheFolder, bytes, attempts, firstDelay, stallLimit, headers, opener);
  }

  public HttpOptions withAttempts(int count, Duration delay) {
    return new HttpOptions(cacheFolder, maxCacheBytes, count, delay, stallLimit, headers, opener);
  }

  public HttpOptions withStallLimit(Duration limit) {
    return new HttpOptions(
        cacheFolder, maxCacheBytes, attempts, firstDelay, limit, headers, opener);
  }

  public HttpOptions withHeader(String name, String value) {
    Map<String, String> more = new TreeMap<>(headers);
    more.put(name, value);
    return new HttpOptions(
        cacheFolder, maxCacheBytes, attempts, firstDelay, stallLimit, more, opener);
  }

  public HttpOptions withOpener(Opener ready) {
    return new HttpOptions(
        cacheFolder, maxCacheBytes, attempts, firstDelay, stallLimit, headers, ready);
  }
}
