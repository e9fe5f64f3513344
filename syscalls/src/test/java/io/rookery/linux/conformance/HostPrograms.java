package io.rookery.linux.conformance;

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
import io.rookery.linux.vfs.FileSystem;
import io.rookery.linux.vfs.FileTable;
import io.rookery.linux.vfs.FsContext;
import io.rookery.linux.vfs.MountNamespace;
import io.rookery.linux.vfs.Vfs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Compiles C and C++ programs, and runs them natively and in a guest over the host's own files. */
public final class HostPrograms {
  private static final int LONGEST_SECONDS = 1800;
  private static final long MEMORY = 1L << 30;

  /** What a program printed, and how it ended as a shell tells it. */
  public record Outcome(String output, int status) {}

  private HostPrograms() {}

  /** Skips the calling test where programs of this host cannot be made or run. */
  public static void assumeCompiler(String compiler) {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "the host is not x86-64 Linux");
    assumeTrue(Files.isExecutable(Path.of(compiler)), "there is no " + compiler);
  }

  /** Skips the calling test unless the processor has all features, by their /proc/cpuinfo names. */
  public static void assumeProcessor(List<String> features) throws IOException {
    String flags =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .orElse("");
    Set<String> there = Set.of(flags.substring(flags.indexOf(':') + 1).trim().split(" "));
    assumeTrue(there.containsAll(features), "the processor lacks one of " + features);
  }

  /** Copies a resource of this module's tests into a directory. */
  public static Path copy(String resource, Path directory) throws IOException {
    Path file = directory.resolve(resource.substring(resource.lastIndexOf('/') + 1));
    try (InputStream in = HostPrograms.class.getResourceAsStream(resource)) {
      Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }

  /**
   * Compiles {@code source} to {@code program}; options may name libraries. ON_AMD is defined where
   * the host's processor is of AMD's: the guest's does what Intel's do where they differ.
   */
  public static void compile(String compiler, Path source, Path program, List<String> options)
      throws IOException, InterruptedException {
    List<String> command =
        ImmutableList.<String>builder()
            .add(compiler, "-w", isAmd() ? "-DON_AMD" : "-UON_AMD")
            .add("-o", program.toString(), source.toString())
            .addAll(options)
            .build();
    assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor(), command.toString());
  }

  private static boolean isAmd() throws IOException {
    return Files.readString(Path.of("/proc/cpuinfo")).contains("AuthenticAMD");
  }

  /** Runs a command natively, with {@code environment} as its whole environment. */
  public static Outcome natively(List<String> command, List<String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().clear();
    for (String variable : environment) {
      int equals = variable.indexOf('=');
      builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    Process p = builder.start();
    String output = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(p.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS));
    return new Outcome(output, p.exitValue());
  }

  /** Makes a guest's root. */
  public interface Root {
    FileSystem open(Vfs vfs) throws IOException;
  }

  /**
   * Runs a command in a guest of its own, over the host's files; the engine is closed at the end.
   */
  public static Outcome here(List<String> command, List<String> environment, RookeryEngine engine)
      throws Exception {
    return here(
        vfs -> MemoryFileSystem.overHost(vfs, Path.of("/"), false), command, environment, engine);
  }

  /** Runs a command in a guest of its own; root and engine are closed at the end. */
  public static Outcome here(
      Root opener, List<String> command, List<String> environment, RookeryEngine engine)
      throws Exception {
    try (TestKernel k = new TestKernel(KernelLimits.DEFAULT, MEMORY, engine)) {
      FileSystem root = opener.open(k.vfs);
      try {
        MountNamespace tree = StandardTree.create(k.kernel, root, "root");
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
                    command.get(0),
                    ImmutableList.copyOf(command),
                    ImmutableList.copyOf(environment),
                    "/",
                    Credentials.ROOT,
                    files,
                    new FsContext(tree),
                    null));
        String output = new String(out.host().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(output, TestKernel.await(p).shellStatus());
      } finally {
        k.kernel.close();
        root.close();
      }
    }
  }
}
