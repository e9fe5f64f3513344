package io.rookery.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The contents of an image in a directory of the host, and programs run there natively: in a chroot
 * with /proc and /dev, in name spaces of their own. Needs root on an x86-64 Linux host, and
 * debugfs.
 */
final class NativeRoot {
  private final Path directory;

  private NativeRoot(Path directory) {
    this.directory = directory;
  }

  /** Unpacks {@code image} into {@code directory}. */
  static NativeRoot unpack(Path image, Path directory) throws IOException, InterruptedException {
    Files.createDirectories(directory);
    Process debugfs =
        new ProcessBuilder("debugfs", "-R", "rdump / " + directory, image.toString())
            .redirectErrorStream(true)
            .start();
    Outcome outcome = Outcome.of(debugfs, 300);
    if (outcome.status() != 0 || !Files.isDirectory(directory.resolve("usr/bin"))) {
      throw new IOException("debugfs: " + outcome);
    }
    return new NativeRoot(directory);
  }

  Outcome run(Program program, long timeoutSeconds) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc=" + directory.resolve("proc")));
    command.addAll(
        List.of(
            "sh",
            "-c",
            "mount --rbind /dev \"$0/dev\" && exec chroot \"$0\" /usr/bin/env -i \"$@\"",
            directory.toString()));
    command.addAll(Program.environment());
    command.addAll(program.command());
    return Outcome.of(new ProcessBuilder(command).start(), timeoutSeconds);
  }
}
