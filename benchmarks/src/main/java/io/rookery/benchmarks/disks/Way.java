package io.rookery.benchmarks.disks;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** How a volume in an image file is reached. */
enum Way {
  ROOKERY("Java API"),
  FUSE2FS("fuse2fs"),
  LOOP("loop mount");

  final String title;

  Way(String title) {
    this.title = title;
  }

  /** Mounts the image; closing the tree ends once everything is in the image file. */
  Tree open(Path image, Path folder) throws IOException {
    return switch (this) {
      case ROOKERY -> new ApiTree(image);
      case FUSE2FS -> fuse2fs(image, folder);
      case LOOP -> {
        run(List.of("mount", "-t", "ext2", "-o", "loop,noatime", "" + image, "" + folder));
        yield new MountedTree(folder, () -> run(List.of("umount", folder.toString())));
      }
    };
  }

  /** In the foreground: it writes its last blocks after umount(8) has returned. */
  private static Tree fuse2fs(Path image, Path folder) throws IOException {
    Process process =
        new ProcessBuilder("fuse2fs", "-f", "" + image, "" + folder)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    while (Files.getFileStore(folder).equals(Files.getFileStore(image.toAbsolutePath()))) {
      if (!process.isAlive()) {
        throw new IOException("fuse2fs does not mount " + image);
      }
      sleep();
    }
    return new MountedTree(
        folder,
        () -> {
          run(List.of("umount", folder.toString()));
          waitFor(process);
        });
  }

  private static void sleep() throws IOException {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private static int waitFor(Process process) throws IOException {
    try {
      return process.waitFor();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  static void run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (InputStream output = process.getInputStream()) {
      String said = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      if (waitFor(process) != 0) {
        throw new IOException(String.join(" ", command) + ": " + said);
      }
    }
  }
}
