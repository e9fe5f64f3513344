package io.rookery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;

/** VMs on this host's own files, and what programs in them print. */
final class GuestPrograms {
  private GuestPrograms() {}

  static Vm vm(String hostname, Network... networks) {
    VmBuilder builder =
        Vm.builder().disk(Disks.hostDirectory(Path.of("/"))).hostname(hostname).memory(512 << 20);
    for (Network network : networks) {
      builder.network(network);
    }
    return builder.build();
  }

  /** Standard output of a script that must succeed. */
  static String sh(Vm vm, String script) throws IOException, InterruptedException {
    return output(vm.exec("/bin/bash", "-c", script));
  }

  /** Standard output of a program that must succeed. */
  static String python(Vm vm, String program) throws IOException, InterruptedException {
    return output(vm.exec("python3", "-c", program));
  }

  private static String output(Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    String errors = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), () -> text + errors);
    return text;
  }

  /** A program that says with its first line that it is there. */
  static Process server(Vm vm, String program) throws IOException {
    Process process = vm.exec("python3", "-u", "-c", program);
    String line =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8)).readLine();
    assertEquals("ready", line, () -> errors(process));
    return process;
  }

  private static String errors(Process process) {
    try {
      return new String(process.getErrorStream().readAllBytes(), UTF_8);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
