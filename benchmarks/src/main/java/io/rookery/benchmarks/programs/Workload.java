package io.rookery.benchmarks.programs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program to measure.
 *
 * @param words its command; {@code $E} stands for what an emulator puts before a child's program
 */
record Workload(String group, String name, List<String> words) {
  private static final int SOURCE_COLUMN = 3;

  /**
   * All of {@code workloads.tsv}; C programs are compiled into the folder, which has the inputs.
   */
  static List<Workload> load(Path folder) throws IOException, InterruptedException {
    String cc1 = output(List.of("gcc", "-print-prog-name=cc1"));
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
        words.add(
            word.replace("$K", program)
                .replace("$D", folder.toString())
                .replace("$C", cc1)
                .replace('~', ' '));
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
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static String compile(String source, Path folder)
      throws IOException, InterruptedException {
    Path program = folder.resolve(source.replace(".c", ""));
    if (!Files.exists(program)) {
      Path file = Files.writeString(folder.resolve("k-" + source), text(source));
      output(List.of("gcc", "-O2", "-pthread", "-o", program.toString(), file.toString(), "-lm"));
    }
    return program.toString();
  }

  private static String output(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8).trim();
    if (process.waitFor() != 0) {
      throw new IOException("failed: " + String.join(" ", command));
    }
    return output;
  }

  /** Whether this machine has the program. */
  boolean installed() {
    return Files.isExecutable(Path.of(words.getFirst()));
  }

  /** The command, with {@code child} before the program of each child process. */
  List<String> command(String child) {
    return words.stream().map(word -> word.replace("$E", child)).toList();
  }
}
