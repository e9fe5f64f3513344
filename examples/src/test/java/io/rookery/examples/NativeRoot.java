package io.rookery.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The contents of an image in a directory of the host, and programs run there natively: in a chroot
 * with /proc, /sys, /dev, new terminals, a loopback interface and no signal ignored (as those of
 * the keyboard are where the tests run in the background), in name spaces of their own. Needs root
 * on an x86-64 Linux host, debugfs and ip.
 */
final class NativeRoot {
  /** Given the directory, variables and the program, within the new name spaces. */
  private static final String ENTER =
      """
      cat "$0/etc/hostname" > /proc/sys/kernel/hostname &&
      renice -n 0 -p $$ > /dev/null &&
      ip link set lo up &&
      mount -t sysfs sysfs "$0/sys" &&
      mount --rbind /dev "$0/dev" &&
      mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$0/dev/pts" &&
      mount -t tmpfs tmpfs "$0/dev/shm" &&
      exec chroot "$0" /usr/bin/env -i --default-signal "$@"
      """;

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
    return run(program.command(), timeoutSeconds);
  }

  /** The outcome of a command that finds {@link Program#environment} in its environment. */
  Outcome run(List<String> program, long timeoutSeconds) throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "--pid",
                "--net",
                "--uts",
                "--ipc",
                "--fork",
                "--kill-child",
                "--mount-proc=" + directory.resolve("proc")));
    command.addAll(List.of("sh", "-c", ENTER, directory.toString()));
    command.addAll(Program.environment());
    command.addAll(program);
    return Outcome.of(new ProcessBuilder(command).start(), timeoutSeconds);
  }
}
