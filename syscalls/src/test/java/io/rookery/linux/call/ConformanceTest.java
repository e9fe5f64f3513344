package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.linux.conformance.HostPrograms;
import io.rookery.linux.kernel.TestKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs C programs natively and here and compares what they print and how they end. The host kernel
 * is the judge; without x86-64 Linux and a C compiler nothing is run.
 */
class ConformanceTest {
  private static final int NEEDS_ROOT = 77;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "diag",
        "exec",
        "faults",
        "files",
        "identity",
        "inet6",
        "inetpoll",
        "inotify",
        "interfaces",
        "memory",
        "messages",
        "mounts",
        "mqueue",
        "packet",
        "pifutex",
        "privileged",
        "raw",
        "processes",
        "scheduling",
        "selectors",
        "semaphores",
        "sharedmemory",
        "signals",
        "sockets",
        "sockopt",
        "stepping",
        "tcp",
        "terminals",
        "threads",
        "times",
        "udp",
        "udplite",
        "waiting"
      })
  void interpreterBehavesAsTheHost(String name) throws Exception {
    compare(name, RookeryEngine.interpreter());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "diag",
        "exec",
        "faults",
        "files",
        "identity",
        "inet6",
        "inetpoll",
        "inotify",
        "interfaces",
        "limits",
        "memory",
        "messages",
        "mounts",
        "mqueue",
        "packet",
        "pifutex",
        "privileged",
        "raw",
        "processes",
        "scheduling",
        "selectors",
        "semaphores",
        "sharedmemory",
        "signals",
        "sockets",
        "sockopt",
        "stepping",
        "tcp",
        "terminals",
        "threads",
        "times",
        "udp",
        "udplite",
        "waiting"
      })
  void compilerBehavesAsTheHost(String name) throws Exception {
    compare(name, TestKernel.compiling());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "diag",
        "exec",
        "faults",
        "files",
        "i386",
        "identity",
        "inet6",
        "inetpoll",
        "inotify",
        "interfaces",
        "memory",
        "messages",
        "mounts",
        "mqueue",
        "packet",
        "pifutex",
        "processes",
        "raw",
        "scheduling",
        "selectors",
        "semaphores",
        "sharedmemory",
        "signals",
        "sockets",
        "sockopt",
        "stepping",
        "tcp",
        "terminals",
        "threads",
        "times",
        "udp",
        "udplite",
        "waiting"
      })
  void a32BitProgramBehavesAsOnTheHost(String name) throws Exception {
    assumeTrue(
        Files.exists(Path.of("/usr/lib32/crt1.o")),
        "the C compiler makes no 32-bit programs (gcc-multilib)");
    compare(name, TestKernel.compiling(), "-m32", "-D_FILE_OFFSET_BITS=64", "-no-pie");
  }

  @Test
  void programsWithAddressSanitizerBehaveAsOnTheHost() throws Exception {
    compare("sanitized", TestKernel.compiling(), "-fsanitize=address", "-w");
  }

  private void compare(String name, RookeryEngine engine, String... flags) throws Exception {
    String resource = "/io/rookery/linux/conformance/" + name + ".c";
    HostPrograms.assumeCompiler("/usr/bin/cc");
    HostPrograms.copy("/io/rookery/linux/conformance/inet.h", directory);
    Path program = directory.resolve(name);
    HostPrograms.compile(
        "/usr/bin/cc",
        HostPrograms.copy(resource, directory),
        program,
        ImmutableList.<String>builder().add(flags).add("-O1", "-pthread", "-lm", "-lrt").build());
    List<String> command = List.of(program.toString());
    List<String> environment = List.of("PATH=/usr/bin:/bin");
    HostPrograms.Outcome wanted = HostPrograms.natively(command, environment);
    assumeTrue(wanted.status() != NEEDS_ROOT, "only the superuser can run " + name);
    HostPrograms.Outcome found = HostPrograms.here(command, environment, engine);
    assertEquals(wanted.output(), found.output());
    assertEquals(wanted.status(), found.status());
    assertTrue(wanted.output().lines().count() > 10, "the program printed next to nothing");
  }
}
