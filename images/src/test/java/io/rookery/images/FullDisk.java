package io.rookery.images;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A small disk: a tmpfs, which only root can mount. Elsewhere the tests that need one say so. */
final class FullDisk implements AutoCloseable {
  private final Path folder;

  private FullDisk(Path folder) {
    this.folder = folder;
  }

  static void assume() {
    assumeTrue(
        "root".equals(System.getProperty("user.name"))
            && Files.isExecutable(Path.of("/usr/bin/mount")),
        "a full disk needs root and mount");
  }

  static FullDisk mount(Path folder, int bytes) throws IOException {
    Files.createDirectories(folder);
    int status =
        run(
            List.of(
                "/usr/bin/mount", "-t", "tmpfs", "-o", "size=" + bytes, "none", folder.toString()));
    assumeTrue(status == 0, "this host lets nobody mount a tmpfs");
    return new FullDisk(folder);
  }

  Path folder() {
    return folder;
  }

  @Override
  public void close() throws IOException {
    run(List.of("/usr/bin/umount", folder.toString()));
  }

  private static int run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.onExit().join();
    return process.exitValue();
  }
}
