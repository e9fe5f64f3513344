package io.rookery.ext2.block;

import io.rookery.ext2.block.HttpDeviceException.Reason;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * Gets parts of one file from a web server, and repeats what failed in passing. Thread-safe;
 * interrupts of the caller are put off, since they are not meant for the disk.
 */
final class RangeClient implements AutoCloseable {
  private static final int PARTIAL = 206;
  private static final int NOT_MODIFIED = 304;
  private static final int PRECONDITION_FAILED = 412;
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final Duration MAX_DELAY = Duration.ofSeconds(30);
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18})");

  private final URI uri;
  private final HttpOptions options;
  private final HttpClient client;
  private final LongAdder requests = new LongAdder();
  private final LongAdder received = new LongAdder();
  private volatile boolean closed;

  RangeClient(URI uri, HttpOptions options) {
    this.uri = uri;
    this.options = options;
    HttpClient given = options.client();
    this.client = given != null ? given : ownClient();
  }

  private HttpClient ownClient() {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .followRedirects(
                options.headers().isEmpty()
                    ? HttpClient.Redirect.NORMAL
                    : HttpClient.Redirect.NEVER)
            .connectTimeout(options.stallLimit());
    if ("https".equalsIgnoreCase(uri.getScheme())) {
      return builder.version(HttpClient.Version.HTTP_2).build();
    }
    return builder
        .version(HttpClient.Version.HTTP_1_1) // no h2c
        .sslContext(DeferredTls.context()) // a redirection may lead to https
        .sslParameters(new SSLParameters())
        .build();
  }

  /** The file as messages name it: without the user's name and password, and without a query. */
  String shown() {
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme() + "://" + uri.getHost() + port + uri.getRawPath();
  }

  long requests() {
    return requests.sum();
  }

  long received() {
    return received.sum();
  }

  /** The file's state and its beginning. */
  record Beginning(RemoteVersion version, byte[] bytes) {}

  /**
   * Asks for the beginning of the file, unless it is still the one known.
   *
   * @return null if it is
   */
  @Nullable Beginning open(@Nullable RemoteVersion known, int length) throws IOException {
    HttpRequest.Builder request = request(0, length);
    if (known != null && known.etag() != null) {
      request.header("If-None-Match", known.etag());
    } else if (known != null && known.lastModified() != null) {
      request.header("If-Modified-Since", known.lastModified());
    }
    return retry(
        () -> {
          Answer answer = send(request.build(), length);
          if (answer.status == NOT_MODIFIED && known != null) {
            return null;
          }
          if (answer.status == RANGE_NOT_SATISFIABLE) {
            throw failure(Reason.REFUSED, "is empty", null);
          }
          long total = answer.total(0);
          if (answer.body.length != Math.min(length, total)) {
            throw new TruncatedException(answer.body.length, Math.min(length, total));
          }
          return new Beginning(RemoteVersion.of(total, answer.headers), answer.body);
        });
  }

  /** Reads a part of the file as it was when it was opened. */
  byte[] get(RemoteVersion version, long offset, int length) throws IOException {
    HttpRequest.Builder request = request(offset, length);
    if (version.hasStrongTag()) {
      request.header("If-Match", String.valueOf(version.etag()));
    }
    byte[] bytes =
        retry(
            () -> {
              Answer answer = send(request.build(), length);
              if (answer.status == PRECONDITION_FAILED || answer.status == RANGE_NOT_SATISFIABLE) {
                throw changed();
              }
              long total = answer.total(offset);
              if (!RemoteVersion.of(total, answer.headers).equals(version)) {
                throw changed();
              }
              if (answer.body.length != length) {
                throw new TruncatedException(answer.body.length, length);
              }
              return answer.body;
            });
    return Objects.requireNonNull(bytes);
  }

  private HttpDeviceException changed() {
    return failure(Reason.CHANGED, "was replaced by another file since it was opened", null);
  }

  private HttpRequest.Builder request(long offset, int length) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .header("Range", "bytes=" + offset + "-" + (offset + length - 1))
            .header("Accept-Encoding", "identity")
            .header("User-Agent", "rookery");
    options.headers().forEach(request::header);
    return request;
  }

  /** An answer, and what it tells. */
  private final class Answer {
    final int status;
    final HttpHeaders headers;
    final byte[] body;

    Answer(HttpResponse<byte[]> response) {
      status = response.statusCode();
      headers = response.headers();
      body = response.body();
    }

    /** The length of the whole file, if this is the part of it that begins at an offset. */
    long total(long offset) throws IOException {
      if (status == 200) {
        throw failure(Reason.NO_RANGES, "is sent as a whole where a part was asked for", null);
      }
      if (status == 404 || status == 410) {
        throw failure(Reason.NOT_FOUND, "does not exist (HTTP status " + status + ")", null);
      }
      if (status == 408 || status == 429 || status >= 500) {
        throw new OverloadedException(status, retryAfter());
      }
      if (status != PARTIAL) {
        throw failure(Reason.REFUSED, "is refused with HTTP status " + status, null);
      }
      String text = headers.firstValue("Content-Range").orElse("");
      Matcher m = CONTENT_RANGE.matcher(text);
      boolean encoded =
          !headers.firstValue("Content-Encoding").orElse("identity").equals("identity");
      if (!m.matches() || Long.parseLong(m.group(1)) != offset || encoded) {
        throw failure(
            Reason.REFUSED, "came as range \"%s\" for byte %d".formatted(text, offset), null);
      }
      return Long.parseLong(m.group(2));
    }

    private Duration retryAfter() {
      String text = headers.firstValue("Retry-After").orElse("");
      return text.matches("\\d{1,6}") ? Duration.ofSeconds(Long.parseLong(text)) : Duration.ZERO;
    }
  }

  private Answer send(HttpRequest request, int length) throws IOException {
    requests.increment();
    AtomicReference<@Nullable RangeBody> body = new AtomicReference<>();
    CompletableFuture<HttpResponse<byte[]>> response =
        client.sendAsync(
            request,
            info -> {
              RangeBody begun = new RangeBody(info.statusCode() == PARTIAL ? length : 0);
              body.set(begun);
              return begun;
            });
    boolean interrupted = Thread.interrupted();
    try {
      int seen = -1;
      while (true) {
        RangeBody begun;
        try {
          long limit = options.stallLimit().toMillis();
          Answer answer = new Answer(response.get(limit, TimeUnit.MILLISECONDS));
          received.add(answer.body.length);
          return answer;
        } catch (TimeoutException e) {
          begun = body.get();
          int now = begun == null ? -1 : begun.count();
          if (now == seen) {
            response.cancel(true);
            throw new IOException("no byte came for " + options.stallLimit().toMillis() + " ms", e);
          }
          seen = now;
        } catch (ExecutionException e) {
          begun = body.get();
          if (begun != null && begun.count() > 0) {
            throw new TruncatedException(begun.count(), length);
          }
          throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** The server asks for patience. */
  private static final class OverloadedException extends IOException {
    private static final long serialVersionUID = 1L;

    final transient Duration delay;

    OverloadedException(int status, Duration delay) {
      super("HTTP status " + status);
      this.delay = delay;
    }
  }

  /** An answer that ends early. */
  private static final class TruncatedException extends IOException {
    private static final long serialVersionUID = 1L;

    TruncatedException(int received, long expected) {
      super("%d of %d bytes came".formatted(received, expected));
    }
  }

  private interface Attempt<T extends @Nullable Object> {
    T run() throws IOException;
  }

  private <T extends @Nullable Object> T retry(Attempt<T> attempt) throws HttpDeviceException {
    StringJoiner tried = new StringJoiner("; ");
    Duration delay = options.firstDelay();
    for (int i = 1; ; i++) {
      if (closed) {
        throw failure(Reason.UNREACHABLE, "is closed", null);
      }
      try {
        return attempt.run();
      } catch (HttpDeviceException e) {
        throw e;
      } catch (IOException e) {
        tried.add("attempt %d: %s".formatted(i, e.getMessage() == null ? e : e.getMessage()));
        if (i == options.attempts()) {
          Reason reason = e instanceof TruncatedException ? Reason.TRUNCATED : Reason.UNREACHABLE;
          throw failure(reason, "cannot be read: " + tried, e);
        }
        pause(e instanceof OverloadedException o && o.delay.compareTo(delay) > 0 ? o.delay : delay);
        delay = delay.multipliedBy(2);
      }
    }
  }

  /** Waits about that long; not everybody who was refused at once should come back at once. */
  private static void pause(Duration delay) {
    long millis = Math.min(delay.toMillis(), MAX_DELAY.toMillis());
    long jitter = millis < 2 ? 0 : ThreadLocalRandom.current().nextLong(millis / 2);
    long end = System.nanoTime() + (millis + jitter) * 1_000_000;
    boolean interrupted = Thread.interrupted();
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private HttpDeviceException failure(Reason reason, String what, @Nullable Throwable cause) {
    return new HttpDeviceException(reason, shown() + " " + what, cause);
  }

  @Override
  public void close() {
    closed = true;
    if (options.client() == null) {
      client.shutdownNow();
    }
  }
}
