package io.rookery;

import java.io.IOException;
import java.nio.channels.Channel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Closes a channel unless what is done with it ends in time. */
final class Deadline implements AutoCloseable {
  private static final long SECONDS = 5;

  private final CompletableFuture<Void> timer;

  private Deadline(CompletableFuture<Void> timer) {
    this.timer = timer;
  }

  static Deadline of(Channel channel) {
    CompletableFuture<Void> timer = new CompletableFuture<>();
    CompletableFuture<Void> _ =
        timer
            .orTimeout(SECONDS, TimeUnit.SECONDS)
            .whenComplete(
                (_, late) -> {
                  if (late != null) {
                    close(channel);
                  }
                });
    return new Deadline(timer);
  }

  private static void close(Channel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It is of no more use.
    }
  }

  @Override
  public void close() {
    timer.complete(null);
  }
}
