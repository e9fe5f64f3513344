package io.rookery.benchmarks.disks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * {@code rookery run --disk URL -- python3 -c 1}, from exec to exit, on an image that a server on
 * this machine gives out, 20 ms after each request: with an empty cache, with the cache that this
 * left, and from the file itself.
 *
 * <p>Arguments: the {@code rookery} command, an image and a folder for caches; then {@code -n N}
 * (repetitions, default 5). Prints Markdown.
 */
public final class ColdStart {
  private static final long DELAY_MILLIS = 20;

  /** What a start took, and what was asked of the server. */
  private record Start(double wall, double cpu, int requests, long bytes) {}

  private final String rookery;

  private ColdStart(String rookery) {
    this.rookery = rookery;
  }

  /** See above. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Locale.setDefault(Locale.ROOT);
    Deque<String> rest = new ArrayDeque<>(List.of(arguments));
    String rookery = rest.pop();
    Path image = Path.of(rest.pop());
    Path folder = Path.of(rest.pop());
    int repetitions = 5;
    while (!rest.isEmpty()) {
      String option = rest.pop();
      if (!option.equals("-n")) {
        throw new IllegalArgumentException(option);
      }
      repetitions = Integer.parseInt(rest.pop());
    }
    ColdStart benchmark = new ColdStart(rookery);
    List<Start> empty = new ArrayList<>();
    List<Start> filled = new ArrayList<>();
    List<Start> file = new ArrayList<>();
    try (SlowServer server = new SlowServer(image, DELAY_MILLIS)) {
      for (int i = 0; i < repetitions; i++) {
        Path cache = Files.createTempDirectory(folder, "cache");
        try {
          empty.add(benchmark.start(cache, server, "--disk", server.uri().toString()));
          filled.add(benchmark.start(cache, server, "--disk", server.uri().toString()));
          file.add(benchmark.start(cache, server, "--disk", image.toString(), "--ephemeral"));
        } finally {
          delete(cache);
        }
      }
    }
    System.out.printf(
        "python3 -c 1 on an image of %,d MB, %d ms before each answer%n%n",
        Files.size(image) / 1_000_000, DELAY_MILLIS);
    System.out.println("| | seconds | CPU seconds | requests | MB |\n|---|---|---|---|---|");
    print("empty cache", empty);
    print("filled cache", filled);
    print("local file", file);
    System.out.println("\nMedians, and the least and the most of " + repetitions + ".");
  }

  /** One start with the caches in a folder; bash knows the CPU time of what it started. */
  private Start start(Path cache, SlowServer server, String... disk)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("bash", "-c", "TIMEFORMAT='%3R %3U %3S'; time \"$@\"", "bash"));
    command.addAll(List.of(rookery, "run"));
    command.addAll(List.of(disk));
    command.addAll(List.of("--", "python3", "-c", "1"));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("XDG_CACHE_HOME", cache.toAbsolutePath().toString());
    builder.environment().put("LC_ALL", "C");
    server.takeRequests();
    server.takeBytes();
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8).trim();
    String[] times = said.split(" ", -1);
    if (process.waitFor() != 0 || times.length != 3) {
      throw new IOException(String.join(" ", command) + ": " + said);
    }
    double cpu = Double.parseDouble(times[1]) + Double.parseDouble(times[2]);
    return new Start(Double.parseDouble(times[0]), cpu, server.takeRequests(), server.takeBytes());
  }

  private static void print(String title, List<Start> starts) {
    System.out.printf(
        "| %s | %s | %s | %s | %s |%n",
        title,
        spread("%.2f", starts.stream().mapToDouble(Start::wall).sorted().toArray()),
        spread("%.2f", starts.stream().mapToDouble(Start::cpu).sorted().toArray()),
        spread("%.0f", starts.stream().mapToDouble(Start::requests).sorted().toArray()),
        spread("%.1f", starts.stream().mapToDouble(s -> s.bytes / 1e6).sorted().toArray()));
  }

  private static String spread(String format, double[] sorted) {
    String all = format + " (" + format + "–" + format + ")";
    return all.formatted(sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.delete(path);
      }
    }
  }
}
