package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FormatTest {
  private static final long MIB = 1 << 20;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "1, 0, 256",
    "1, 1024, 128",
    "1, 4096, 256",
    "5, 2048, 256",
    "33, 1024, 256",
    "64, 0, 256",
    "129, 4096, 128",
    "300, 1024, 256",
    "200, 65536, 256",
    "4096, 0, 256",
    "20480, 4096, 256"
  })
  void isCleanForE2fsck(long mib, int blockSize, int inodeSize) throws IOException {
    Path image = folder.resolve("new.img");
    try (BlockDevice device = BlockDevices.createFile(image, mib * MIB)) {
      Ext2.format(device, Volumes.FIXED.withBlockSize(blockSize).withInodeSize(inodeSize));
    }
    E2fsprogs.assertClean(image);
    try (BlockDevice device = BlockDevices.openFileReadOnly(image);
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      assertTrue(fs.info().cleanAtMount());
      assertEquals(Set.of(".", "..", "lost+found"), Set.copyOf(Volumes.names(fs, fs.root())));
    }
  }

  @Test
  void staysSparse() throws IOException {
    Path image = folder.resolve("sparse.img");
    try (BlockDevice device = BlockDevices.createFile(image, 4096 * MIB)) {
      Ext2.format(device, Volumes.FIXED);
    }
    assertEquals(4096 * MIB, Files.size(image));
    E2fsprogs.Result used = E2fsprogs.run("du", "-k", image.toString());
    assertTrue(Long.parseLong(used.output().split("\\s", 2)[0]) < 8192, used.output());
  }

  @Test
  void overwritesWhatWasThere() throws IOException {
    BlockDevice device = BlockDevices.memory(8 * MIB);
    device.write(0, ByteBuffer.wrap(Volumes.random((int) (8 * MIB), 1)));
    Ext2.format(device, Volumes.FIXED);
    Volumes.assertClean(device, folder);
  }

  @Test
  void isReproducible() throws IOException {
    byte[][] images = new byte[2][(int) (4 * MIB)];
    for (byte[] image : images) {
      BlockDevice device = BlockDevices.memory(4 * MIB);
      Ext2.format(device, Volumes.FIXED);
      device.read(0, ByteBuffer.wrap(image));
    }
    assertArrayEquals(images[0], images[1]);
  }

  @Test
  void writesLabelUuidAndFeatures() throws IOException {
    Path image = folder.resolve("label.img");
    try (BlockDevice device = BlockDevices.createFile(image, 64 * MIB)) {
      Ext2.format(device, Volumes.FIXED.withLabel("rookery").withReservedPercent(1));
    }
    String report = E2fsprogs.run("dumpe2fs", "-h", image.toString()).output();
    assertTrue(report.contains("volume name:   rookery\n"), report);
    assertTrue(report.contains("00000000-0000-1234-0000-000000005678"), report);
    assertTrue(report.contains("Reserved block count:     163\n"), report);
    String features =
        "features:      ext_attr resize_inode dir_index filetype sparse_super large_file\n";
    assertTrue(report.contains(features), report);
  }

  @Test
  void resize2fsCanGrowIt() throws IOException {
    Path image = folder.resolve("grow.img");
    try (BlockDevice device = BlockDevices.createFile(image, 64 * MIB)) {
      Ext2.format(device, Volumes.FIXED.withBlockSize(1024));
      try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
        Volumes.write(fs, "file", bytes("contents"));
      }
    }
    E2fsprogs.Result result = E2fsprogs.run("resize2fs", "-f", image.toString(), "200M");
    assertEquals(0, result.status(), result.output());
    E2fsprogs.assertClean(image);
    try (BlockDevice device = BlockDevices.openFileReadOnly(image);
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      assertArrayEquals(bytes("contents"), Volumes.readAll(fs, Volumes.find(fs, "file")));
    }
  }

  @Test
  void refusesWhatCannotBe() {
    Volumes.assertReason(
        Reason.EINVAL, () -> Ext2.format(BlockDevices.memory(16 << 10), Volumes.FIXED));
    Volumes.assertReason(Reason.EINVAL, () -> Ext2.format(BlockDevices.memory(0), Volumes.FIXED));
    Volumes.assertReason(
        Reason.EINVAL,
        () -> Ext2.format(BlockDevices.memory(MIB), Volumes.FIXED.withInodes(1_000_000)));
    Volumes.assertReason(
        Reason.EROFS,
        () -> Ext2.format(BlockDevices.readOnly(BlockDevices.memory(MIB)), Volumes.FIXED));
  }
}
