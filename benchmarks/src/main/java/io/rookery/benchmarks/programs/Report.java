package io.rookery.benchmarks.programs;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Results as Markdown: a table for each group, with the geometric means of its ratios. */
final class Report {
  private final Results results;

  Report(Results results) {
    this.results = results;
  }

  String markdown() {
    List<String> groups = results.rows().stream().map(Results.Row::group).distinct().toList();
    return groups.stream().map(this::table).collect(Collectors.joining("\n"));
  }

  private String table(String group) {
    List<Results.Row> rows =
        results.rows().stream().filter(row -> row.group().equals(group)).toList();
    List<Way> ways =
        Arrays.stream(Way.values()).filter(way -> rows.stream().anyMatch(r -> r.has(way))).toList();
    StringBuilder table = new StringBuilder("| " + group + " |");
    ways.forEach(way -> table.append(' ').append(way.title).append(" |"));
    table.append(" CPU time of a cold run |\n|---|").repeat("---|", ways.size() + 1);
    for (Results.Row row : rows) {
      table.append("\n| ").append(row.name()).append(" |");
      ways.forEach(way -> table.append(' ').append(cell(row, way)).append(" |"));
      String parts = row.has(Way.COLD) ? row.runs().get(Way.COLD).getFirst().parts() : "";
      table.append(' ').append(parts).append(" |");
    }
    String means =
        ways.stream()
            .filter(way -> way != Way.NATIVE)
            .map(way -> "%s %.1f".formatted(way.title, mean(rows, way)))
            .collect(Collectors.joining(", "));
    return table.append("\n\nGeometric means: ").append(means).append(".\n").toString();
  }

  private static String cell(Results.Row row, Way way) {
    if (!row.has(way)) {
      return "–";
    }
    if (!row.correct(way)) {
      return "wrong";
    }
    String times = "%.3f (%.3f)".formatted(row.median(way, Run::wall), row.median(way, Run::cpu));
    return way == Way.NATIVE ? times : "**%.1f** %s".formatted(row.ratio(way), times);
  }

  private static double mean(List<Results.Row> rows, Way way) {
    return Math.exp(
        rows.stream()
            .filter(row -> row.has(way) && row.has(Way.NATIVE))
            .mapToDouble(row -> Math.log(row.ratio(way)))
            .average()
            .orElse(Double.NaN));
  }
}
