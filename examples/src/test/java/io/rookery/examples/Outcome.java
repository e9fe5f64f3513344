package io.rookery.examples;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * What a program printed to standard output and error, and its exit status; -1 when it was ended
 * for lack of an end.
 */
record Outcome(String output, String errors, int status) {
  /** For streams that children hold open that live on. */
  private static final Duration STREAMS_END_WITHIN = Duration.ofSeconds(5);

  static Outcome of(Process process, long timeoutSeconds) throws IOException, InterruptedException {
    process.getOutputStream().close();
    Gathered errors = new Gathered(process.getErrorStream());
    Gathered output = new Gathered(process.getInputStream());
    boolean ended = process.waitFor(timeoutSeconds, TimeUnit.SECONDS);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    return new Outcome(output.text(), errors.text(), ended ? process.exitValue() : -1);
  }

  /** A stream that is read by a thread of its own, so that no other one waits for its end. */
  private static final class Gathered {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Thread reader;

    Gathered(InputStream stream) {
      reader = Thread.ofPlatform().daemon().start(() -> read(stream));
    }

    private void read(InputStream stream) {
      try {
        stream.transferTo(bytes);
      } catch (IOException e) {
        bytes.writeBytes(("(" + e + ")").getBytes(StandardCharsets.UTF_8));
      }
    }

    /** All of it, or what there is so far if it does not end. */
    String text() throws InterruptedException {
      boolean complete = reader.join(STREAMS_END_WITHIN);
      return bytes.toString(StandardCharsets.UTF_8) + (complete ? "" : "(not at its end)");
    }
  }
}
