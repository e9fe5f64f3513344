package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.rookery.Disks;
import io.rookery.Networks;
import io.rookery.Vm;
import io.rookery.VmBuilder;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import io.rookery.images.ImageBuilder;
import java.net.ConnectException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** Two VMs of one image on a switch: servers in one, clients in the other. */
record SwitchedVms(Vm client, Vm server) implements AutoCloseable {
  private static final long SECONDS = 300;

  /**
   * An image of this user's cache with these packages. It is not built again when they change: it
   * needs another name then.
   */
  static Path image(String name, List<String> packages) {
    Path cache = DefaultImage.path().getParent().resolveSibling("with-" + name);
    return DefaultImage.locate(
        cache, ImageBuilder.debian().listener(BuildListener.SILENT).include(packages));
  }

  /** Starts both on a switch of this name; their packets are in client.pcapng and server.pcapng. */
  static SwitchedVms start(
      Path image, String name, Path captures, UnaryOperator<VmBuilder> settings) {
    Vm client = vm(image, name, "client", captures, settings);
    return new SwitchedVms(client, vm(image, name, "server", captures, settings));
  }

  private static Vm vm(
      Path image, String name, String host, Path captures, UnaryOperator<VmBuilder> settings) {
    VmBuilder builder =
        Vm.builder()
            .disk(Disks.ephemeral(image))
            .network(Networks.switched(name))
            .hostname(host)
            .capture(captures.resolve(host + ".pcapng"));
    return settings.apply(builder).build();
  }

  /** What a script prints, which must end well. */
  static String run(Vm vm, String script) throws Exception {
    Process process = vm.process("/bin/bash", "-c", script).directory("/tmp").start();
    Outcome outcome = Outcome.of(process, SECONDS);
    assertEquals(0, outcome.status(), () -> outcome.output() + outcome.errors());
    return outcome.output();
  }

  /** Runs a program that stays, and waits until it listens. */
  static void serve(Vm vm, int port, String script) throws Exception {
    Process process =
        vm.process("/bin/bash", "-c", "{ " + script + "\n} > /tmp/log." + port + " 2>&1")
            .directory("/tmp")
            .start();
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (true) {
      try {
        vm.connect(port).close();
        return;
      } catch (ConnectException e) {
        if (!process.isAlive() || System.nanoTime() > until) {
          fail("nobody listens on port " + port + ": " + run(vm, "cat /tmp/log." + port));
        }
        Thread.sleep(20);
      }
    }
  }

  String run(String script) throws Exception {
    return run(client, script);
  }

  void serve(int port, String script) throws Exception {
    serve(server, port, script);
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
