package io.rookery.ext2.block;

import io.rookery.ext2.block.HttpDeviceException.Reason;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Gets parts of one file from a web server, and repeats what failed in passing. Thread-safe;
 * interrupts of the caller are put off, since they are not meant for the disk.
 */
final class RangeClient implements AutoCloseable {
  private static final int NOT_MODIFIED = 304;
  private static final int PRECONDITION_FAILED = 412;
  private static final int RANGE_NOT_SATISFIABLE = 416;
  private static final Duration MAX_DELAY = Duration.ofSeconds(30);
  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18})");

  private final URI uri;
  private final HttpOptions options;
  private final Set<Thread> underWay = ConcurrentHashMap.newKeySet();
  private final LongAdder requests = new LongAdder();
  private final LongAdder received = new LongAdder();
  private volatile boolean closed;

  RangeClient(URI uri, HttpOptions options) {
    this.uri = uri;
    this.options = options;
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
    Map<String, String> headers = new HashMap<>();
    if (known != null && known.etag() != null) {
      headers.put("If-None-Match", known.etag());
    } else if (known != null && known.lastModified() != null) {
      headers.put("If-Modified-Since", known.lastModified());
    }
    return retry(
        () -> {
          RangeExchange.Answer answer = send(0, length, headers);
          if (answer.status() == NOT_MODIFIED && known != null) {
            return null;
          }
          if (answer.status() == RANGE_NOT_SATISFIABLE) {
            throw failure(Reason.REFUSED, "is empty", null);
          }
          long total = total(answer, 0);
          if (answer.body().length != Math.min(length, total)) {
            throw new TruncatedException(answer.body().length, Math.min(length, total));
          }
          return new Beginning(RemoteVersion.of(total, answer), answer.body());
        });
  }

  /** Reads a part of the file as it was when it was opened. */
  byte[] get(RemoteVersion version, long offset, int length) throws IOException {
    Map<String, String> headers =
        version.hasStrongTag() ? Map.of("If-Match", String.valueOf(version.etag())) : Map.of();
    byte[] bytes =
        retry(
            () -> {
              RangeExchange.Answer answer = send(offset, length, headers);
              if (answer.status() == PRECONDITION_FAILED
                  || answer.status() == RANGE_NOT_SATISFIABLE) {
                throw changed();
              }
              long total = total(answer, offset);
              if (!RemoteVersion.of(total, answer).equals(version)) {
                throw changed();
              }
              if (answer.body().length != length) {
                throw new TruncatedException(answer.body().length, length);
              }
              return answer.body();
            });
    return Objects.requireNonNull(bytes);
  }

  private HttpDeviceException changed() {
    return failure(Reason.CHANGED, "was replaced by another file since it was opened", null);
  }

  /** The length of the whole file, if an answer is the part of it that begins at an offset. */
  private long total(RangeExchange.Answer answer, long offset) throws IOException {
    int status = answer.status();
    if (status == 200) {
      throw failure(Reason.NO_RANGES, "is sent as a whole where a part was asked for", null);
    }
    if (status == 404 || status == 410) {
      throw failure(Reason.NOT_FOUND, "does not exist (HTTP status " + status + ")", null);
    }
    if (status == 408 || status == 429 || status >= 500) {
      throw new OverloadedException(status, retryAfter(answer));
    }
    if (status != RangeExchange.PARTIAL) {
      throw failure(Reason.REFUSED, "is refused with HTTP status " + status, null);
    }
    String text = Objects.requireNonNullElse(answer.header("Content-Range"), "");
    Matcher m = CONTENT_RANGE.matcher(text);
    String encoding = Objects.requireNonNullElse(answer.header("Content-Encoding"), "identity");
    if (!m.matches() || Long.parseLong(m.group(1)) != offset || !encoding.equals("identity")) {
      throw failure(
          Reason.REFUSED, "came as range \"%s\" for byte %d".formatted(text, offset), null);
    }
    return Long.parseLong(m.group(2));
  }

  private static Duration retryAfter(RangeExchange.Answer answer) {
    String text = Objects.requireNonNullElse(answer.header("Retry-After"), "");
    return text.matches("\\d{1,6}") ? Duration.ofSeconds(Long.parseLong(text)) : Duration.ZERO;
  }

  private RangeExchange.Answer send(long offset, int length, Map<String, String> conditions)
      throws IOException {
    requests.increment();
    Map<String, String> headers = new HashMap<>(conditions);
    headers.put("Range", "bytes=" + offset + "-" + (offset + length - 1));
    var exchange = new FutureTask<>(new RangeExchange(uri, options, length, headers));
    Thread thread = Thread.ofVirtual().name("rookery-read").unstarted(exchange);
    underWay.add(thread);
    thread.start();
    try {
      if (closed) {
        thread.interrupt();
      }
      RangeExchange.Answer answer = join(exchange);
      received.add(answer.body().length);
      return answer;
    } finally {
      underWay.remove(thread);
    }
  }

  private static <T> T join(Future<T> future) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return future.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
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
    underWay.forEach(Thread::interrupt);
  }
}
