package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The options of {@code rookery run} about networks. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "runs the host's own programs")
class NetworkOptionsTest {
  private static int run(List<String> options, String script) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("--root", "/"));
    arguments.addAll(options);
    arguments.addAll(List.of("--", "/bin/sh", "-c", script));
    return new RunCommand().execute(arguments);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--net bridge",
        "--net switch:",
        "--net host --net host",
        "--allow 1.2.3.4",
        "--net host --allow 1.2.3.4/99",
        "--net host --deny x:0-70000",
        "--net host --allow host:99999999",
        "--publish 80",
        "--publish 80:0",
        "--publish 80:70000",
        "--publish name:80:80",
      })
  void otherValuesAreRefused(String options) throws Exception {
    assertEquals(Rookery.MISUSED, run(List.of(options.split(" ", -1)), "exit 0"));
  }

  @Test
  void networksAreThere(@TempDir Path directory) throws Exception {
    Path capture = directory.resolve("trace.pcapng");
    List<String> options =
        List.of(
            "--net",
            "switch:a",
            "--net",
            "host",
            "--deny",
            "*",
            "--allow",
            "*.example.org:443",
            "--allow",
            "host:5000-5001",
            "--publish",
            "0:8080",
            "--publish",
            "127.0.0.1:0:8081",
            "--hostname",
            "box",
            "--pcap",
            capture.toString());
    String script =
        """
        test "$(cat /proc/sys/kernel/hostname)" = box || exit 1
        grep -q eth0: /proc/net/dev && grep -q eth1: /proc/net/dev || exit 2
        test "$(grep -c nameserver /etc/resolv.conf)" = 2 || exit 3
        """;
    assertEquals(0, run(options, script));
    assertEquals(28 + 2 * 40, Files.size(capture)); // two interfaces without packets
  }
}
