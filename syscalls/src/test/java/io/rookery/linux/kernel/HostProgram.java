package io.rookery.linux.kernel;

import com.google.common.collect.ImmutableList;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.linux.fs.HostStreams;
import io.rookery.linux.fs.MemoryFileSystem;
import io.rookery.linux.fs.StandardTree;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.linux.vfs.Vfs;
import io.rookery.mmu.MemoryPool;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Runs a program of the host, for debugging: {@code HostProgram [--jit] [--trace] [--stats] PROGRAM
 * ARGS…}.
 */
final class HostProgram {
  private HostProgram() {}

  public static void main(String[] args) throws Exception {
    int at = 0;
    boolean trace = false;
    boolean stats = false;
    boolean jit = false;
    for (; at < args.length && args[at].startsWith("--"); at++) {
      trace |= args[at].equals("--trace");
      jit |= args[at].equals("--jit");
      stats |= args[at].equals("--stats");
    }
    String[] command = Arrays.copyOfRange(args, at, args.length);
    int status;
    try (MemoryPool memory = new MemoryPool(4L << 30);
        RookeryEngine engine = jit ? TestKernel.compiling() : RookeryEngine.interpreter()) {
      KernelClock clock = KernelClock.system();
      Vfs vfs = new Vfs(clock, memory);
      Kernel.Builder builder = Kernel.builder(engine, memory).vfs(vfs).clock(clock);
      if (trace) {
        builder.trace(System.err::println);
      }
      MemoryFileSystem root = MemoryFileSystem.overHost(vfs, Path.of("/"), false);
      try (Kernel kernel = builder.build()) {
        MountNamespace tree = StandardTree.create(kernel, root, "host");
        status = run(kernel, tree, command);
      }
      root.close();
      if (stats) {
        engine.statistics().forEach((k, v) -> System.err.println(k + ": " + v));
      }
    }
    System.out.flush();
    System.exit(status);
  }

  private static int run(Kernel kernel, MountNamespace tree, String[] command) throws Exception {
    Vfs vfs = kernel.vfs();
    FileTable files = new FileTable(1024);
    files.install(HostStreams.input(vfs, new FileInputStream(FileDescriptor.in)), false);
    files.install(HostStreams.output(vfs, new FileOutputStream(FileDescriptor.out)), false);
    files.install(HostStreams.output(vfs, new FileOutputStream(FileDescriptor.err)), false);
    ThreadGroup p =
        kernel.spawn(
            new SpawnRequest(
                command[0],
                ImmutableList.copyOf(command),
                System.getenv().entrySet().stream()
                    .map(e -> e.getKey() + "=" + e.getValue())
                    .collect(ImmutableList.toImmutableList()),
                System.getProperty("user.dir"),
                Credentials.ROOT,
                files,
                new FsContext(tree),
                null));
    ExitStatus status = p.onExit().get();
    return status.shellStatus();
  }
}
