package io.rookery.benchmarks.programs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of a command.
 *
 * @param wall seconds
 * @param cpu seconds of user and system time, of children too
 * @param correct whether it succeeded with the expected output
 */
record Run(double wall, double cpu, boolean correct) {
  /** bash measures: it knows the CPU time of what it started, to the millisecond. */
  private static final String TIMED = "TIMEFORMAT='%3R %3U %3S'; time \"$@\" 2>\"$0\"";

  private static final Pattern REPEATED =
      Pattern.compile("run \\d+: wall ([0-9.]+) s, cpu ([0-9.]+) s, status (\\d+)");

  /** What came of a command: how long it took, and what {@code --repeat} said of each run in it. */
  record Result(Run whole, List<Run> repeated, byte[] output) {}

  /** Runs a command; its output is right if it is {@code expected}, or if that is empty. */
  static Result of(List<String> command, byte[] expected, Path folder)
      throws IOException, InterruptedException {
    Path output = folder.resolve("stdout");
    Path errors = folder.resolve("stderr");
    List<String> timed = new ArrayList<>(List.of("bash", "-c", TIMED, errors.toString()));
    timed.addAll(command);
    Process process =
        new ProcessBuilder(timed)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(output.toFile())
            .start();
    String line = new String(process.getErrorStream().readAllBytes(), UTF_8).trim();
    String[] times = line.split(" ", -1);
    byte[] bytes = Files.readAllBytes(output);
    boolean correct =
        process.waitFor() == 0 && (expected.length == 0 || Arrays.equals(bytes, expected));
    double cpu = Double.parseDouble(times[1]) + Double.parseDouble(times[2]);
    Run whole = new Run(Double.parseDouble(times[0]), cpu, correct);
    List<Run> repeated = new ArrayList<>();
    Matcher lines = REPEATED.matcher(Files.readString(errors));
    while (lines.find()) {
      boolean ended = correct && lines.group(3).equals("0");
      repeated.add(
          new Run(Double.parseDouble(lines.group(1)), Double.parseDouble(lines.group(2)), ended));
    }
    return new Result(whole, repeated, bytes);
  }
}
