package io.rookery.ext2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.check.CheckReport;
import io.rookery.ext2.check.ProblemKind;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import io.rookery.ext2.layout.LittleEndian;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Ext2#check} says what {@code e2fsck -fn} says. */
class CheckTest {
  /** Where the two disagree, and why. */
  private static final List<String> E2FSPROGS_DIFFERENCES =
      Arrays.asList(
          "f_bad_encryption", // policies of encrypted files are not checked
          "f_bad_fname", // nor is UTF-8 in directories that fold case
          "f_bad_gdt_csum", // e2fsck reports descriptors' checksums, but ends with status 0
          "f_bad_local_jnl", // e2fsck looks behind the fields of version 1
          "f_bigalloc_symlink_with_xattr", // bigalloc cannot be checked
          "f_first_meta_bg_too_big", // e2fsck takes a backup superblock, and ends with status 0
          "f_quota", // contents of quota files are not checked
          "f_short_encrypted_dirent",
          "f_uninit_enable", // as f_bad_gdt_csum
          "f_zero_inode_size"); // as f_first_meta_bg_too_big

  @TempDir Path folder;

  private Path image() {
    return folder.resolve("image");
  }

  private static CheckReport check(Path image) throws IOException {
    try (BlockDevice device = BlockDevices.openFileReadOnly(image)) {
      return Ext2.check(device);
    }
  }

  private static void assertClean(Path image) throws IOException {
    assertEquals(List.of(), check(image).problems());
    E2fsprogs.assertClean(image);
  }

  @ParameterizedTest
  @CsvSource({"1, 1024", "1, 4096", "5, 2048", "33, 1024", "129, 4096", "200, 65536", "4096, 0"})
  void newVolumesAreClean(long mib, int blockSize) throws IOException {
    try (BlockDevice device = BlockDevices.createFile(image(), mib << 20)) {
      Ext2.format(device, Volumes.FIXED.withBlockSize(blockSize));
    }
    CheckReport report = check(image());
    assertEquals(List.of(), report.problems());
    assertEquals(2, report.directories());
  }

  @Test
  void usedVolumesAreClean() throws IOException {
    BlockDevice device = Volumes.formatted(32 << 20, 1024);
    ModelSession session = new ModelSession(device, MountOptions.readWrite(), 5);
    session.run(1500);
    session.close();
    assertEquals(List.of(), Ext2.check(device).problems());
  }

