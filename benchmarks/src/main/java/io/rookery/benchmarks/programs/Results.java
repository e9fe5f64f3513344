package io.rookery.benchmarks.programs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** All runs, in the order of the programs; they are kept in a file, a run a line. */
final class Results {
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private final Path file;

  private Results(Path file) {
    this.file = file;
  }

  /** The runs of one program. */
  record Row(String group, String name, Map<Way, List<Run>> runs) {
    boolean has(Way way) {
      return runs.containsKey(way);
    }

    boolean correct(Way way) {
      return runs.get(way).stream().allMatch(Run::correct);
    }

    double median(Way way, ToDoubleFunction<Run> value) {
      double[] sorted = runs.get(way).stream().mapToDouble(value).sorted().toArray();
      int middle = sorted.length / 2;
      return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** How many times as long as natively it takes, by the wall clock. */
    double ratio(Way way) {
      return median(way, Run::wall) / Math.max(median(Way.NATIVE, Run::wall), 1e-3);
    }
  }

  /** What the file has, if it exists; more is appended to it. */
  static Results of(Path file) throws IOException {
    Results results = new Results(file);
    if (Files.exists(file)) {
      for (String line : Files.readAllLines(file)) {
        String[] columns = line.split("\t", -1);
        double wall = Double.parseDouble(columns[3]);
        double cpu = Double.parseDouble(columns[4]);
        Run run = new Run(wall, cpu, columns[5].equals("right"), columns[6]);
        results.keep(columns[0], columns[1], Way.valueOf(columns[2]), run);
      }
    }
    return results;
  }

  Collection<Row> rows() {
    return rows.values();
  }

  void add(Workload workload, Way way, Run run) throws IOException {
    keep(workload.group(), workload.name(), way, run);
    List<String> columns =
        List.of(
            workload.group(),
            workload.name(),
            way.name(),
            Double.toString(run.wall()),
            Double.toString(run.cpu()),
            run.correct() ? "right" : "wrong",
            run.parts());
    Files.writeString(
        file,
        String.join("\t", columns) + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private void keep(String group, String name, Way way, Run run) {
    rows.computeIfAbsent(group + "\t" + name, key -> new Row(group, name, new EnumMap<>(Way.class)))
        .runs()
        .computeIfAbsent(way, key -> new ArrayList<>())
        .add(run);
  }
}
