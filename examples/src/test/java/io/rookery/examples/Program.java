package io.rookery.examples;

import io.rookery.GuestProcessBuilder;
import io.rookery.Vm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A program of a table: a text file with a line {@code ### NAME} in front of each script, or {@code
 * ### NAME (full)} where it is for {@code -Pfull} only.
 *
 * @param script for bash
 * @param full whether it takes too long for each build
 */
record Program(String name, String script, boolean full) {
  private static final String HEADING = "### ";
  private static final String FULL = " (full)";

  Program(String heading, String script) {
    this(heading.replace(FULL, ""), script, heading.endsWith(FULL));
  }

  /** The programs of the table of that name beside this class. */
  static List<Program> table(String resource) throws IOException {
    List<Program> programs = new ArrayList<>();
    StringBuilder script = new StringBuilder();
    String heading = null;
    try (BufferedReader table =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(Program.class.getResourceAsStream(resource)),
                StandardCharsets.UTF_8))) {
      for (String line = table.readLine(); line != null; line = table.readLine()) {
        if (line.startsWith(HEADING)) {
          if (heading != null) {
            programs.add(new Program(heading, script.toString()));
          }
          heading = line.substring(HEADING.length());
          script.setLength(0);
        } else if (heading != null) {
          script.append(line).append('\n');
        }
      }
    }
    programs.add(new Program(Objects.requireNonNull(heading), script.toString()));
    return programs;
  }

  /** The command that runs it in a fresh directory under {@code /tmp}. */
  List<String> command() {
    return List.of(
        "/bin/bash",
        "-c",
        "mkdir -p /tmp/run && cd /tmp/run && rm -rf \"$0\" && mkdir \"$0\" && cd \"$0\" && eval \"$1\"",
        name,
        script);
  }

  /** A command in {@code vm} that finds {@link #environment} in its environment, and no more. */
  static GuestProcessBuilder in(Vm vm, List<String> command) {
    GuestProcessBuilder builder = vm.process(command).directory("/").cleanEnvironment();
    for (String variable : environment()) {
      List<String> pair = List.of(variable.split("=", 2));
      builder.environment(pair.getFirst(), pair.getLast());
    }
    return builder;
  }

  /** What the program finds in its environment. */
  static List<String> environment() {
    return List.of(
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/root",
        "USER=root",
        "LANG=C.UTF-8",
        "TERM=dumb");
  }
}
