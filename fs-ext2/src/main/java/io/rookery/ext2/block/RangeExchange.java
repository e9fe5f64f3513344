package io.rookery.ext2.block;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URL;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * One request for a part of a file, and its answer. It blocks its thread, which is to be a virtual
 * one: only there an interrupt ends it.
 *
 * <p>By {@code HttpURLConnection}: what little of it is used is ready in a quarter of the CPU time
 * that {@code java.net.http} takes for its first hundred requests, a second of a program's start.
 */
final class RangeExchange implements Callable<RangeExchange.Answer> {
  static final int PARTIAL = 206;

  private static final int MAX_REDIRECTIONS = 5;

  private final URI uri;
  private final HttpOptions options;
  private final int length;
  private final Map<String, String> headers;

  /**
   * @param length the most bytes that a body may have
   * @param headers of this request, besides those of all
   */
  RangeExchange(URI uri, HttpOptions options, int length, Map<String, String> headers) {
    this.uri = uri;
    this.options = options;
    this.length = length;
    this.headers = headers;
  }

  /**
   * An answer.
   *
   * @param body what was sent of the part; empty for any other status than 206
   */
  record Answer(int status, HttpURLConnection connection, byte[] body) {
    @Nullable String header(String name) {
      return connection.getHeaderField(name);
    }
  }

  @Override
  public Answer call() throws IOException {
    try {
      URL url = uri.toURL();
      for (int i = 0; ; i++) {
        HttpURLConnection connection = connect(url);
        int status = connection.getResponseCode();
        if (status == PARTIAL) {
          return new Answer(status, connection, body(connection));
        }
        connection.disconnect(); // the body, which nobody wants, may be gigabytes
        if (status < 0) {
          throw new IOException("the answer is not HTTP");
        }
        URL next = i < MAX_REDIRECTIONS ? redirection(connection, status) : null;
        if (next == null) {
          return new Answer(status, connection, new byte[0]);
        }
        url = next;
      }
    } catch (SocketTimeoutException e) {
      throw new IOException("no byte came for " + options.stallLimit().toMillis() + " ms", e);
    }
  }

  private HttpURLConnection connect(URL url) throws IOException {
    HttpURLConnection connection = options.opener().open(url);
    int stall = Math.clamp(options.stallLimit().toMillis(), 1, Integer.MAX_VALUE);
    connection.setConnectTimeout(stall);
    connection.setReadTimeout(stall);
    connection.setInstanceFollowRedirects(false);
    connection.setRequestProperty("User-Agent", "rookery");
    connection.setRequestProperty("Accept-Encoding", "identity");
    headers.forEach(connection::setRequestProperty);
    options.headers().forEach(connection::setRequestProperty);
    return connection;
  }

  /** Where an answer leads; null if nowhere, or where what is secret must not go. */
  private @Nullable URL redirection(HttpURLConnection connection, int status) throws IOException {
    String location = connection.getHeaderField("Location");
    switch (status) {
      case 301, 302, 303, 307, 308 -> {
        if (location == null || !options.headers().isEmpty()) {
          return null;
        }
      }
      default -> {
        return null;
      }
    }
    try {
      URI from = URI.create(connection.getURL().toString());
      URI to = from.resolve(location);
      boolean allowed =
          to.getScheme().equalsIgnoreCase("https") || to.getScheme().equals(from.getScheme());
      return allowed ? to.toURL() : null;
    } catch (IllegalArgumentException e) {
      throw new IOException("redirected to " + location, e);
    }
  }

  /** A body, or what came of one that was cut off. */
  private byte[] body(HttpURLConnection connection) throws IOException {
    byte[] bytes = new byte[length];
    int count = 0;
    try (InputStream in = connection.getInputStream()) {
      while (count < length) {
        int n = in.read(bytes, count, length - count);
        if (n < 0) {
          return Arrays.copyOf(bytes, count);
        }
        count += n;
      }
      if (in.read() >= 0) {
        connection.disconnect();
        throw new IOException("more than " + length + " bytes");
      }
      return bytes;
    } catch (IOException e) {
      if (count == 0 || count == length || e instanceof SocketTimeoutException) {
        throw e;
      }
      return Arrays.copyOf(bytes, count);
    }
  }
}
