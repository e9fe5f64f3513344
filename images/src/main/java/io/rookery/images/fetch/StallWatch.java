package io.rookery.images.fetch;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Closes connections that have been silent for too long: HttpClient's own timeout ends with the
 * response's headers.
 */
final class StallWatch implements AutoCloseable {
  private final Duration limit;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().daemon().name("rookery-images-stall-watch").unstarted(task));

  StallWatch(Duration limit) {
    this.limit = limit;
  }

  Guard guard(AutoCloseable connection) {
    return new Guard(connection);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** Watches one connection until it is closed. */
  final class Guard implements AutoCloseable {
    private final ScheduledFuture<?> check;
    private volatile long lastByte = System.nanoTime();
    private volatile boolean stalled;

    private Guard(AutoCloseable connection) {
      long period = Math.max(1, limit.toMillis() / 4);
      check =
          timer.scheduleWithFixedDelay(
              () -> {
                if (System.nanoTime() - lastByte > limit.toNanos()) {
                  stalled = true;
                  closeQuietly(connection);
                }
              },
              period,
              period,
              TimeUnit.MILLISECONDS);
    }

    void alive() {
      lastByte = System.nanoTime();
    }

    /** A connection that was closed by the watch fails with an error of its own. */
    void check() throws IOException {
      if (stalled) {
        throw new IOException("no byte came for " + limit.toMillis() + " ms");
      }
    }

    @Override
    public void close() {
      check.cancel(false);
    }

    private static void closeQuietly(AutoCloseable connection) {
      try {
        connection.close();
      } catch (Exception e) {
        // The reader sees the closed stream; how closing went does not matter.
      }
    }
  }
}
