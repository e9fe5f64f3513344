package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.linux.conformance.HostPrograms;
import io.rookery.linux.fs.disk.DiskFileSystem;
import io.rookery.linux.kernel.TestKernel;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A C program does everything that can be done with names, as root and as users, on the root of a
 * guest, and natively on the same image, which the host has mounted: both print the same, and the
 * volume is sound afterwards. Only the host's root can mount.
 */
class DiskConformanceTest {
  private static final int SIZE = 24 << 20;
  private static final int MOUNT_FAILED = 32;
  private static final List<String> ENVIRONMENT = List.of("PATH=/usr/bin:/bin:/usr/sbin:/sbin");

  @TempDir Path directory;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** A volume with a program, which needs nothing else. */
  private Path image(int blockSize) throws Exception {
    HostPrograms.assumeCompiler("/usr/bin/cc");
    Path program = directory.resolve("pathnames");
    Path source = HostPrograms.copy("/io/rookery/linux/conformance/pathnames.c", directory);
    HostPrograms.compile("/usr/bin/cc", source, program, List.of("-O1", "-static"));
    Path image = directory.resolve("disk.ext2");
    try (BlockDevice device = BlockDevices.createFile(image, SIZE)) {
      Ext2.format(device, FormatOptions.defaults().withBlockSize(blockSize));
      try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
        Ext2Inode file = fs.create(fs.root(), bytes("pathnames"), 0755, 0, 0);
        fs.write(file, 0, ByteBuffer.wrap(Files.readAllBytes(program)));
      }
    }
    return image;
  }

  private HostPrograms.Outcome onTheHost(Path image) throws Exception {
    Path copy = Files.copy(image, directory.resolve("host.ext2"));
    Path mounted = Files.createDirectory(directory.resolve("mounted"));
    String script = "mount -o loop,noatime \"$0\" \"$1\" && cd \"$1\" && exec ./pathnames";
    List<String> command =
        List.of("unshare", "-m", "sh", "-c", script, copy.toString(), mounted.toString());
    assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount");
    HostPrograms.Outcome outcome = HostPrograms.natively(command, ENVIRONMENT);
    assumeTrue(outcome.status() != MOUNT_FAILED, "this host mounts no images");
    return outcome;
  }

  private void compare(int blockSize, RookeryEngine engine) throws Exception {
    Path image = image(blockSize);
    HostPrograms.Outcome wanted = onTheHost(image);
    try (BlockDevice device = BlockDevices.openFile(image)) {
      HostPrograms.Outcome found =
          HostPrograms.here(
              vfs -> new DiskFileSystem(vfs, Ext2FileSystem.open(device, MountOptions.readWrite())),
              List.of("/pathnames"),
              ENVIRONMENT,
              engine);
      assertEquals(wanted.output(), found.output());
      assertEquals(wanted.status(), found.status());
      assertTrue(wanted.output().lines().count() > 1000, "the program printed next to nothing");
      assertEquals(List.of(), Ext2.check(device).problems());
    }
  }

  @Test
  void namesBehaveAsOnTheHost() throws Exception {
    compare(1024, TestKernel.compiling());
  }

  @Test
  void namesBehaveAsOnTheHostInLargeBlocks() throws Exception {
    assumeTrue(Boolean.getBoolean("rookery.full"), "-Pfull only");
    compare(4096, RookeryEngine.interpreter());
  }
}
