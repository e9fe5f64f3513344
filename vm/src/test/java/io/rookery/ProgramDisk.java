package io.rookery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.check.CheckReport;
import io.rookery.ext2.nio.Ext2FileSystemProvider;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Disks with C programs, compiled on this host without shared libraries. */
final class ProgramDisk {
  private static final Path COMPILER = Path.of("/usr/bin/cc");

  private ProgramDisk() {}

  /** Compiles NAME.c beside this class; skips the calling test where that cannot be done. */
  static Path compile(String name, Path directory) throws IOException, InterruptedException {
    assumeTrue(
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64"),
        "the host is not x86-64 Linux");
    assumeTrue(Files.isExecutable(COMPILER), "there is no " + COMPILER);
    Path source = directory.resolve(name + ".c");
    try (InputStream in = ProgramDisk.class.getResourceAsStream(name + ".c")) {
      Files.copy(in, source);
    }
    Path program = directory.resolve(name);
    Process compiler =
        new ProcessBuilder(
                COMPILER.toString(),
                "-w",
                "-O1",
                "-static",
                "-pthread",
                "-o",
                program.toString(),
                source.toString())
            .inheritIO()
            .start();
    assertEquals(0, compiler.waitFor());
    return program;
  }

  /** Makes an image file with programs in its root directory, and an empty /root. */
  static void image(Path image, long bytes, Path... programs) throws IOException {
    try (BlockDevice device = BlockDevices.createFile(image, bytes)) {
      Ext2.format(device, FormatOptions.defaults());
      try (Ext2FileSystem volume = Ext2FileSystem.open(device, MountOptions.readWrite());
          FileSystem files = Ext2FileSystemProvider.wrap(volume)) {
        Files.createDirectory(files.getPath("/root"));
        for (Path program : programs) {
          Path copy = files.getPath("/" + program.getFileName());
          Files.write(copy, Files.readAllBytes(program));
          Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
      }
    }
  }

  /** Fails unless the image is as {@code e2fsck -fn} wants it. */
  static void assertClean(Path image) throws IOException {
    try (BlockDevice device = BlockDevices.openFileReadOnly(image)) {
      CheckReport report = Ext2.check(device);
      assertTrue(report.isClean(), report::toString);
    }
  }
}
