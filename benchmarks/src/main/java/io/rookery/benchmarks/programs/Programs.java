package io.rookery.benchmarks.programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Measures whole programs, interleaved: natively, under qemu-user, and in Rookery, cold (the whole
 * command, JVM and all) and inside a VM that runs (first and third run).
 *
 * <p>Arguments: the launcher; then {@code -n N} (repetitions, default 5), {@code --default-flags}
 * (also with a JVM that is given no flags), {@code --results FILE} (runs are appended to it, and
 * the report is of all that it has), {@code --report} (only that), and a regular expression on
 * group and name. Prints Markdown; with {@code --results} it also draws a chart, with .svg for the
 * file's ending.
 */
public final class Programs {
  private static final String QEMU = "/usr/bin/qemu-x86_64";
  private static final byte[] ANY = {};

  private final Path launcher;
  private final Path folder;
  private final Results results;
  private final boolean defaultFlags;
  private final boolean qemu = Files.isExecutable(Path.of(QEMU));

  private Programs(Path launcher, Path folder, Results results, boolean defaultFlags) {
    this.launcher = launcher;
    this.folder = folder;
    this.results = results;
    this.defaultFlags = defaultFlags;
  }

  /** See above. */
  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    Deque<String> rest = new ArrayDeque<>(List.of(arguments));
    Path launcher = Path.of(rest.pop());
    Path folder = Files.createTempDirectory("rookery-benchmarks");
    try {
      int repetitions = 5;
      boolean defaultFlags = false;
      boolean measured = true;
      Path file = folder.resolve("results");
      Pattern only = Pattern.compile("");
      while (!rest.isEmpty()) {
        String argument = rest.pop();
        switch (argument) {
          case "-n" -> repetitions = Integer.parseInt(rest.pop());
          case "--default-flags" -> defaultFlags = true;
          case "--results" -> file = Path.of(rest.pop());
          case "--report" -> measured = false;
          default -> only = Pattern.compile(argument);
        }
      }
      Results results = Results.of(file);
      if (measured) {
        new Programs(launcher, folder, results, defaultFlags).run(repetitions, only);
      }
      System.out.println(new Report(results).markdown());
      System.out.println("Seconds, wall (CPU), medians; bold: wall time as a multiple of native.");
      if (!file.startsWith(folder)) {
        String name = file.getFileName().toString().replaceFirst("\\.[^.]*$", "") + ".svg";
        Files.writeString(file.resolveSibling(name), Chart.svg(results));
      }
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
    Inputs.write(folder);
    List<Workload> all = new ArrayList<>(Workload.load(folder));
    all.removeIf(workload -> !only.matcher(workload.group() + " " + workload.name()).find());
    for (int i = 0; i < repetitions; i++) {
      for (Workload workload : all) {
        if (workload.installed()) {
          System.err.printf("%d/%d %s%n", i + 1, repetitions, workload.name());
          once(workload);
        } else if (i == 0) {
          System.out.println(workload.name() + ": not measured, it is not installed");
        }
      }
    }
  }

  private void once(Workload workload) throws Exception {
    Run.Result expected = Run.of(workload.command(""), ANY, folder);
    byte[] output = expected.output();
    for (Way way : Way.of(workload.group(), defaultFlags)) {
      switch (way) {
        case NATIVE -> results.add(workload, way, expected.whole());
        case QEMU -> {
          if (qemu) {
            // execve(2) would leave the emulator: children are given to it by name.
            List<String> command = join(List.of(QEMU), workload.command(QEMU + " "));
            results.add(workload, way, Run.of(command, output, folder).whole());
          }
        }
        case COLD -> cold(workload, output, List.of(launcher.toString()), way);
        case DEFAULT_COLD -> cold(workload, output, plainJvm(), way);
        case FIRST -> warm(workload, output, List.of(launcher.toString()), way, Way.THIRD);
        case DEFAULT_THIRD -> warm(workload, output, plainJvm(), null, way);
        case THIRD -> {} // with the first
      }
    }
  }

  private void cold(Workload workload, byte[] output, List<String> rookery, Way way)
      throws Exception {
    List<String> run = join(rookery, List.of("run", "--stats", "--root", "/", "--"));
    results.add(workload, way, Run.of(join(run, workload.command("")), output, folder).whole());
  }

  private void warm(Workload workload, byte[] output, List<String> rookery, Way first, Way third)
      throws Exception {
    List<String> run = join(rookery, List.of("run", "--repeat", "3", "--root", "/", "--"));
    List<Run> runs = Run.of(join(run, workload.command("")), output, folder).repeated();
    if (runs.size() == 3) {
      if (first != null) {
        results.add(workload, first, runs.getFirst());
      }
      results.add(workload, third, runs.getLast());
    }
  }

  /** As an embedder's JVM: the class path, and no flags. */
  private List<String> plainJvm() {
    Path target = launcher.resolveSibling("target");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String jar = target.resolve("rookery-examples-0.1.0-SNAPSHOT.jar").toString();
    String classes = jar + ":" + target.resolve("lib") + "/*";
    return List.of(java, "-cp", classes, "io.rookery.examples.Rookery");
  }

  private static List<String> join(List<String> first, List<String> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }
}
