package io.rookery.examples;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A program of the table {@code programs.txt}.
 *
 * @param script for bash
 */
record Program(String name, String script) {
  static List<Program> all() throws IOException {
    List<Program> programs = new ArrayList<>();
    StringBuilder script = new StringBuilder();
    String name = null;
    try (BufferedReader table =
        new BufferedReader(
            new InputStreamReader(
                Objects.requireNonNull(Program.class.getResourceAsStream("programs.txt")),
                StandardCharsets.UTF_8))) {
      for (String line = table.readLine(); line != null; line = table.readLine()) {
        if (line.startsWith("### ")) {
          if (name != null) {
            programs.add(new Program(name, script.toString()));
          }
          name = line.substring(4);
          script.setLength(0);
        } else if (name != null) {
          script.append(line).append('\n');
        }
      }
    }
    programs.add(new Program(Objects.requireNonNull(name), script.toString()));
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
