package io.rookery.cpu.helper;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A C program from the test resources, built by gcc, that executes instructions on the host for
 * comparison.
 */
final class NativeChild implements AutoCloseable {
  private final Process process;
  private final Path directory;
  private final DataInputStream in;
  private final OutputStream out;

  /** Builds and starts {@code native/name.c}; the test is skipped on hosts that cannot. */
  NativeChild(String name) throws IOException, InterruptedException {
    Assumptions.assumeTrue(
        System.getProperty("os.arch").equals("amd64")
            && System.getProperty("os.name").equals("Linux"),
        "needs an x86-64 Linux host");
    directory = Files.createTempDirectory("rookery-native");
    Path source = directory.resolve(name + ".c");
    try (InputStream resource = NativeChild.class.getResourceAsStream("/native/" + name + ".c")) {
      Files.copy(resource, source);
    }
    Path program = directory.resolve(name);
    boolean built;
    try {
      Process gcc =
          new ProcessBuilder(
                  List.of("gcc", "-O1", "-o", program.toString(), source.toString(), "-lm"))
              .inheritIO()
              .start();
      built = gcc.waitFor() == 0;
    } catch (IOException e) {
      built = false;
    }
    if (!built) {
      delete();
    }
    Assumptions.assumeTrue(built, "needs gcc");
    process =
        new ProcessBuilder(program.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    out = process.getOutputStream();
  }

  static ByteBuffer buffer(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Sends the whole of {@code request} and returns {@code answerSize} bytes; at most a few hundred
   * KB at a time.
   */
  ByteBuffer ask(ByteBuffer request, int answerSize) throws IOException {
    byte[] answer = new byte[answerSize];
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    out.write(request.array(), request.arrayOffset(), request.position());
                    out.flush();
                  } catch (IOException e) {
                    // the reader below sees the end of the child's output
                  }
                });
    in.readFully(answer);
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return ByteBuffer.wrap(answer).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void delete() throws IOException {
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(directory);
  }

  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    delete();
  }
}
