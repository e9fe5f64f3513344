package io.rookery.examples;

import io.rookery.Disk;
import io.rookery.Disks;
import io.rookery.EngineKind;
import io.rookery.GuestProcessBuilder;
import io.rookery.Vm;
import io.rookery.VmBuilder;
import io.rookery.cpu.CpuModel;
import io.rookery.ext2.block.HttpOptions;
import io.rookery.images.CacheFolder;
import io.rookery.images.DefaultImage;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.jspecify.annotations.Nullable;

/** The options that {@code run} and {@code shell} share. */
final class MachineOptions {
  private final @Nullable String disk;
  private final @Nullable Path root;
  private final boolean rootWritable;
  private final List<Path> overlays;
  private final boolean ephemeral;
  private final List<String> mounts;
  private final String memory;
  private final @Nullable String user;
  private final @Nullable String directory;
  private final List<String> environment;
  private final String engine;
  private final String cpu;
  private final NetworkOptions network;
  private final boolean trace;
  final boolean stats;

  /** Takes them from what was parsed. */
  MachineOptions(CommandLine line) {
    disk = line.getOptionValue("disk");
    root = path(line, "root");
    rootWritable = line.hasOption("root-rw");
    overlays = values(line, "overlay").stream().map(Path::of).toList();
    ephemeral = line.hasOption("ephemeral");
    mounts = values(line, "mount");
    memory = line.getOptionValue("memory", "2g");
    user = line.getOptionValue("user");
    directory = line.getOptionValue("cwd");
    environment = values(line, "env");
    engine = line.getOptionValue("engine", "jit");
    cpu = line.getOptionValue("cpu", "v3");
    network = new NetworkOptions(line);
    trace = line.hasOption("trace");
    stats = line.hasOption("stats");
  }

  private static @Nullable Path path(CommandLine line, String option) {
    String value = line.getOptionValue(option);
    return value == null ? null : Path.of(value);
  }

  static List<String> values(CommandLine line, String option) {
    String[] all = line.getOptionValues(option);
    return all == null ? List.of() : List.of(all);
  }

  static void addTo(Options options) {
    value(options, "disk", "FILE|URL", "ext2 image as the root; a file is written unless overlaid");
    value(options, "root", "DIR", "host directory as the root; changes are kept in memory");
    flag(options, "root-rw", "let the guest change the directory given with --root");
    value(
        options,
        "overlay",
        "FILE",
        "leave the image untouched and write changes here; of several, to the last");
    flag(options, "ephemeral", "keep changes in memory");
    value(
        options,
        "mount",
        MountOption.SYNTAX,
        "make a host directory visible in the guest; uid, gid: which owners are which");
    value(options, "memory", "SIZE", "the guest's memory, as 512m or 2g (default: 2g)");
    value(options, "user", "USER", "name, UID or UID:GID (default: root)");
    value(options, "cwd", "DIR", "working directory in the guest");
    value(options, "env", "NAME=VALUE", "set a variable for the program");
    value(options, "engine", "jit|interpreter", "how guest code runs (default: jit)");
    value(options, "cpu", "v1|v2|v3", "x86-64 level of the guest's processor (default: v3)");
    NetworkOptions.addTo(options);
    flag(options, "trace", "print each system call to standard error");
    flag(options, "stats", "print counters to standard error at the end");
  }

  private static void flag(Options options, String name, String description) {
    options.addOption(Option.builder().longOpt(name).desc(description).get());
  }

  static void value(Options options, String name, String argument, String description) {
    options.addOption(
        Option.builder().longOpt(name).hasArg().argName(argument).desc(description).get());
  }

  /** Starts the machine that the options describe. */
  Vm start() {
    VmBuilder builder =
        Vm.builder()
            .disk(disk())
            .memory(Sizes.parse("--memory", memory))
            .engine(engineKind())
            .cpu(cpuModel());
    for (String mount : mounts) {
      MountOption.addTo(builder, mount);
    }
    network.applyTo(builder);
    if (trace) {
      builder.trace(System.err::println);
    }
    return builder.build();
  }

  private Disk disk() {
    if (disk != null && root != null) {
      throw new UsageException("--disk and --root exclude each other");
    }
    if (!overlays.isEmpty() && (ephemeral || root != null)) {
      throw new UsageException("--overlay goes with an image, and without --ephemeral");
    }
    if (rootWritable && root == null) {
      throw new UsageException("--root-rw needs --root");
    }
    if (root != null) {
      return rootWritable ? Disks.writableHostDirectory(root) : Disks.hostDirectory(root);
    }
    if (disk != null && disk.matches("(?i)https?://.*")) {
      return remoteDisk(disk);
    }
    Path image = disk != null ? Path.of(disk) : DefaultImage.locate(new ProgressBar(System.err));
    if (!overlays.isEmpty()) {
      return Disks.overlay(
          image, overlays.getFirst(), overlays.subList(1, overlays.size()).toArray(Path[]::new));
    }
    return disk == null || ephemeral ? Disks.ephemeral(image) : Disks.image(image);
  }

  private Disk remoteDisk(String url) {
    URI image;
    try {
      image = new URI(url);
    } catch (URISyntaxException e) {
      throw new UsageException("--disk: no URL: " + url);
    }
    HttpOptions options = HttpOptions.cachedIn(CacheFolder.ofUser().resolve("http"));
    return Disks.http(image, options, overlays.toArray(Path[]::new));
  }

  private EngineKind engineKind() {
    return switch (engine) {
      case "jit" -> EngineKind.JIT;
      case "interpreter" -> EngineKind.INTERPRETER;
      default -> throw new UsageException("--engine: jit or interpreter, not " + engine);
    };
  }

  private CpuModel cpuModel() {
    return switch (cpu) {
      case "v1" -> CpuModel.X86_64;
      case "v2" -> CpuModel.X86_64_V2;
      case "v3" -> CpuModel.X86_64_V3;
      default -> throw new UsageException("--cpu: v1, v2 or v3, not " + cpu);
    };
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
    for (String variable : environment) {
      int equals = variable.indexOf('=');
      if (equals <= 0) {
        throw new UsageException("--env: NAME=VALUE, not " + variable);
      }
      program.environment(variable.substring(0, equals), variable.substring(equals + 1));
    }
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
