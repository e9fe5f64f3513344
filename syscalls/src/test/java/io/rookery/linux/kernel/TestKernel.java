package io.rookery.linux.kernel;

import com.google.common.collect.ImmutableList;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.cpu.jit.BackgroundCompiler;
import io.rookery.linux.fs.MemoryFileSystem;
import io.rookery.linux.ipc.HostPipe;
import io.rookery.linux.vfs.AttributeChange;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.Vfs;
import io.rookery.mmu.MemoryPool;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/** A kernel with an interpreter and an empty file system in memory. */
public final class TestKernel implements AutoCloseable {
  private static final long SECONDS = 60;

  public final MemoryPool memory;
  public final RookeryEngine engine;
  public final Vfs vfs;
  public final Kernel kernel;
  public final MemoryFileSystem root;
  private final MountNamespace tree;
  private final AtomicInteger programs = new AtomicInteger();

  public TestKernel() {
    this(KernelLimits.DEFAULT, 256L << 20);
  }

  public TestKernel(KernelLimits limits, long memoryBytes) {
    this(limits, memoryBytes, RookeryEngine.interpreter());
  }

  /** An engine that compiles what runs a few hundred times. */
  public static RookeryEngine compiling() {
    return RookeryEngine.compiling(new BackgroundCompiler(), 300);
  }

  public TestKernel(KernelLimits limits, long memoryBytes, RookeryEngine engine) {
    this.engine = engine;
    memory = new MemoryPool(memoryBytes);
    KernelClock clock = KernelClock.system();
    vfs = new Vfs(clock, memory);
    kernel = Kernel.builder(engine, memory).vfs(vfs).clock(clock).limits(limits).build();
    root = MemoryFileSystem.tmpfs(vfs, 0755);
    tree = new MountNamespace(root, "tmpfs", 0);
  }

  /** Writes a file into the root directory. */
  public void file(String name, byte[] content, int mode) {
    Inode directory = root.root();
    Inode f = directory.lookup(Name.of(name));
    if (f == null) {
      f = directory.create(Name.of(name), FileMode.S_IFREG | mode, 0, 0, 0);
    } else {
      f.truncate(0);
      f.setAttributes(AttributeChange.mode(mode));
    }
    int done = 0;
    while (done < content.length) {
      done += f.write(done, content, done, content.length - done);
    }
  }

  public FsContext context() {
    return new FsContext(tree);
  }

  /** Starts a program; its standard output goes to {@code output} if that is not null. */
  public ThreadGroup start(HostPipe.FromGuest output, String... command) {
    FileTable files = new FileTable(1024);
    if (output != null) {
      files.install(output.guest(), false, 1);
    }
    return kernel.spawn(
        new SpawnRequest(
            command[0],
            ImmutableList.copyOf(command),
            ImmutableList.of("A=1", "PATH=/"),
            null,
            Credentials.ROOT,
            files,
            context(),
            null));
  }

  public ThreadGroup start(Code program) {
    String name = "program" + programs.incrementAndGet(); // one that runs must not be changed
    file(name, program.elf(), 0755);
    return start(null, "/" + name);
  }

  /** Runs a program to its end. */
  public ExitStatus run(Code program) {
    return await(start(program));
  }

  public static ExitStatus await(ThreadGroup p) {
    try {
      return p.onExit().get(SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(p + " did not end", e);
    }
  }

  /** What a program writes to its standard output. */
  public String output(String... command) throws IOException {
    HostPipe.FromGuest pipe = HostPipe.fromGuest(vfs);
    ThreadGroup p = start(pipe, command);
    try (InputStream in = pipe.host()) {
      String text = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.ISO_8859_1);
      await(p);
      return text;
    }
  }

  /** A task that no program runs in, for the calling thread. */
  public Task idleTask() {
    Task t = Spawner.enter(kernel, context(), new FileTable(64), Credentials.ROOT);
    t.setThread(Thread.currentThread(), ProcessorTime.of(Thread.currentThread()));
    return t;
  }

  /** Ends a task that {@link #idleTask} made. */
  public static void end(Task t) {
    t.process().startExit(ExitStatus.exited(0));
    TaskExit.abandon(t);
  }

  /** The errors that a refused program may give. */
  public static final List<String> LOAD_ERRORS =
      List.of(
          "ENOEXEC",
          "EINVAL",
          "ENOMEM",
          "EIO",
          "ELIBBAD",
          "EPERM",
          "ENOENT",
          "EACCES",
          "ENODEV",
          "EFAULT",
          "ENOTDIR",
          "ENAMETOOLONG",
          "ELOOP");

  @Override
  public void close() {
    kernel.close();
    engine.close();
    root.close();
    memory.close();
  }
}
