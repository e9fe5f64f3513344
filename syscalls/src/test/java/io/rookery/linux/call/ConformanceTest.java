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
import java.util.ArrayList;
import java.util.List;
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

  private record Outcome(String output, int status) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exec",
        "faults",
        "files",
        "identity",
        "memory",
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exec",
        "faults",
        "files",
        "i386",
        "identity",
        "memory",
        "processes",
        "signals",
        "sockets",
        "terminals",
        "threads",
        "times",
        "waiting"
      })
  void a32BitProgramBehavesAsOnTheHost(String name) throws Exception {
    compare(name, TestKernel.compiling(), "-m32", "-D_FILE_OFFSET_BITS=64", "-no-pie");
  }

  private void compare(String name, RookeryEngine engine, String... flags) throws Exception {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "the host is not x86-64 Linux");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/cc")), "there is no C compiler");
    assumeTrue(
        !List.of(flags).contains("-m32") || Files.exists(Path.of("/usr/lib32/crt1.o")),
        "the C compiler makes no 32-bit programs (gcc-multilib)");
    Path program = compile(name, flags);
    Outcome wanted = natively(program);
    assumeTrue(wanted.status != NEEDS_ROOT, "only the superuser can run " + name);
    Outcome found = here(program, engine);
    assertEquals(wanted.output, found.output);
    assertEquals(wanted.status, found.status);
    assertTrue(wanted.output.lines().count() > 10, "the program printed next to nothing");
  }

  private Path compile(String name, String... flags) throws Exception {
    Path source = directory.resolve(name + ".c");
    String resource = "/io/rookery/linux/conformance/" + name + ".c";
    try (InputStream in = ConformanceTest.class.getResourceAsStream(resource)) {
      Files.copy(in, source);
    }
    Path program = directory.resolve(name);
    List<String> command = new ArrayList<>(List.of("/usr/bin/cc", "-O1", "-w"));
    command.addAll(List.of(flags));
    command.addAll(List.of("-o", program.toString(), source.toString()));
    command.addAll(List.of("-pthread", "-lm", "-lrt"));
    Process cc = new ProcessBuilder(command).inheritIO().start();
    assertEquals(0, cc.waitFor());
    return program;
  }

  private Outcome natively(Path program) throws IOException, InterruptedException {
    Process p =
        new ProcessBuilder(program.toString()).redirectInput(Path.of("/dev/null").toFile()).start();
    String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(p.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS));
    return new Outcome(output, p.exitValue());
  }

  private Outcome here(Path program, RookeryEngine engine) throws Exception {
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
