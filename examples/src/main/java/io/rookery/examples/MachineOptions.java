package io.rookery.examples;

import io.rookery.Disk;
import io.rookery.Disks;
import io.rookery.EngineKind;
import io.rookery.GuestProcessBuilder;
import io.rookery.Vm;
import io.rookery.VmBuilder;
import io.rookery.cpu.CpuModel;
import io.rookery.images.DefaultImage;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that {@code run} and {@code shell} share. */
final class MachineOptions {
  @Spec(Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = "--disk",
      paramLabel = "FILE",
      description = "ext2 image as the root; written in place unless overlaid")
  private @Nullable Path disk;

  @Option(
      names = "--root",
      paramLabel = "DIR",
      description = "host directory as the root; changes are kept in memory")
  private @Nullable Path root;

  @Option(names = "--root-rw", description = "let the guest change the directory given with --root")
  private boolean rootWritable;

  @Option(
      names = "--overlay",
      paramLabel = "FILE",
      description = "leave the image untouched and write changes here")
  private @Nullable Path overlay;

  @Option(names = "--ephemeral", description = "keep changes in memory")
  private boolean ephemeral;

  @Option(
      names = "--mount",
      paramLabel = "HOST:GUEST[:rw]",
      description = "make a host directory visible in the guest")
  private List<String> mounts = List.of();

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "2g",
      description = "the guest's memory, as 512m or 2g (default: ${DEFAULT-VALUE})")
  private String memory = "2g";

  @Option(
      names = "--user",
      paramLabel = "USER",
      description = "name, UID or UID:GID (default: root)")
  private @Nullable String user;

  @Option(names = "--cwd", paramLabel = "DIR", description = "working directory in the guest")
  private @Nullable String directory;

  @Option(
      names = "--env",
      paramLabel = "NAME=VALUE",
      description = "set a variable for the program")
  private Map<String, String> environment = new LinkedHashMap<>();

  @Option(
      names = "--engine",
      paramLabel = "jit|interpreter",
      defaultValue = "jit",
      description = "how guest code runs (default: ${DEFAULT-VALUE})")
  private String engine = "jit";

  @Option(
      names = "--cpu",
      paramLabel = "v1|v2|v3",
      defaultValue = "v3",
      description = "the x86-64 level of the guest's processor (default: ${DEFAULT-VALUE})")
  private String cpu = "v3";

  @Option(names = "--trace", description = "print each system call to standard error")
  private boolean trace;

  @Option(names = "--stats", description = "print counters to standard error at the end")
  boolean stats;

  private RuntimeException misuse(String message) {
    if (spec == null) {
      return new IllegalArgumentException(message);
    }
    return new ParameterException(spec.commandLine(), message);
  }

  /** Starts the machine that the options describe. */
  Vm start() {
    VmBuilder builder =
        Vm.builder().disk(disk()).memory(memoryBytes()).engine(engineKind()).cpu(cpuModel());
    for (String mount : mounts) {
      addMount(builder, mount);
    }
    if (trace) {
      builder.trace(System.err::println);
    }
    return builder.build();
  }

  private Disk disk() {
    if (disk != null && root != null) {
      throw misuse("--disk and --root exclude each other");
    }
    if (overlay != null && (ephemeral || root != null)) {
      throw misuse("--overlay goes with an image, and without --ephemeral");
    }
    if (rootWritable && root == null) {
      throw misuse("--root-rw needs --root");
    }
    if (root != null) {
      return rootWritable ? Disks.writableHostDirectory(root) : Disks.hostDirectory(root);
    }
    Path image = disk != null ? disk : DefaultImage.locate(new ProgressBar(System.err));
    if (overlay != null) {
      return Disks.overlay(image, overlay);
    }
    return disk == null || ephemeral ? Disks.ephemeral(image) : Disks.image(image);
  }

  private long memoryBytes() {
    String text = memory.toLowerCase(Locale.ROOT);
    int shift = text.endsWith("g") ? 30 : text.endsWith("m") ? 20 : text.endsWith("k") ? 10 : 0;
    try {
      long number = Long.parseLong(shift == 0 ? text : text.substring(0, text.length() - 1));
      return Math.multiplyExact(number, 1L << shift);
    } catch (ArithmeticException | NumberFormatException e) {
      throw misuse("--memory: not a size: " + memory);
    }
  }

  private EngineKind engineKind() {
    return switch (engine) {
      case "jit" -> EngineKind.JIT;
      case "interpreter" -> EngineKind.INTERPRETER;
      default -> throw misuse("--engine: jit or interpreter, not " + engine);
    };
  }

  private CpuModel cpuModel() {
    return switch (cpu) {
      case "v1" -> CpuModel.X86_64;
      case "v2" -> CpuModel.X86_64_V2;
      case "v3" -> CpuModel.X86_64_V3;
      default -> throw misuse("--cpu: v1, v2 or v3, not " + cpu);
    };
  }

  private void addMount(VmBuilder builder, String text) {
    boolean writable = text.endsWith(":rw");
    String pair = writable ? text.substring(0, text.length() - 3) : text;
    int colon = pair.lastIndexOf(':');
    if (colon <= 0 || !pair.startsWith("/", colon + 1)) {
      throw misuse("--mount: HOST:GUEST[:rw] with an absolute GUEST, not " + text);
    }
    builder.mount(Path.of(pair.substring(0, colon)), pair.substring(colon + 1), writable);
  }

  /**
   * Applies the options to a program to start. With --root it gets the caller's environment and
   * working directory.
   */
  GuestProcessBuilder program(Vm vm, List<String> command) {
    GuestProcessBuilder program = vm.process(command);
    if (root != null) {
      program.cleanEnvironment().environment(System.getenv());
      String inside = insideRoot(root);
      if (inside != null) {
        program.directory(inside);
      }
    }
    program.environment(environment);
    if (user != null) {
      program.user(user);
    }
    if (directory != null) {
      program.directory(directory);
    }
    return program;
  }

  private static @Nullable String insideRoot(Path root) {
    Path base = root.toAbsolutePath().normalize();
    Path here = Path.of("").toAbsolutePath();
    return here.startsWith(base) ? "/" + base.relativize(here) : null;
  }
}
