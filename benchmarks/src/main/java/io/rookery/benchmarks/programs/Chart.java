package io.rookery.benchmarks.programs;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Results as a chart (SVG): wall time as a multiple of native's, on a logarithmic scale. */
final class Chart {
  private static final List<Way> WAYS = List.of(Way.QEMU, Way.COLD, Way.THIRD);
  private static final List<String> COLOURS = List.of("#9aa0a6", "#f0a35e", "#2f7ed8");
  private static final Set<String> GROUPS = Set.of("cpu", "fp", "sys", "tool", "prog");
  private static final int LEFT = 130;
  private static final int WIDTH = 640;
  private static final int BAR = 7;
  private static final int ROW = 30;
  private static final int TOP = 44;
  private static final double LEAST = 0.5;
  private static final double MOST = 200;

  private final StringBuilder svg = new StringBuilder();

  private Chart() {}

  static String svg(Results results) {
    List<Results.Row> rows = new ArrayList<>(results.rows());
    rows.removeIf(row -> !GROUPS.contains(row.group()) || !row.has(Way.NATIVE));
    return new Chart().draw(rows);
  }

  private String draw(List<Results.Row> rows) {
    int height = TOP + rows.size() * ROW + 10;
    add(
        """
        <svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">
        <rect width="100%%" height="100%%" fill="#fff"/>
        """
            .formatted(LEFT + WIDTH + 50, height));
    for (int i = 0; i < WAYS.size(); i++) {
      int x = LEFT + i * 150;
      add(
          "<rect x=\"%d\" y=\"8\" width=\"10\" height=\"10\" fill=\"%s\"/>\n"
              .formatted(x, COLOURS.get(i)));
      add("<text x=\"%d\" y=\"17\">%s</text>\n".formatted(x + 14, WAYS.get(i).title));
    }
    for (double tick : new double[] {1, 2, 5, 10, 20, 50, 100}) {
      double x = x(tick);
      add("<path d=\"M%.1f %d V%d\" stroke=\"#ddd\"/>\n".formatted(x, TOP - 4, height - 10));
      add(
          "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0fx</text>\n"
              .formatted(x, TOP - 8, tick));
    }
    int y = TOP;
    for (Results.Row row : rows) {
      String label = row.group() + ": " + row.name();
      add(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n"
              .formatted(LEFT - 6, y + 15, label));
      for (int i = 0; i < WAYS.size(); i++) {
        bar(row, WAYS.get(i), COLOURS.get(i), y + 1 + i * (BAR + 1));
      }
      y += ROW;
    }
    return svg.append("</svg>\n").toString();
  }

  private void bar(Results.Row row, Way way, String colour, int y) {
    if (row.has(way) && row.correct(way)) {
      double from = x(LEAST);
      double to = x(row.ratio(way));
      add(
          "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n"
              .formatted(from, y, to - from, BAR, colour));
      add(
          "<text x=\"%.1f\" y=\"%d\" font-size=\"8\">%.1f</text>\n"
              .formatted(to + 2, y + 7, row.ratio(way)));
    }
  }

  private static double x(double ratio) {
    double within = Math.clamp(ratio, LEAST, MOST);
    return LEFT + WIDTH * Math.log(within / LEAST) / Math.log(MOST / LEAST);
  }

  private void add(String element) {
    svg.append(element);
  }
}
