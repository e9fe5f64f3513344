package io.rookery.benchmarks.network;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One TCP stream of iperf3's, sent and received by a guest, next to the host itself, slirp4netns
 * and pasta: all ways by turns, in each round. Needs root, and these programs of Debian's. All
 * traffic stays on this host.
 *
 * <p>Arguments: {@code -n N} (rounds, default 5), {@code -t N} (seconds of a run, default 3).
 * Prints Markdown.
 */
public final class Iperf {
  /** Where servers listen. */
  static final String PORT = "5301";

  private static final Pattern RECEIVED =
      Pattern.compile(
          "\"sum_received\":\\s*\\{[^}]*\"bytes\":\\s*(\\d+),\\s*\"bits_per_second\":\\s*([0-9.e+]+)");
  private static final Pattern TIMES = Pattern.compile("(\\d+)m([0-9.]+)s (\\d+)m([0-9.]+)s\\s*$");

  /** One run: the rate, and processor time of all that took part. */
  private record Sample(double gigabits, double secondsPerGigabyte) {}

  private final @Nullable Process server;
  private final List<String> seconds;
  private final Map<String, List<Sample>> samples = new LinkedHashMap<>();

  private Iperf(int seconds) throws IOException {
    this.seconds = List.of("-t", Integer.toString(seconds));
    server =
        new ProcessBuilder("iperf3", "-s", "-B", "127.0.0.1", "-p", PORT)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
  }

  /** See above. */
  public static void main(String[] arguments) throws Exception {
    Locale.setDefault(Locale.ROOT);
    int rounds = 5;
    int seconds = 3;
    Deque<String> rest = new ArrayDeque<>(List.of(arguments));
    while (!rest.isEmpty()) {
      String option = rest.pop();
      int number = Integer.parseInt(rest.pop());
      switch (option) {
        case "-n" -> rounds = number;
        case "-t" -> seconds = number;
        default -> throw new IllegalArgumentException(option);
      }
    }
    Iperf iperf = new Iperf(seconds);
    List<Way> ways =
        List.of(
            NativeWay.loopback(),
            GuestWay.toGuest(),
            GuestWay.toHost(),
            NativeWay.slirp4netns(),
            NativeWay.pasta(),
            NativeWay.pastaSpliced());
    try {
      for (int round = 1; round <= rounds; round++) {
        for (Way way : ways) {
          iperf.run(way, "");
          iperf.run(way, "-R");
        }
        System.err.printf("round %d of %d%n", round, rounds);
      }
    } finally {
      for (Way way : ways) {
        way.close();
      }
      iperf.server.destroy();
    }
    iperf.print();
    System.exit(0);
  }

  private void run(Way way, String direction) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-p", PORT, "-J"));
    arguments.addAll(seconds);
    if (!direction.isEmpty()) {
      arguments.add(direction);
    }
    Duration before = way.cpu().plus(NativeWay.cpu(server));
    Process client = way.client(arguments);
    client.getOutputStream().close();
    String output = new String(client.getInputStream().readAllBytes(), UTF_8);
    client.waitFor();
    Duration cpu = way.cpu().plus(NativeWay.cpu(server)).minus(before);
    Matcher received = RECEIVED.matcher(output);
    if (!received.find()) {
      throw new IOException(way.title() + ": " + output);
    }
    double spent = cpu.toNanos() / 1e9;
    if (way.nativeClient()) {
      Matcher times = TIMES.matcher(output);
      if (times.find()) {
        spent += time(times, 1) + time(times, 3);
      }
    }
    double gigabytes = Long.parseLong(received.group(1)) / 1e9;
    Sample sample = new Sample(Double.parseDouble(received.group(2)) / 1e9, spent / gigabytes);
    String row = way.title() + (direction.isEmpty() ? ", sends" : ", receives");
    samples.computeIfAbsent(row, _ -> new ArrayList<>()).add(sample);
  }

  private static double time(Matcher times, int group) {
    return 60 * Integer.parseInt(times.group(group)) + Double.parseDouble(times.group(group + 1));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private void print() {
    System.out.println("| one stream | first, Gbit/s | median | best | CPU s per GB, median |");
    System.out.println("|---|---|---|---|---|");
    samples.forEach(
        (row, all) -> {
          List<Double> rates = all.stream().map(Sample::gigabits).toList();
          System.out.printf(
              "| %s | %.2f | %.2f | %.2f | %.2f |%n",
              row,
              rates.getFirst(),
              median(rates),
              rates.stream().max(Double::compare).orElseThrow(),
              median(all.stream().map(Sample::secondsPerGigabyte).toList()));
        });
  }
}
