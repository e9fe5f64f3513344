package io.rookery.ext2;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Copies all files of a volume into a folder, as the host reads it: its tools, and its kernel. */
final class HostReading {
  private static final int MOUNT_FAILED = 32;

  private HostReading() {}

  /** By debugfs, without a mount: contents, modes and targets. */
  static void byDebugfs(Path image, Path to) throws IOException {
    Files.createDirectory(to);
    E2fsprogs.debugfs(image, "rdump / " + to);
  }

  /**
   * By the kernel, which root can have mount an image: with links and extended attributes.
   *
   * @return whether it mounts this one: blocks may be larger than its pages, features newer
   */
  static boolean byKernel(Path image, Path to) throws IOException {
    Files.createDirectory(to);
    if (!"root".equals(System.getProperty("user.name"))) {
      return false;
    }
    Path mounted = Files.createDirectory(to.resolveSibling("mounted"));
    String script = "mount -o loop,ro \"$0\" \"$1\" && exec cp -a --preserve=xattr \"$1\"/. \"$2\"";
    E2fsprogs.Result result =
        E2fsprogs.run("unshare", "-m", "sh", "-c", script, "" + image, "" + mounted, "" + to);
    Files.delete(mounted);
    if (result.status() != MOUNT_FAILED) {
      assertEquals(0, result.status(), result.output());
    }
    return result.status() == 0;
  }

  static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path dir, @Nullable IOException e)
              throws IOException {
            Files.delete(dir);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
