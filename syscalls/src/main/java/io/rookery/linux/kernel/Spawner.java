package io.rookery.linux.kernel;

import io.rookery.linux.elf.ProgramLoader;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.mm.MemoryDescriptor;
import io.rookery.linux.mm.MemoryLayout;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.VfsPath;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MemoryLimitException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Makes processes that have no guest parent. */
final class Spawner {
  private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

  private Spawner() {}

  static ThreadGroup spawn(Kernel kernel, SpawnRequest q) {
    Task task;
    try {
      task = newTask(kernel, q);
    } catch (RuntimeException e) {
      q.files().release(kernel.init());
      throw e instanceof MemoryLimitException ? Errno.ENOMEM.exception() : e;
    }
    CompletableFuture<Void> started = new CompletableFuture<>();
    task.setPrologue(() -> execute(task, q, started));
    try {
      kernel.start(task);
    } catch (OutOfMemoryError e) {
      TaskExit.abandon(task);
      throw Errno.EAGAIN.exception();
    }
    try {
      started.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ErrnoException errno) {
        throw errno;
      }
      throw e;
    }
    return task.process();
  }

  private static Task newTask(Kernel kernel, SpawnRequest q) {
    Task task = enter(kernel, q.fs(), q.files(), q.credentials());
    ThreadGroup p = task.process();
    q.files().setLimit((int) p.limits().softAtMost(Resource.NOFILE, Integer.MAX_VALUE));
    ControllingTerminal terminal = q.terminal();
    if (terminal != null) {
      p.session().setTerminal(terminal);
      terminal.setForegroundGroup(p.pid());
    }
    return task;
  }

  /** A process with one task in empty memory, child of init, in a session of its own. */
  static Task enter(Kernel kernel, FsContext fs, FileTable files, Credentials credentials) {
    AddressSpace empty = kernel.memory().newAddressSpace();
    MemoryDescriptor mm =
        new MemoryDescriptor(
            empty,
            MemoryLayout.of(empty.pages * 4096),
            0,
            new MemoryDescriptor.ProgramInfo(0, 0, 0, 0, 0, 0, 0, 0, 0, new byte[0]),
            null);
    Task task;
    try {
      task = kernel.addTask(id -> new Task(kernel, id, null, mm, files, fs, credentials));
    } catch (RuntimeException e) {
      mm.release();
      throw e;
    }
    ThreadGroup p = task.process();
    synchronized (kernel.processLock()) {
      p.setParent(kernel.init());
      kernel.init().children().add(p);
      p.joinGroup(p.group());
      kernel.pids().add(p);
      kernel.pids().add(p.session());
      kernel.pids().add(p.group());
      p.addTask(task);
    }
    return task;
  }

  private static void execute(Task task, SpawnRequest q, CompletableFuture<Void> started) {
    try {
      String directory = q.directory();
      if (directory != null) {
        VfsPath d = task.kernel().vfs().resolve(task, directory);
        if (!d.inode().isDirectory()) {
          throw Errno.ENOTDIR.exception();
        }
        task.fs().setCwd(d);
      }
      List<byte[]> arguments = bytes(q.arguments());
      List<byte[]> environment = bytes(q.environment());
      search(task, q, arguments, environment);
      task.takeStateReplaced();
      started.complete(null);
    } catch (RuntimeException | Error e) {
      started.completeExceptionally(e);
      task.process().startExit(ExitStatus.exited(127));
    }
  }

  /** As execvp(3): a name without a slash is tried in each directory of PATH. */
  private static void search(
      Task task, SpawnRequest q, List<byte[]> arguments, List<byte[]> environment) {
    if (q.path().contains("/")) {
      execute(task, q.path(), arguments, environment);
      return;
    }
    String path = DEFAULT_PATH;
    for (String e : q.environment()) {
      if (e.startsWith("PATH=")) {
        path = e.substring("PATH=".length());
      }
    }
    Errno failure = Errno.ENOENT;
    for (String directory : path.split(":", -1)) {
      try {
        execute(
            task, (directory.isEmpty() ? "." : directory) + "/" + q.path(), arguments, environment);
        return;
      } catch (ErrnoException e) {
        if (e.errno() == Errno.EACCES) {
          failure = Errno.EACCES;
        } else if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENOTDIR) {
          throw e;
        }
      }
    }
    throw failure.exception();
  }

  private static void execute(
      Task task, String path, List<byte[]> arguments, List<byte[]> environment) {
    byte[] p = path.getBytes(StandardCharsets.UTF_8);
    Exec.execute(task, new ProgramLoader.Request(OpenFlags.AT_FDCWD, p, 0, arguments, environment));
  }

  private static List<byte[]> bytes(List<String> strings) {
    return strings.stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).toList();
  }
}
