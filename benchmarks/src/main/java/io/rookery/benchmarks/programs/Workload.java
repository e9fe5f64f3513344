package io.rookery.benchmarks.programs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program to measure.
 *
 * @param command its words; {@code $E} stands for what an emulator puts before a child's program
 */
record Workload(String group, String name, List<String> command) {
  private static final int SOURCE_COLUMN = 3;

  /** All of {@code workloads.tsv}; the C programs are compiled into {@code folder}. */
  static List<Workload> load(Path folder) throws IOException, InterruptedException {
    List<Workload> all = new ArrayList<>();
    for (String line : text("workloads.tsv").lines().toList()) {
      if (line.startsWith("#")) {
        continue;
      }
      List<String> columns = List.of(line.split("\t", -1));
      String program = "";
      if (columns.size() > SOURCE_COLUMN) {
        program = compile(columns.get(SOURCE_COLUMN), folder);
      }
      List<String> words = new ArrayList<>();
      for (String word : columns.get(2).split(" ", -1)) {
        words.add(word.replace("$K", program).replace('~', ' '));
      }
      all.add(new Workload(columns.get(0), columns.get(1), words));
    }
    return all;
  }

  private static String text(String resource) throws IOException {
    try (InputStream in = Workload.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("no resource " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String compile(String source, Path folder)
      throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve(source), text(source));
    Path program = folder.resolve(source.replace(".c", ""));
    int status =
        new ProcessBuilder("gcc", "-O2", "-o", program.toString(), file.toString(), "-lm")
            .inheritIO()
            .start()
            .waitFor();
    if (status != 0) {
      throw new IOException("gcc does not compile " + source);
    }
    return program.toString();
  }

  /** The words with {@code child} before the program of each child process. */
  List<String> command(String child) {
    return command.stream().map(word -> word.replace("$E", child)).toList();
  }
}
