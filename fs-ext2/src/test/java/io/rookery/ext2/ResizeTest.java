package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Volumes grow and shrink as with resize2fs, and what is no case for that is refused. */
class ResizeTest {
  @TempDir Path folder;

  /** A volume that mke2fs makes, on a device of another size. */
  static BlockDevice made(Path folder, long volumeBytes, long deviceBytes, String... options)
      throws IOException {
    Path file = folder.resolve("made.img");
    Files.deleteIfExists(file);
    E2fsprogs.mke2fs(file, volumeBytes, options);
    BlockDevice device = BlockDevices.memory(deviceBytes);
    device.write(0, ByteBuffer.wrap(Files.readAllBytes(file)));
    Files.delete(file);
    return device;
  }

  /** Fills a volume with files whose names say what is in them. */
  static Map<String, byte[]> fill(BlockDevice device, int files, int bytes) throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    Random random = new Random(files);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      for (int i = 0; i < files; i++) {
        String dir = "d" + i % 7;
        Ext2Inode parent = fs.lookup(fs.root(), bytes(dir));
        if (parent == null) {
          parent = fs.mkdir(fs.root(), bytes(dir), 0755, 0, 0);
        }
        Ext2Inode file = fs.create(parent, bytes("file" + i), 0644, 0, 0);
        byte[] data = Volumes.random(random.nextInt(2 * bytes), i);
        fs.write(file, 0, ByteBuffer.wrap(data));
        // The same everywhere: files share the block.
        fs.setXattr(file, bytes("user.x"), new byte[300], XattrMode.SET);
        contents.put(dir + "/file" + i, data);
      }
    }
    return contents;
  }

  private static long highestInode(BlockDevice device) throws IOException {
    long highest = 0;
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      for (String dir : Volumes.names(fs, fs.root())) {
        Ext2Inode inode = Volumes.find(fs, dir);
        highest = Math.max(highest, inode.number());
      }
    }
    return highest;
  }

  static void assertHolds(BlockDevice device, Map<String, byte[]> contents) throws IOException {
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      for (Map.Entry<String, byte[]> entry : contents.entrySet()) {
        Ext2Inode file = Volumes.find(fs, entry.getKey());
        assertArrayEquals(entry.getValue(), Volumes.readAll(fs, file), entry.getKey());
        assertArrayEquals(new byte[300], fs.getXattr(file, bytes("user.x")), entry.getKey());
      }
    }
  }

  private static byte[] all(BlockDevice device) throws IOException {
    ByteBuffer data = ByteBuffer.allocate((int) device.size());
    device.read(0, data);
    return data.array();
  }

  /** What dumpe2fs says of sizes and places; without what depends on where files were put. */
  private static List<String> sizes(Path image, boolean places) throws IOException {
    E2fsprogs.Result result = E2fsprogs.run("dumpe2fs", image.toString());
    assertEquals(0, result.status(), result.output());
    String patterns =
        "(Inode count|Block count|Reserved block count|Free blocks|Free inodes|Reserved GDT blocks"
            + "|Inodes per group|Filesystem features|Filesystem state):.*"
            + "|Group .*|  (Primary|Backup|Reserved|Block bitmap|Inode table).*"
            + (places ? "|  [0-9]+ free blocks.*" : "");
    return result
        .output()
        .lines()
        .filter(line -> line.matches(patterns))
        .map(line -> line.replaceAll(" +", " "))
        .collect(Collectors.toList());
  }

  @ParameterizedTest
  @CsvSource({
    // KiB before, KiB after, mke2fs
    "4096, 5000, -b 1024",
    "4096, 30000, -b 1024",
    "5000, 8192, -b 1024",
    "8000, 8221, -b 1024",
    "8192, 12000, -b 1024 -g 256 -E resize=40000",
    "6000, 20000, -b 1024 -g 512 -E resize=40000 -I 128",
    "8192, 24000, -b 2048 -g 1024 -E resize=40000",
    "16384, 30000, -b 4096 -g 256 -E resize=40000 -N 2048",
    "4096, 8000, -b 1024 -O ^resize_inode",
    "4096, 16000, -b 1024 -g 1024 -O ^resize_inode",
    "4096, 16000, -b 1024 -g 1024 -O ^resize_inode,^sparse_super",
    "30000, 5000, -b 1024",
    "20000, 9000, -b 1024 -g 256 -E resize=40000",
    "20000, 7000, -b 1024 -g 512 -E resize=40000 -N 600",
    "24000, 10000, -b 2048 -g 1024 -E resize=40000",
    "30000, 16000, -b 4096 -g 256 -E resize=40000 -N 2048",
    "16000, 5000, -b 1024 -g 1024 -O ^resize_inode,^sparse_super",
    "16000, 8300, -b 1024",
  })
  void isWhatResize2fsMakes(int before, int after, String options) throws IOException {
    BlockDevice device = made(folder, before * 1024L, 30L << 20, options.split(" ", -1));
    Map<String, byte[]> contents = fill(device, 60, 20_000);
    Path image = folder.resolve("image");
    Volumes.save(device, image);
    E2fsprogs.Result judged = E2fsprogs.run("resize2fs", "-f", image.toString(), after + "K");
    assertEquals(0, judged.status(), judged.output());
    List<String> expected = sizes(image, after > before);

    long blocks = Ext2.resize(device, after * 1024L) / Integer.parseInt(options.split(" ", -1)[1]);
    assertTrue(expected.contains("Block count: " + blocks), expected + " " + blocks);
    Volumes.assertClean(device, folder);
    assertTrue(Ext2.check(device).isClean());
    assertHolds(device, contents);
    Volumes.save(device, image);
    assertEquals(expected, sizes(image, after > before));
  }

  /** Inodes of the groups that go get other numbers, in all names of all directories. */
  @Test
  void inodesMove() throws IOException {
    BlockDevice device =
        made(
            folder,
            16 << 20,
            16 << 20,
            "-b",
            "1024",
            "-g",
            "1024",
            "-E",
            "resize=40000",
            "-N",
            "512");
    Map<String, byte[]> contents = fill(device, 300, 2000);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode indexed = fs.mkdir(fs.root(), bytes("indexed"), 0755, 0, 0);
      for (String name : contents.keySet()) {
        fs.link(indexed, bytes(name.replace('/', '-').repeat(8)), Volumes.find(fs, name));
      }
    }
    E2fsprogs.Result result = compress(device);
    assertTrue(result.status() <= 1, result.output());
    long before = highestInode(device);
    Ext2.resize(device, 13_000_000);
    Ext2.resize(device, 11_000_000);
    assertTrue(highestInode(device) < before, "no directory was in a group that went");
    Volumes.assertClean(device, folder);
    assertHolds(device, contents);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      for (String name : contents.keySet()) {
        Ext2Inode file = Volumes.find(fs, name);
        assertEquals(file, Volumes.find(fs, "indexed/" + name.replace('/', '-').repeat(8)), name);
        assertEquals(2, file.links());
      }
    }
  }

  /** Lets e2fsck give the large directory an index. */
  private E2fsprogs.Result compress(BlockDevice device) throws IOException {
    Path image = folder.resolve("image");
    Volumes.save(device, image);
    E2fsprogs.Result result = E2fsprogs.run("e2fsck", "-fyD", image.toString());
    device.write(0, ByteBuffer.wrap(Files.readAllBytes(image)));
    return result;
  }

  @Test
  void refusalsChangeNothing() throws IOException {
    BlockDevice device =
        made(folder, 20 << 20, 21 << 20, "-b", "1024", "-g", "1024", "-E", "resize=40000");
    fill(device, 100, 150_000);
    byte[] before = all(device);
    Volumes.assertReason(Reason.ENOSPC, () -> Ext2.resize(device, 9_000_000));
    Volumes.assertReason(Reason.ENOSPC, () -> Ext2.resize(device, 100_000));
    Volumes.assertReason(Reason.ENOSPC, () -> Ext2.resize(device, 5000));
    Volumes.assertReason(Reason.EINVAL, () -> Ext2.resize(device, 0));
    Volumes.assertReason(Reason.EINVAL, () -> Ext2.resize(device, (21 << 20) + 1));
    Volumes.assertReason(Reason.EROFS, () -> Ext2.resize(BlockDevices.readOnly(device), 21 << 20));
    assertEquals(20 << 20, Ext2.resize(device, 20 << 20));
    assertArrayEquals(before, all(device));
  }

  @Test
  void notMadeToGrowSoFar() throws IOException {
    // 32 descriptors fit a block, and there is no other one.
    BlockDevice device =
        made(folder, 4 << 20, 20 << 20, "-b", "1024", "-g", "256", "-O", "^resize_inode");
    Volumes.assertReason(Reason.EFBIG, () -> Ext2.resize(device, 20 << 20));
    long most = (32 * 256 + 1) * 1024;
    assertEquals(most, Ext2.resize(device, most + 700));
    Volumes.assertClean(device, folder);
  }

  @Test
  void whatIsNoExt2OrDamagedIsRefused() throws IOException {
    for (String type : List.of("ext3", "ext4")) {
      BlockDevice other = made(folder, 8 << 20, 16 << 20, "-t", type);
      Volumes.assertReason(Reason.EOPNOTSUPP, () -> Ext2.resize(other, 10 << 20));
    }
    BlockDevice none = BlockDevices.memory(1 << 20);
    Volumes.assertReason(Reason.EINVAL, () -> Ext2.resize(none, 1_000_000));
    BlockDevice tiny = BlockDevices.memory(1000);
    Volumes.assertReason(Reason.EINVAL, () -> Ext2.resize(tiny, 1));

    BlockDevice damaged = Volumes.formatted(4 << 20, 1024);
    damaged.write(2048 + 12, ByteBuffer.wrap(new byte[] {1, 0})); // free blocks of group 0
    Volumes.assertReason(Reason.EUCLEAN, () -> Ext2.resize(damaged, 3_000_000));
    BlockDevice mounted = Volumes.formatted(4 << 20, 1024);
    int state = SuperblockLayout.OFFSET + SuperblockLayout.STATE;
    mounted.write(state, ByteBuffer.wrap(new byte[] {0, 0}));
    Volumes.assertReason(Reason.EUCLEAN, () -> Ext2.resize(mounted, 3_000_000));
  }

  /** What a damaged volume does to a resize is refuse it; volumes that pass have their files. */
  @Test
  void damagedVolumes() throws IOException {
    byte[] clean = HostileImages.clean();
    int rounds = Volumes.full() ? 20_000 : 300;
    for (int seed = 0; seed < rounds; seed++) {
      Random random = new Random(seed);
      try (BlockDevice device = HostileImages.device(HostileImages.damaged(clean, random))) {
        Ext2.resize(device, (600 + random.nextInt(400)) << 10);
        assertTrue(Ext2.check(device).isClean(), "seed " + seed);
      } catch (Ext2Exception e) {
        // refused
      } catch (RuntimeException | Error e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }
}
