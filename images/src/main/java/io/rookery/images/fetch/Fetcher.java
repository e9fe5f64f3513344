package io.rookery.images.fetch;

import io.rookery.images.HashMismatchException;
import io.rookery.images.ImageException;
import io.rookery.images.MirrorUnavailableException;
import io.rookery.images.repo.ArchiveSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Reads files of an archive over HTTP or from the host's file system, and repeats what failed in
 * passing. Thread-safe.
 */
public final class Fetcher implements AutoCloseable {
  private static final int BUFFER = 1 << 16;

  private final HttpClient client;
  private final RetryPolicy policy;
  private final StallWatch watch;

  /** Creates a fetcher; it holds threads until it is closed. */
  public Fetcher(RetryPolicy policy) {
    this.policy = policy;
    this.watch = new StallWatch(policy.stallLimit());
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1) // plain mirrors; no h2c upgrade attempts
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(20))
            .build();
  }

  @Override
  public void close() {
    watch.close();
    client.shutdownNow();
  }

  /**
   * Reads a small file.
   *
   * @throws NotFoundException if the archive does not have it
   * @throws MirrorUnavailableException if it cannot be had otherwise
   */
  public byte[] read(URI uri, int limit) throws NotFoundException {
    ByteArrayOutputStream[] result = {new ByteArrayOutputStream()};
    retry(
        uri,
        () -> {
          result[0] = new ByteArrayOutputStream();
          try (Body body = open(uri, 0)) {
            copy(body, result[0], limit, uri, _ -> {});
          }
        });
    return result[0].toByteArray();
  }

  /**
   * Downloads a file whose size is known, going on after a cut where the mirror can. The file may
   * hold anything if this fails.
   *
   * @param progress told the number of bytes in the file, which can fall again
   * @throws NotFoundException if the archive does not have it
   * @throws HashMismatchException if the mirror's file has another size
   * @throws MirrorUnavailableException if it cannot be had otherwise
   * @throws HostFileException if the file cannot be written
   */
  public void download(URI uri, Path file, long size, LongConsumer progress)
      throws NotFoundException {
    retry(
        uri,
        () -> {
          long have =
              HostFileException.guard(file, () -> Files.exists(file) ? Files.size(file) : 0);
          if (have >= size) {
            have = 0; // a complete file with a wrong hash, left by an earlier attempt
          }
          try (Body body = open(uri, have);
              OutputStream out = openFile(file, body.offset() > 0)) {
            if (body.length() >= 0 && body.offset() + body.length() != size) {
              throw new HashMismatchException(
                  ArchiveSource.shown(uri),
                  size + " bytes",
                  body.offset() + body.length() + " bytes");
            }
            long start = body.offset();
            progress.accept(start);
            long end = start + copy(body, out, size - start, uri, n -> progress.accept(start + n));
            if (end != size) {
              throw new IOException("cut after " + end + " of " + size + " bytes");
            }
          }
        });
  }

  private static OutputStream openFile(Path file, boolean append) {
    return HostFileException.guard(
        file,
        () ->
            new HostFileOutput(
                file,
                Files.newOutputStream(
                    file,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)));
  }

  private long copy(Body body, OutputStream out, long limit, URI uri, LongConsumer progress)
      throws IOException {
    byte[] buffer = new byte[BUFFER];
    long total = 0;
    try (StallWatch.Guard guard = watch.guard(body)) {
      for (int n = read(body, buffer, guard); n >= 0; n = read(body, buffer, guard)) {
        if (total + n > limit) {
          throw new HashMismatchException(
              ArchiveSource.shown(uri), "at most " + limit + " bytes", "more");
        }
        out.write(buffer, 0, n);
        total += n;
        progress.accept(total);
      }
    }
    return total;
  }

  private static int read(Body body, byte[] buffer, StallWatch.Guard guard) throws IOException {
    try {
      int n = body.in().read(buffer);
      guard.check();
      guard.alive();
      return n;
    } catch (IOException e) {
      guard.check();
      throw e;
    }
  }

  /** What is being received: its first byte's place in the file, and its length or -1. */
  private record Body(InputStream in, long offset, long length) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private Body open(URI uri, long offset) throws IOException, InterruptedException {
    if ("file".equals(uri.getScheme())) {
      try {
        Path path = Path.of(uri);
        return new Body(Files.newInputStream(path), 0, Files.size(path));
      } catch (NoSuchFileException e) {
        throw new NotFoundException("no such file");
      } catch (IllegalArgumentException e) {
        throw new IOException("no path of this host: " + e.getMessage(), e);
      }
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(policy.stallLimit())
            .header("User-Agent", "rookery-images");
    if (offset > 0) {
      request.header("Range", "bytes=" + offset + "-");
    }
    HttpResponse<InputStream> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    int status = response.statusCode();
    long length = response.headers().firstValueAsLong("Content-Length").orElse(-1);
    if (status == 206 && offset > 0) {
      String range = response.headers().firstValue("Content-Range").orElse("");
      if (range.startsWith("bytes " + offset + "-")) {
        return new Body(response.body(), offset, length);
      }
    } else if (status == 200) {
      return new Body(response.body(), 0, length);
    }
    response.body().close();
    if (status == 404 || status == 410) {
      throw new NotFoundException("HTTP status " + status);
    }
    if (status >= 400 && status < 500 && status != 408 && status != 416 && status != 429) {
      throw new MirrorUnavailableException(
          "the mirror refuses the file",
          List.of(ArchiveSource.shown(uri) + ": HTTP status " + status));
    }
    throw new IOException("HTTP status " + status);
  }

  private interface Attempt {
    void run() throws IOException, InterruptedException;
  }

  private void retry(URI uri, Attempt attempt) throws NotFoundException {
    List<String> tried = new ArrayList<>();
    Duration delay = policy.firstDelay();
    for (int i = 1; i <= policy.attempts(); i++) {
      try {
        if (i > 1) {
          Thread.sleep(delay);
          delay = delay.multipliedBy(2);
        }
        attempt.run();
        return;
      } catch (NotFoundException e) {
        throw e;
      } catch (IOException e) {
        tried.add(ArchiveSource.shown(uri) + ": attempt " + i + ": " + describe(e));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new ImageException("interrupted while reading " + ArchiveSource.shown(uri), e);
      }
    }
    throw new MirrorUnavailableException("the mirror does not give the file", tried);
  }

  private static String describe(IOException e) {
    String message = e.getMessage();
    return message == null || message.isBlank() ? e.getClass().getSimpleName() : message;
  }
}
