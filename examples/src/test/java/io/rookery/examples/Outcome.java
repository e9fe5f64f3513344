package io.rookery.examples;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a program printed to standard output and error, and its exit status; -1 when it was ended
 * for lack of an end.
 */
record Outcome(String output, String errors, int status) {
  static Outcome of(Process process, long timeoutSeconds) throws IOException, InterruptedException {
    process.getOutputStream().close();
    // Threads of their own: a stream that a forgotten child holds open must not delay other tests.
    Executor readers = task -> Thread.ofPlatform().daemon().start(task);
    CompletableFuture<String> errors =
        CompletableFuture.supplyAsync(() -> text(process.getErrorStream()), readers);
    CompletableFuture<String> output =
        CompletableFuture.supplyAsync(() -> text(process.getInputStream()), readers);
    boolean ended = process.waitFor(timeoutSeconds, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    return new Outcome(text(output), text(errors), ended ? process.exitValue() : -1);
  }

  /** What was read once the process had ended; children that live on may hold the stream open. */
  private static String text(CompletableFuture<String> stream) throws InterruptedException {
    try {
      return stream.get(5, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      return "(" + e + ")";
    }
  }

  private static String text(InputStream stream) {
    try {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }
}
