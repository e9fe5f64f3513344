package io.rookery;

import io.rookery.cpu.Engine;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.KernelClock;
import io.rookery.linux.kernel.KernelLimits;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.vfs.Vfs;
import io.rookery.mmu.MemoryPool;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The parts of one VM, joined: memory, engine, kernel, root file system. Thread-safe. */
final class Machine implements AutoCloseable {
  private final MemoryPool memory;
  private final Engine engine;
  private final Kernel kernel;
  private final RootFileSystem root;
  private final GuestNetwork networks;
  private final GuestPorts ports;
  private boolean closed;

  private Machine(
      MemoryPool memory,
      Engine engine,
      Kernel kernel,
      RootFileSystem root,
      GuestNetwork networks,
      GuestPorts ports) {
    this.memory = memory;
    this.engine = engine;
    this.kernel = kernel;
    this.root = root;
    this.networks = networks;
    this.ports = ports;
  }

  static void prepare() {
    Thread.ofPlatform().daemon().name("memory warm-up").start(MemoryPool::prepare);
    Kernel.prepare();
  }

  static Machine start(VmBuilder settings) {
    Disk disk = settings.disk;
    if (disk == null) {
      throw new IllegalStateException("no disk given: VmBuilder.disk(Disks.…)");
    }
    KernelClock clock = KernelClock.system();
    MemoryPool memory = new MemoryPool(settings.memory);
    Vfs vfs = new Vfs(clock, memory);
    Engine engine = Engines.make(settings.engine, settings.cpu);
    Kernel.Builder builder =
        Kernel.builder(engine, memory)
            .vfs(vfs)
            .clock(clock)
            .hostname(settings.hostname)
            .limits(
                KernelLimits.DEFAULT
                    .withTasks(settings.limits.threads())
                    .withOpenFiles(settings.limits.openFiles()));
    if (settings.trace != null) {
      builder.trace(settings.trace);
    }
    Kernel kernel = builder.build();
    try {
      RootFileSystem root = RootFileSystem.open(kernel, disk, settings.mounts);
      try {
        GuestTrust.install(root, settings.trusted);
        GuestNetwork networks = GuestNetwork.join(kernel, root, settings);
        try {
          GuestPorts ports = GuestPorts.open(kernel.network(), settings);
          return new Machine(memory, engine, kernel, root, networks, ports);
        } catch (RuntimeException e) {
          networks.close();
          throw e;
        }
      } catch (RuntimeException e) {
        root.close();
        throw e;
      }
    } catch (RuntimeException e) {
      kernel.close();
      engine.close();
      memory.close();
      throw e;
    }
  }

  GuestProcess start(GuestProcessBuilder settings) throws IOException {
    Login login = Login.of(root, settings.user);
    StandardStreams streams = StandardStreams.open(kernel, root, login, settings);
    try {
      ThreadGroup process = kernel.spawn(streams.request(settings, login, root));
      return streams.process(process);
    } catch (ErrnoException e) {
      streams.closeHostEnds();
      throw new ProgramStartException(settings.command.getFirst(), e.errno().name());
    }
  }

  synchronized void snapshot(Path next) {
    if (closed) {
      throw new IllegalStateException("the VM is closed");
    }
    root.snapshot(next);
  }

  GuestPorts ports() {
    return ports;
  }

  Map<String, Long> statistics() {
    Map<String, Long> all = new LinkedHashMap<>(engine.statistics());
    all.putAll(memory.statistics());
    all.put("memory used", memory.usedBytes());
    return all;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (memory;
        engine;
        root;
        networks;
        kernel) {
      ports.close(); // nobody comes in any more
    }
  }
}
