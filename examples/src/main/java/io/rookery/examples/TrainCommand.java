package io.rookery.examples;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.HttpOptions;
import io.rookery.images.DefaultImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;

/**
 * Runs some typical programs while the JVM takes notes of what it loads and what is hot: for the
 * launcher, which makes the JVM's cache of them. The programs are the host's own, on a disk and
 * without; those of the default image where there is one. A disk is read from a web server, too.
 */
final class TrainCommand extends Command {
  private static final String SHELL =
      "cp /bin/true /tmp/t; for i in 1 2 3; do /tmp/t; ls -l /etc | sort | head -n 3; done";
  private static final String PYTHON = "/usr/bin/python3 -c 'import json; print(json.dumps([1]))'";
  private static final List<String> PROGRAM_FOLDERS =
      List.of("/bin", "/lib", "/lib64", "/usr", "/etc");
  private static final long DISK_SIZE = 16L << 20;
  private static final int READ_SIZE = 1 << 16;

  TrainCommand() {
    super("rookery train", "Runs typical programs, for the JVM's cache.");
  }

  @Override
  int run(CommandLine line) throws Exception {
    boolean linux =
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64")
            && Files.exists(Path.of("/bin/bash"));
    if (linux) {
      bash(SHELL, "--root", "/");
      onDisk();
    }
    if (Files.exists(DefaultImage.path())) {
      bash(linux ? "true" : SHELL + ";" + PYTHON);
    }
    return 0;
  }

  /** An empty disk, on which the host's programs are mounted. */
  private static void onDisk() throws Exception {
    Path folder = Files.createTempDirectory("rookery");
    Path disk = folder.resolve("disk");
    try {
      try (BlockDevice device = BlockDevices.createFile(disk, DISK_SIZE)) {
        Ext2.format(device, FormatOptions.defaults());
      }
      overHttp(disk, folder);
      List<String> options = new ArrayList<>(List.of("--ephemeral", "--disk", disk.toString()));
      for (String programs : PROGRAM_FOLDERS) {
        if (Files.isDirectory(Path.of(programs))) {
          options.addAll(List.of("--mount", programs + ":" + programs));
        }
      }
      bash("mkdir /tmp;" + SHELL + ";" + PYTHON, options.toArray(String[]::new));
    } finally {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  /** Reads a disk from a web server, with an empty cache and with what is in it then. */
  private static void overHttp(Path disk, Path cache) throws IOException {
    try (RangeServer server = new RangeServer(disk)) {
      for (int i = 0; i < 2; i++) {
        try (BlockDevice device = BlockDevices.http(server.uri(), HttpOptions.cachedIn(cache))) {
          for (long at = 0; at < device.size(); at += READ_SIZE) {
            device.read(at, ByteBuffer.allocate(READ_SIZE));
          }
        }
      }
    }
  }

  private static void bash(String script, String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("--", "/bin/bash", "-c", script));
    new RunCommand().execute(arguments);
  }
}
