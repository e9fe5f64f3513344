package io.rookery;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A Linux userland inside this JVM: a root file system and the processes that run on it.
 * Thread-safe.
 *
 * <pre>{@code
 * try (Vm vm = Vm.builder().disk(Disks.ephemeral(image)).build()) {
 *   Process p = vm.exec("python3", "-c", "print(6 * 7)");
 *   System.out.print(new String(p.getInputStream().readAllBytes(), UTF_8));
 * }
 * }</pre>
 *
 * <p>Any number of VMs may run in one JVM; they share nothing.
 */
public final class Vm implements AutoCloseable {
  private final Machine machine;

  private Vm(Machine machine) {
    this.machine = machine;
  }

  /** A builder with safe defaults. */
  public static VmBuilder builder() {
    return new VmBuilder();
  }

  /**
   * Begins what takes long in a JVM that never had a VM, on threads of their own: a program may
   * call it first and do something else meanwhile. Optional, returns at once.
   */
  public static void prepare() {
    Machine.prepare();
  }

  static Vm start(VmBuilder settings) {
    return new Vm(Machine.start(settings));
  }

  /**
   * Starts a program, as root in {@code /} with a login environment; its streams are pipes to the
   * returned process.
   *
   * @param command the program, looked for in the guest's PATH, and its arguments
   * @throws ProgramStartException if it cannot be executed
   * @throws IllegalStateException if this VM is closed
   */
  public Process exec(String... command) throws IOException {
    return process(command).start();
  }

  /** Settings for a program to start. */
  public GuestProcessBuilder process(String... command) {
    return process(List.of(command));
  }

  /** Settings for a program to start. */
  public GuestProcessBuilder process(List<String> command) {
    return new GuestProcessBuilder(machine, command);
  }

  /**
   * Connects to a TCP port of the guest, as a program in it would: its loopback addresses are tried
   * first, then the others. No port of the host is involved.
   *
   * @param port 1 to 65,535
   * @return a connected channel in blocking mode. It cannot be registered with a selector, and has
   *     no options
   * @throws java.net.ConnectException if nobody listens
   * @throws IllegalStateException if this VM is closed
   */
  public SocketChannel connect(int port) throws IOException {
    VmBuilder.checkPort(port);
    return machine.ports().connect(port);
  }

  /**
   * Listens on a TCP port of the guest's 127.0.0.1, for connections from programs in it. Close the
   * channel to end that.
   *
   * @param port 1 to 65,535
   * @return a bound channel in blocking mode, whose connections are as those of {@link #connect}
   * @throws java.net.BindException if a program in the guest has the port
   * @throws IllegalStateException if this VM is closed
   */
  public ServerSocketChannel listen(int port) throws IOException {
    VmBuilder.checkPort(port);
    return machine.ports().listen(port);
  }

  /**
   * Where the host reaches a port that was {@linkplain VmBuilder#publish published}.
   *
   * @throws IllegalArgumentException if it was not
   */
  public InetSocketAddress published(int guestPort) {
    InetSocketAddress at = machine.ports().published(guestPort);
    if (at == null) {
      throw new IllegalArgumentException("port " + guestPort + " is not published");
    }
    return at;
  }

  /**
   * Keeps the disk as it is now, while programs run: all that they have written goes to the disk's
   * topmost overlay, which is not changed any more, and later changes go to a new one on top. Other
   * VMs may begin from the frozen one at once: {@code Disks.overlay(image, frozen, theirs)}. The
   * next time this VM's disk is {@code Disks.overlay(image, frozen, next)}.
   *
   * @param next the new overlay
   * @throws IllegalStateException if the disk has no overlay file, or this VM is closed
   * @throws DiskException if the new file exists, or cannot be written
   */
  public void snapshot(Path next) {
    machine.snapshot(next);
  }

  /** Counters of the engine and the memory by name, in a stable order. */
  public Map<String, Long> statistics() {
    return machine.statistics();
  }

  /**
   * Kills all processes, writes the disk back, unmounts it cleanly and frees everything. Further
   * calls do nothing.
   *
   * @throws DiskException if the disk could not be written back
   */
  @Override
  public void close() {
    machine.close();
  }
}
