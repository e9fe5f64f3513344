package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.linux.fs.MemoryFileSystem;
import io.rookery.linux.fs.StandardTree;
import io.rookery.linux.ipc.HostPipe;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.KernelLimits;
import io.rookery.linux.kernel.SpawnRequest;
import io.rookery.linux.kernel.TestKernel;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.MountNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs C programs natively and here and compares what they print and how they end. The host kernel
 * is the judge; without x86-64 Linux and a C compiler nothing is run.
 */
class ConformanceTest {
  private static final int LONGEST_SECONDS = 120;
  private static final int NEEDS_ROOT = 77;

  @TempDir Path directory;

  record Outcome(String output, int status) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exec",
        "faults",
        "files",
        "identity",
        "memory",
        "privileged",
        "processes",
        "signals",
        "sockets",
        "terminals",
        "threads",
        "times",
        "waiting"
      })
  void interpreterBehavesAsTheHost(String name) throws Exception {
    compare(name, RookeryEngine.interpreter());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exec",
        "faults",
        "files",
        "identity",
        "memory",
        "privileged",
        "processes",
        "signals",
        "sockets",
        "terminals",
        "threads",
        "times",
        "waiting"
      })
  void compilerBehavesAsTheHost(String name) throws Exception {
    compare(name, TestKernel.compiling());
  }

  private void compare(String name, RookeryEngine engine) throws Exception {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "the host is not x86-64 Linux");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "there is no C compiler");
    Path program = compile(directory, name);
    Outcome wanted = natively(program);
    assumeTrue(wanted.status != NEEDS_ROOT, "only the superuser can run " + name);
    Outcome found = here(program, engine);
    assertEquals(wanted.output, found.output);
    assertEquals(wanted.status, found.status);
    assertTrue(wanted.output.lines().count() > 10, "the program printed next to nothing");
  }

  /** Builds the program {@code name} of the test resources in {@code directory}. */
  static Path compile(Path directory, String name) throws Exception {
    Path source = directory.resolve(name + ".c");
    String resource = "/io/rookery/linux/conformance/" + name + ".c";
    try (InputStream in = ConformanceTest.class.getResourceAsStream(resource)) {
      Files.copy(in, source);
    }
    Path program = directory.resolve(name);
    Process cc =
        new ProcessBuilder(
                "/usr/bin/cc",
                "-O1",
                "-w",
                "-o",
                program.toString(),
                source.toString(),
                "-pthread",
                "-lm",
                "-lrt")
            .inheritIO()
            .start();
    assertEquals(0, cc.waitFor());
    return program;
  }

  static Outcome natively(Path program) throws IOException, InterruptedException {
    Process p =
        new ProcessBuilder(program.toString()).redirectInput(Path.of("/dev/null").toFile()).start();
    String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(p.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS));
    return new Outcome(output, p.exitValue());
  }

  /** Runs {@code program} in a guest whose root is the host's, read-only. */
  static Outcome here(Path program, RookeryEngine engine) throws Exception {
    try (TestKernel k = new TestKernel(KernelLimits.DEFAULT, 1L << 30, engine)) {
      MemoryFileSystem host = MemoryFileSystem.overHost(k.vfs, Path.of("/"), false);
      try {
        MountNamespace tree = StandardTree.create(k.kernel, host, "host");
        HostPipe.ToGuest in = HostPipe.toGuest(k.vfs);
        HostPipe.FromGuest out = HostPipe.fromGuest(k.vfs);
        FileTable files = new FileTable(1024);
        files.install(in.guest(), false);
        files.install(out.guest(), false);
        files.install(out.guest(), false);
        in.host().close();
        ThreadGroup p =
            k.kernel.spawn(
                new SpawnRequest(
                    program.toString(),
                    ImmutableList.of(program.toString()),
                    ImmutableList.of("PATH=/usr/bin:/bin"),
                    "/",
                    Credentials.ROOT,
                    files,
                    new FsContext(tree),
                    null));
        String output = new String(out.host().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(output, TestKernel.await(p).shellStatus());
      } finally {
        k.kernel.close();
        host.close();
      }
    }
  }
}
