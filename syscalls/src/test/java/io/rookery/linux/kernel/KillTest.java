package io.rookery.linux.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;
import io.rookery.linux.fs.MemoryFileSystem;
import io.rookery.linux.fs.StandardTree;
import io.rookery.linux.ipc.HostPipe;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.MountNamespace;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Real programs are killed at random moments, on the compiling engine. */
class KillTest {
  private static final int POINTS = Boolean.getBoolean("rookery.full") ? 200 : 25;
  private static final String LOAD =
      "while :; do echo $(seq 1 50 | sort -rn | head -3) | tr 0-9 a-j; (sleep 0.01 & wait);"
          + " trap : USR1; kill -USR1 $$; x=$(</proc/self/maps); done";

  @Test
  void nothingIsLeftOfKilledPipelines() throws Exception {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64")
            && Files.isExecutable(Path.of("/bin/bash")),
        "the host has no bash for x86-64");
    Random random = new Random(42);
    int threads = Thread.activeCount();
    try (TestKernel k = new TestKernel(KernelLimits.DEFAULT, 1L << 30, TestKernel.compiling())) {
      MemoryFileSystem host = MemoryFileSystem.overHost(k.vfs, Path.of("/"), false);
      MountNamespace tree = StandardTree.create(k.kernel, host, "host");
      for (int i = 0; i < POINTS; i++) {
        HostPipe.FromGuest out = HostPipe.fromGuest(k.vfs);
        FileTable files = new FileTable(1024);
        files.install(out.guest(), false, 1);
        files.install(out.guest(), false, 2);
        ThreadGroup p =
            k.kernel.spawn(
                new SpawnRequest(
                    "/bin/bash",
                    ImmutableList.of("bash", "-c", LOAD),
                    ImmutableList.of("PATH=/usr/bin:/bin"),
                    "/",
                    Credentials.ROOT,
                    files,
                    new FsContext(tree),
                    null));
        Thread drain =
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        out.host().readAllBytes();
                      } catch (java.io.IOException e) {
                        throw new java.io.UncheckedIOException(e);
                      }
                    });
        Thread.sleep(random.nextInt(400));
        long start = System.nanoTime();
        k.kernel.signalAll(Signals.SIGKILL);
        assertEquals(Signals.SIGKILL, TestKernel.await(p).signal());
        while (k.kernel.pids().taskCount() > 0) {
          Thread.onSpinWait();
        }
        assertTrue(System.nanoTime() - start < 1_000_000_000L, "killing took more than a second");
        drain.join();
        assertEquals(1, k.kernel.pids().processes().size());
      }
      k.kernel.close();
      host.close();
    }
    // A task is out of the table a moment before its Java thread ends.
    long end = System.nanoTime() + 10_000_000_000L;
    while (Thread.activeCount() > threads + 2 && System.nanoTime() < end) {
      Thread.sleep(10);
    }
    assertTrue(Thread.activeCount() <= threads + 2, "threads are left");
  }
}
