package io.rookery;

import io.rookery.cpu.CpuModel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link Vm}. Every setting has a default but {@link #disk}; the defaults are safe:
 * no host files, no network, bounded memory and processes. Not thread-safe; may be used again after
 * {@link #build}.
 */
public final class VmBuilder {
  /** A host directory that the guest sees. */
  record HostMount(Path host, String guest, boolean writable, IdMap users, IdMap groups) {
    HostMount {
      Objects.requireNonNull(host);
      Objects.requireNonNull(users);
      Objects.requireNonNull(groups);
    }
  }

  /** A port of the host that leads to one of the guest. */
  record Publication(InetSocketAddress host, int guestPort) {}

  private static final long MIN_MEMORY = 16L << 20;

  @Nullable Disk disk;
  long memory = 1L << 30;
  EngineKind engine = EngineKind.JIT;
  CpuModel cpu = CpuModel.X86_64_V3;
  Limits limits = Limits.DEFAULT;
  String hostname = "rookery";
  final List<Network> networks = new ArrayList<>();
  final List<Publication> publications = new ArrayList<>();
  final List<HostMount> mounts = new ArrayList<>();
  final Set<X509Certificate> trusted = new LinkedHashSet<>();
  @Nullable Path capture;
  @Nullable Consumer<String> trace;

  VmBuilder() {}

  /** What the root file system is on. Required. */
  public VmBuilder disk(Disk value) {
    disk = Objects.requireNonNull(value);
    return this;
  }

  /**
   * The guests' memory in bytes, page cache included; at least 16 MiB, by default 1 GiB. It is
   * taken from the host as guests use it; beyond, allocations fail with ENOMEM and a program that
   * cannot go on is killed.
   */
  public VmBuilder memory(long bytes) {
    if (bytes < MIN_MEMORY) {
      throw new IllegalArgumentException("memory: at least " + MIN_MEMORY + " bytes, not " + bytes);
    }
    memory = bytes;
    return this;
  }

  /**
   * Joins a network; may be called for several ones, whose interfaces are eth0, eth1 and so on. By
   * default there is none. /etc/resolv.conf names the networks' name servers.
   */
  public VmBuilder network(Network value) {
    networks.add(Objects.requireNonNull(value));
    return this;
  }

  /**
   * Writes all packets of the networks into a file in the pcapng format, which Wireshark and
   * tcpdump read. The file is replaced when the VM starts and complete when it is closed.
   */
  public VmBuilder capture(Path file) {
    capture = Objects.requireNonNull(file);
    return this;
  }

  /**
   * Makes a guest's TCP port reachable at a port of the host's loopback interface, whatever
   * networks the guest is on.
   *
   * @param hostPort 0 for any, which {@link Vm#published} tells
   * @param guestPort 1 to 65,535
   */
  public VmBuilder publish(int hostPort, int guestPort) {
    return publish(new InetSocketAddress(InetAddress.getLoopbackAddress(), hostPort), guestPort);
  }

  /**
   * Makes a guest's TCP port reachable at an address of the host's choice; whoever reaches that
   * address reaches the guest.
   *
   * @param host an address of this machine, and a port or 0 for any
   * @param guestPort 1 to 65,535
   */
  public VmBuilder publish(InetSocketAddress host, int guestPort) {
    checkPort(guestPort);
    publications.add(new Publication(Objects.requireNonNull(host), guestPort));
    return this;
  }

  /**
   * Installs certificates of authorities in the guest, as Debian's update-ca-certificates does with
   * those in /usr/local/share/ca-certificates: programs that go by the system's certificates then
   * trust whom these sign. They stay on the disk if it keeps changes. A host directory as the root
   * that the guest may change is left alone: {@link #build} throws.
   */
  public VmBuilder trust(X509Certificate... authorities) {
    trusted.addAll(List.of(authorities));
    return this;
  }

  /**
   * {@link #trust Trusts} whom the host trusts: the certificates of this JVM and of the host's own
   * bundle, as far as the guest has not got them.
   *
   * @throws VmException if they cannot be read
   */
  public VmBuilder trustHost() {
    trusted.addAll(HostTrust.certificates());
    return this;
  }

  static void checkPort(int port) {
    if (port < 1 || port > 0xffff) {
      throw new IllegalArgumentException("port: 1 to 65535, not " + port);
    }
  }

  /** How guest code is run; by default {@link EngineKind#JIT}. */
  public VmBuilder engine(EngineKind value) {
    engine = Objects.requireNonNull(value);
    return this;
  }

  /** The processor that guests see; by default {@link CpuModel#X86_64_V3}, which has most. */
  public VmBuilder cpu(CpuModel value) {
    cpu = Objects.requireNonNull(value);
    return this;
  }

  /** What guests may use at most. */
  public VmBuilder limits(Limits value) {
    limits = Objects.requireNonNull(value);
    return this;
  }

  /** The guest's host name, 1 to 64 characters; by default {@code rookery}. */
  public VmBuilder hostname(String value) {
    if (value.isEmpty() || value.length() > 64) {
      throw new IllegalArgumentException("hostname: 1 to 64 characters, not " + value.length());
    }
    hostname = value;
    return this;
  }

  /**
   * Makes a host directory visible in the guest.
   *
   * @param host the directory
   * @param guest an absolute path, made in the guest if the root is writable and it is missing
   * @param writable whether guests may change it, with the rights of the JVM's user
   */
  public VmBuilder mount(Path host, String guest, boolean writable) {
    return mount(new HostMount(host, guest, writable, IdMap.SAME, IdMap.SAME));
  }

  /**
   * Makes a host directory visible in the guest, which may change it with the rights of the JVM's
   * user, and translates owners: with {@code IdMap.of(0, 1000)} the files of the host's user 1000
   * are the guest's root's, and what root makes is that user's on the host, as far as the host lets
   * the JVM's user give files away (to itself it always does).
   *
   * <p>As in an idmapped mount (mount_setattr(2)): files whose owner or group has no counterpart
   * are shown as 65534's (nobody) and cannot be changed by any guest, and users without one can
   * make none (EOVERFLOW).
   *
   * @param host the directory
   * @param guest an absolute path, made in the guest if the root is writable and it is missing
   * @param users of the guest and of the host
   * @param groups of the guest and of the host
   */
  public VmBuilder mount(Path host, String guest, IdMap users, IdMap groups) {
    return mount(new HostMount(host, guest, true, users, groups));
  }

  private VmBuilder mount(HostMount mount) {
    if (!mount.guest.startsWith("/")) {
      throw new IllegalArgumentException("mount point is not absolute: " + mount.guest);
    }
    mounts.add(mount);
    return this;
  }

  /**
   * Who gets a line for each system call, as strace(1) would show it. Called by guest threads, at
   * the same time.
   */
  public VmBuilder trace(Consumer<String> sink) {
    trace = Objects.requireNonNull(sink);
    return this;
  }

  /**
   * Starts the virtual machine.
   *
   * @throws IllegalStateException if no disk was given
   * @throws DiskException if the disk cannot be used
   * @throws VmException if the host grants too little, memory for example
   */
  public Vm build() {
    return Vm.start(this);
  }
}
