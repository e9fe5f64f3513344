package io.rookery.benchmarks.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of a command.
 *
 * @param wall seconds
 * @param cpu seconds of user and system time, of children too
 * @param correct whether it succeeded with the expected output
 * @param parts where the CPU time went: {@code C1 0.41 C2 1.20}; empty where nobody told
 */
record Run(double wall, double cpu, boolean correct, String parts) {
  /** bash measures: it knows the CPU time of what it started, to the millisecond. */
  private static final String TIMED = "TIMEFORMAT='%3R %3U %3S'; time \"$@\" 2>\"$0\"";

  private static final Pattern REPEATED =
      Pattern.compile("run \\d+: wall ([0-9.]+) s, cpu ([0-9.]+) s, status (\\d+)");

  /** What {@code --stats} prints of CPU time. */
  private static final Pattern PART =
      Pattern.compile("^CPU milliseconds: (\\S+)\\s+([0-9,]+)$", Pattern.MULTILINE);

  /** What came of a command: how long it took, and what {@code --repeat} said of each run in it. */
  record Result(Run whole, List<Run> repeated, byte[] output) {}

  /** Runs a command; its output is right if it is {@code expected}, or if that is empty. */
  static Result of(List<String> command, byte[] expected, Path folder)
      throws IOException, InterruptedException {
    Path output = folder.resolve("stdout");
    Path errors = folder.resolve("stderr");
    List<String> timed = new ArrayList<>(List.of("bash", "-c", TIMED, errors.toString()));
    timed.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(timed);
    builder.environment().put("LC_ALL", "C");
    Process process =
        builder
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .start();
    String line = new String(process.getErrorStream().readAllBytes(), UTF_8).trim();
    String[] times = line.split(" ", -1);
    byte[] bytes = Files.readAllBytes(output);
    boolean correct =
        process.waitFor() == 0 && (expected.length == 0 || Arrays.equals(bytes, expected));
    double cpu = Double.parseDouble(times[1]) + Double.parseDouble(times[2]);
    String said = Files.readString(errors, ISO_8859_1);
    Run whole = new Run(Double.parseDouble(times[0]), cpu, correct, parts(said));
    List<Run> repeated = new ArrayList<>();
    Matcher lines = REPEATED.matcher(said);
    while (lines.find()) {
      boolean ended = correct && lines.group(3).equals("0");
      double runWall = Double.parseDouble(lines.group(1));
      repeated.add(new Run(runWall, Double.parseDouble(lines.group(2)), ended, ""));
    }
    return new Result(whole, repeated, bytes);
  }

  private static String parts(String said) {
    List<String> parts = new ArrayList<>();
    Matcher matcher = PART.matcher(said);
    while (matcher.find()) {
      double seconds = Long.parseLong(matcher.group(2).replace(",", "")) / 1e3;
      parts.add(String.format(Locale.ROOT, "%s %.2f", matcher.group(1), seconds));
    }
    return String.join(" ", parts);
  }
}