  /** A tree with a sparse file, links of every kind and a directory of some blocks. */
  private Path makeTree() throws IOException {
    Path tree = folder.resolve("tree");
    Files.createDirectories(tree.resolve("a/b"));
    Files.write(tree.resolve("a/small"), Volumes.random(777, 1));
    Files.write(tree.resolve("a/large"), Volumes.random(400_000, 2));
    Files.createSymbolicLink(tree.resolve("fast"), Path.of("a/small"));
    Files.createSymbolicLink(tree.resolve("slow"), Path.of("x".repeat(200)));
    Files.createLink(tree.resolve("second-name"), tree.resolve("a/small"));
    Path many = Files.createDirectory(tree.resolve("many"));
    for (int i = 0; i < 300; i++) {
      Files.writeString(many.resolve("a-rather-long-file-name-" + i), "content " + i);
    }
    return tree;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-t ext2 -b 1024",
        "-t ext2 -b 2048 -I 128",
        "-t ext2 -b 4096",
        "-t ext2 -b 8192",
        "-t ext2 -b 65536",
        "-t ext2 -b 1024 -O ^resize_inode,^dir_index,^ext_attr",
        "-t ext2 -b 1024 -O ^sparse_super,^filetype,^resize_inode",
        "-t ext2 -b 1024 -O sparse_super2",
        "-t ext2 -b 1024 -O meta_bg,^resize_inode",
        "-t ext2 -b 1024 -r 0",
        "-t ext3 -b 1024",
        "-t ext4 -b 1024",
        "-t ext4 -b 4096",
        "-t ext4 -b 1024 -O ^metadata_csum,uninit_bg",
        "-t ext4 -b 1024 -O inline_data,metadata_csum_seed",
        "-t ext4 -b 1024 -O ^64bit,^flex_bg",
        "-t ext4 -b 4096 -O mmp,project",
        "-t ext4 -b 1024 -O orphan_file,ea_inode,large_dir"
      })
  void volumesOfMke2fsAreClean(String options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(options.split(" ", -1)));
    arguments.addAll(List.of("-d", makeTree().toString()));
    E2fsprogs.mke2fs(image(), 64 << 20, arguments.toArray(String[]::new));
    assertClean(image());
  }

  /** e2fsck -D writes indexes; each hash version in turn. */
  @ParameterizedTest
  @ValueSource(strings = {"half_md4", "tea", "legacy"})
  void indexedDirectoriesAreClean(String hash) throws IOException {
    Path tree = makeTree();
    for (int i = 300; i < 1200; i++) {
      Files.createFile(tree.resolve("many").resolve("\u00e4-rather-long-name-\u00ff-" + i));
    }
    E2fsprogs.mke2fs(image(), 32 << 20, "-b", "1024", "-N", "4000", "-d", tree.toString());
    E2fsprogs.run("tune2fs", "-E", "hash_alg=" + hash, image().toString());
    E2fsprogs.run("e2fsck", "-fyD", image().toString());
    assertTrue(E2fsprogs.debugfs(image(), "stat /many").contains("Flags: 0x1000"));
    assertClean(image());
    byte[] data = Files.readAllBytes(image());
    String[] blocks = E2fsprogs.debugfs(image(), "blocks /many").strip().split("\\s+", -1);
    String second = blocks[blocks.length - 1];
    int leaf = Integer.parseInt(second) * 1024;
    int other = leaf + 8 + 20; // within the first entry's name, past what the linear form checks
    data[other] ^= 1;
    Files.write(image(), data);
    assertFalse(check(image()).isClean());
    assertEquals(4, E2fsprogs.run("e2fsck", "-fn", image().toString()).status());
  }

  @Test
  void problemsAreNamed() throws IOException {
    byte[] good = HostileImages.good();
    int bitmap = (int) LittleEndian.u32(good, 2048 + GroupDescriptorLayout.BLOCK_BITMAP) * 1024;
    byte[] image = good.clone();
    image[bitmap + 100] ^= 1;
    CheckReport report = Ext2.check(HostileImages.device(image));
    assertTrue(report.problems().stream().anyMatch(p -> p.kind() == ProblemKind.BLOCK_BITMAP));
    image = good.clone();
    LittleEndian.put16(image, SuperblockLayout.OFFSET + SuperblockLayout.MAGIC, 1);
    report = Ext2.check(HostileImages.device(image));
    assertEquals(ProblemKind.SUPERBLOCK, report.problems().getFirst().kind());
    assertEquals(1, Ext2.check(BlockDevices.memory(100)).count());
  }

  /** Random damage; only whether there is any is compared. */
  @Test
  void agreesOnDamagedVolumes() throws IOException {
    int rounds = Volumes.full() ? 20_000 : 150;
    List<String> differences = new ArrayList<>();
    byte[] clean = HostileImages.clean();
    for (int seed = 0; seed < rounds; seed++) {
      byte[] image = HostileImages.damaged(clean, new Random(seed));
      Files.write(image(), image);
      CheckReport report = check(image());
      E2fsprogs.Result judge = E2fsprogs.run("timeout", "20", "e2fsck", "-fn", image().toString());
      if (report.isClean() != (judge.status() == 0)) {
        differences.add(
            "seed %d: e2fsck %d, here %s\n%s"
                .formatted(seed, judge.status(), report.problems(), judge.output()));
      }
    }
    assertEquals(List.of(), differences);
  }

  @Test
  void damagedVolumesEndTheCheckSoon() {
    int rounds = Volumes.full() ? 200_000 : 300;
    assertTimeoutPreemptively(
        Duration.ofSeconds(30 + rounds / 50),
        () -> {
          byte[] good = HostileImages.good();
          for (int seed = 0; seed < rounds; seed++) {
            Ext2.check(HostileImages.device(HostileImages.damaged(good, new Random(seed))));
          }
        });
  }

  /** An image of e2fsprogs' own tests, unpacked into the folder that the property names. */
  @Test
  void agreesOnTheImagesOfE2fsprogs() throws IOException {
    String from = System.getProperty("rookery.e2fsprogs.images", "");
    assumeTrue(!from.isEmpty(), "set rookery.e2fsprogs.images as docs/verification.md says");
    List<String> differences = new ArrayList<>();
    try (Stream<Path> images = Files.list(Path.of(from))) {
      for (Path image : images.filter(p -> p.toString().endsWith(".img")).sorted().toList()) {
        E2fsprogs.Result judge = E2fsprogs.run("timeout", "20", "e2fsck", "-fn", image.toString());
        CheckReport report = check(image);
        if (report.isClean() != (judge.status() == 0)) {
          differences.add(String.valueOf(image.getFileName()).replace(".img", ""));
        }
      }
    }
    assertEquals(E2FSPROGS_DIFFERENCES, differences);
  }
}
