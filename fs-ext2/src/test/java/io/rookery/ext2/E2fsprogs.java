package io.rookery.ext2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The tools that judge our volumes; tests that need one are skipped where it is not installed. */
public final class E2fsprogs {
  private static final List<String> FOLDERS =
      List.of("/sbin", "/usr/sbin", "/usr/local/sbin", "/usr/bin");

  private E2fsprogs() {}

  /** What a tool printed, both streams, and how it ended. */
  public record Result(int status, String output) {}

  private static @Nullable Path find(String tool) {
    return FOLDERS.stream()
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  public static Result run(String tool, String... arguments) throws IOException {
    Path path = find(tool);
    assumeTrue(path != null, tool + " is not installed");
    List<String> command = new ArrayList<>(List.of(String.valueOf(path)));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    try {
      return new Result(process.waitFor(), output);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new IOException(e);
    }
  }

  /** Fails unless {@code e2fsck -fn} finds nothing to complain about. */
  public static void assertClean(Path image) throws IOException {
    Result result = run("e2fsck", "-fn", image.toString());
    assertEquals(0, result.status, result.output);
  }

  static String debugfs(Path image, String request) throws IOException {
    Result result = run("debugfs", "-R", request, image.toString());
    assertEquals(0, result.status, result.output);
    return result.output;
  }

  public static void mke2fs(Path image, long bytes, String... options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-q", "-F"));
    arguments.addAll(List.of(options));
    if (!arguments.contains("-t")) {
      arguments.addAll(List.of("-t", "ext2"));
    }
    arguments.add(image.toString());
    arguments.add(bytes / 1024 + "k");
    Result result = run("mke2fs", arguments.toArray(String[]::new));
    assertEquals(0, result.status, result.output);
  }
}
