package io.rookery.benchmarks.programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Measures whole programs, interleaved: natively, under qemu-user, and in Rookery, cold (the whole
 * command, JVM and all) and inside a VM that runs (first and third run). Prints Markdown.
 *
 * <p>Arguments: repetitions (default 5), and a regular expression on group and name.
 */
public final class Programs {
  private enum Way {
    NATIVE("native"),
    QEMU("qemu-user"),
    COLD("Rookery, whole command"),
    FIRST("in a VM, first"),
    THIRD("in a VM, third");

    private final String title;

    Way(String title) {
      this.title = title;
    }
  }

  private static final String QEMU = "/usr/bin/qemu-x86_64";
  private static final byte[] ANY = {};

  private final List<String> launcher;
  private final Path folder;
  private final boolean qemu = Files.isExecutable(Path.of(QEMU));

  private Programs(String launcher, Path folder) {
    this.launcher = List.of(launcher, "run", "--root", "/");
    this.folder = folder;
  }

  /** {@code arguments}: the launcher, repetitions, a pattern; all but the first may be missing. */
  public static void main(String[] arguments) throws Exception {
    int repetitions = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
    Pattern only = Pattern.compile(arguments.length > 2 ? arguments[2] : "");
    Path folder = Files.createTempDirectory("rookery-benchmarks");
    try {
      new Programs(arguments[0], folder).run(repetitions, only);
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private void run(int repetitions, Pattern only) throws Exception {
    StringBuilder head = new StringBuilder("| |");
    StringBuilder line = new StringBuilder("|---|");
    for (Way way : Way.values()) {
      head.append(' ').append(way.title).append(" |");
      line.append("---|");
    }
    System.out.println(head + "\n" + line);
    for (Workload workload : Workload.load(folder)) {
      if (only.matcher(workload.group() + " " + workload.name()).find()) {
        System.out.println(row(workload, repetitions));
      }
    }
    System.out.println(
        "\nMilliseconds, wall (CPU); medians of %d interleaved runs.".formatted(repetitions));
  }

  private String row(Workload workload, int repetitions) throws Exception {
    Map<Way, List<Run>> runs = new EnumMap<>(Way.class);
    for (Way way : Way.values()) {
      runs.put(way, new ArrayList<>());
    }
    for (int i = 0; i < repetitions; i++) {
      once(workload, runs);
    }
    StringBuilder row = new StringBuilder("| " + workload.name() + " |");
    runs.values().forEach(list -> row.append(' ').append(cell(list)).append(" |"));
    return row.toString();
  }

  private void once(Workload workload, Map<Way, List<Run>> runs) throws Exception {
    Run.Result expected = Run.of(workload.command(""), ANY, folder);
    byte[] output = expected.output();
    runs.get(Way.NATIVE).add(expected.whole());
    if (qemu) {
      // execve(2) would leave the emulator: children are given to it by name.
      List<String> command = join(List.of(QEMU), workload.command(QEMU + " "));
      runs.get(Way.QEMU).add(Run.of(command, output, folder).whole());
    }
    List<String> cold = join(launcher, List.of("--"));
    runs.get(Way.COLD).add(Run.of(join(cold, workload.command("")), output, folder).whole());
    List<String> warm = join(launcher, List.of("--repeat", "3", "--"));
    List<Run> repeated = Run.of(join(warm, workload.command("")), output, folder).repeated();
    if (repeated.size() == 3) {
      runs.get(Way.FIRST).add(repeated.getFirst());
      runs.get(Way.THIRD).add(repeated.getLast());
    }
  }

  private static List<String> join(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }

  private static String cell(List<Run> runs) {
    if (runs.isEmpty()) {
      return "–";
    }
    if (!runs.stream().allMatch(Run::correct)) {
      return "wrong";
    }
    double wall = median(runs.stream().map(Run::wall).toList());
    double cpu = median(runs.stream().map(Run::cpu).toList());
    return String.format(Locale.ROOT, "%,.0f (%,.0f)", wall * 1e3, cpu * 1e3);
  }

  private static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
