package io.rookery.ext2;

import static io.rookery.ext2.Volumes.assertReason;
import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes made by e2fsprogs read here, and volumes written here read by e2fsprogs. */
class ForeignVolumeTest {
  @TempDir Path folder;

  private Path image() {
    return folder.resolve("image");
  }

  /** A tree with everything that a file system can hold without special rights. */
  private Path makeTree(int manyFiles) throws IOException {
    Path tree = folder.resolve("tree");
    Files.createDirectories(tree.resolve("a/b/c"));
    Files.write(tree.resolve("empty"), new byte[0]);
    Files.write(tree.resolve("a/small"), Volumes.random(777, 1));
    Files.write(tree.resolve("a/b/large"), Volumes.random(3_000_000, 2));
    Files.createSymbolicLink(tree.resolve("fast"), Path.of("a/small"));
    Files.createSymbolicLink(tree.resolve("slow"), Path.of("x".repeat(200)));
    Files.createLink(tree.resolve("a/b/c/second-name"), tree.resolve("a/small"));
    Path many = Files.createDirectory(tree.resolve("many"));
    for (int i = 0; i < manyFiles; i++) {
      Files.writeString(many.resolve("a-rather-long-file-name-" + i), "content " + i);
    }
    Files.setPosixFilePermissions(
        tree.resolve("a/small"), PosixFilePermissions.fromString("rwxr-x--x"));
    return tree;
  }

  @ParameterizedTest
  @CsvSource({"1024, 256", "2048, 128", "4096, 256", "4096, 128"})
  void treeMadeByMke2fsReadsBack(int blockSize, int inodeSize) throws IOException {
    Path tree = makeTree(400);
    E2fsprogs.mke2fs(
        image(), 32 << 20, "-b", "" + blockSize, "-I", "" + inodeSize, "-d", tree.toString());
    try (BlockDevice device = BlockDevices.openFileReadOnly(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly());
        Stream<Path> paths = Files.walk(tree)) {
      int compared = 0;
      for (Path path : paths.toList()) {
        compare(fs, path, Volumes.find(fs, tree.relativize(path).toString()));
        compared++;
      }
      assertEquals(411, compared);
    }
  }

  private static void compare(Ext2FileSystem fs, Path path, Ext2Inode inode) throws IOException {
    Ext2Attributes attributes = inode.attributes();
    assertEquals(Files.readAttributes(path, "unix:mode", NO_FOLLOW).get("mode"), attributes.mode());
    if (Files.isSymbolicLink(path)) {
      assertArrayEquals(bytes(Files.readSymbolicLink(path).toString()), fs.readlink(inode));
    } else if (Files.isRegularFile(path)) {
      assertArrayEquals(Files.readAllBytes(path), Volumes.readAll(fs, inode));
      assertEquals(Files.getAttribute(path, "unix:nlink"), attributes.links());
    } else {
      try (Stream<Path> entries = Files.list(path)) {
        List<String> names = Volumes.names(fs, inode);
        names.removeAll(List.of(".", "..", "lost+found"));
        assertEquals(
            entries.map(p -> p.getFileName().toString()).sorted().toList(),
            names.stream().sorted().toList());
      }
    }
  }

  private static final LinkOption NO_FOLLOW = LinkOption.NOFOLLOW_LINKS;

  /** e2fsck -D makes hash-indexed directories. */
  @ParameterizedTest
  @ValueSource(ints = {1024, 4096})
  void indexedDirectoriesStaySound(int blockSize) throws IOException {
    Path tree = makeTree(1500);
    E2fsprogs.mke2fs(image(), 32 << 20, "-b", "" + blockSize, "-d", tree.toString());
    E2fsprogs.Result indexed = E2fsprogs.run("e2fsck", "-fyD", image().toString());
    assertTrue(indexed.status() <= 1, indexed.output());
    assertTrue(E2fsprogs.debugfs(image(), "stat /many").contains("Flags: 0x1000"));
    try (BlockDevice device = BlockDevices.openFile(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode many = Volumes.find(fs, "many");
      assertEquals(1502, Volumes.names(fs, many).size());
      for (int i = 0; i < 1500; i += 3) {
        fs.unlink(many, bytes("a-rather-long-file-name-" + i));
      }
    }
    E2fsprogs.assertClean(image());
    assertTrue(E2fsprogs.debugfs(image(), "stat /many").contains("Flags: 0x1000"));
    try (BlockDevice device = BlockDevices.openFile(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode many = Volumes.find(fs, "many");
      for (int i = 0; i < 1000; i++) {
        fs.create(many, bytes("new-file-" + i), 0644, 0, 0);
      }
      assertEquals(2002, Volumes.names(fs, many).size());
    }
    E2fsprogs.assertClean(image());
    assertTrue(E2fsprogs.debugfs(image(), "stat /many").contains("Flags: 0x0"));
  }

  @Test
  void debugfsReadsWhatIsWrittenHere() throws IOException {
    byte[] data = Volumes.random(2_000_000, 8);
    try (BlockDevice device = BlockDevices.createFile(image(), 64 << 20)) {
      Ext2.format(device, Volumes.FIXED);
      try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
        Ext2Inode dir = fs.mkdir(fs.root(), bytes("dir"), 0750, 10, 20);
        Ext2Inode file = fs.create(dir, bytes("file"), 0640, 1000, 100_000);
        fs.write(file, 0, ByteBuffer.wrap(data));
        fs.setXattr(file, bytes("user.colour"), bytes("blue"), XattrMode.SET);
        fs.setXattr(file, bytes("user.long"), bytes("y".repeat(1000)), XattrMode.SET);
        fs.symlink(dir, bytes("link"), bytes("file"), 0, 0);
        fs.mknod(dir, bytes("null"), FileType.CHARACTER_DEVICE.mode() | 0666, 0x103, 0, 0);
      }
    }
    E2fsprogs.assertClean(image());
    Path copy = folder.resolve("copy");
    E2fsprogs.debugfs(image(), "dump /dir/file " + copy);
    assertArrayEquals(data, Files.readAllBytes(copy));
    String stat = E2fsprogs.debugfs(image(), "stat /dir/file");
    assertTrue(stat.contains("Mode:  0640"), stat);
    assertTrue(stat.contains("User:  1000   Group: 100000"), stat);
    assertTrue(stat.contains("user.colour (4) = \"blue\""), stat);
    assertTrue(E2fsprogs.debugfs(image(), "stat /dir/link").contains("\"file\""));
    assertTrue(
        E2fsprogs.debugfs(image(), "stat /dir/null").contains("Device major/minor number: 01:03"));
    assertTrue(E2fsprogs.debugfs(image(), "ea_list /dir/file").contains("user.long (1000)"));
  }

  @Test
  void attributesOfDebugfsReadHere() throws IOException {
    E2fsprogs.mke2fs(image(), 8 << 20, "-d", makeTree(3).toString());
    E2fsprogs.Result set =
        E2fsprogs.run("debugfs", "-w", "-R", "ea_set /a/small user.note hello", image().toString());
    assertEquals(0, set.status(), set.output());
    byte[] acl = {2, 0, 0, 0, 1, 0, 6, 0, -1, -1, -1, -1, 2, 0, 4, 0, -24, 3, 0, 0};
    try (BlockDevice device = BlockDevices.openFile(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode file = Volumes.find(fs, "a/small");
      assertArrayEquals(bytes("hello"), fs.getXattr(file, bytes("user.note")));
      fs.setXattr(file, bytes("system.posix_acl_access"), acl, XattrMode.CREATE);
      assertReason(
          Reason.EEXIST, () -> fs.setXattr(file, bytes("user.note"), bytes(""), XattrMode.CREATE));
      assertReason(Reason.ENODATA, () -> fs.removeXattr(file, bytes("user.none")));
      assertReason(
          Reason.EOPNOTSUPP, () -> fs.setXattr(file, bytes("other.x"), bytes(""), XattrMode.SET));
      assertReason(
          Reason.ENOSPC,
          () -> fs.setXattr(file, bytes("user.huge"), new byte[5000], XattrMode.SET));
    }
    E2fsprogs.assertClean(image());
    try (BlockDevice device = BlockDevices.openFileReadOnly(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      Ext2Inode file = Volumes.find(fs, "a/small");
      assertArrayEquals(acl, fs.getXattr(file, bytes("system.posix_acl_access")));
      assertEquals(2, fs.listXattr(file).size());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^resize_inode",
        "^dir_index",
        "^filetype",
        "^sparse_super,^resize_inode",
        "^ext_attr",
        "^large_file",
        "sparse_super2"
      })
  void otherFeatureSetsWork(String features) throws IOException {
    E2fsprogs.mke2fs(image(), 20 << 20, "-b", "1024", "-O", features);
    try (BlockDevice device = BlockDevices.openFile(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      for (String feature : features.split(",", -1)) {
        String name = feature.replace("^", "");
        assertEquals(name.equals(feature), fs.info().features().contains(name), name);
      }
      Ext2Inode dir = fs.mkdir(fs.root(), bytes("dir"), 0755, 0, 0);
      for (int i = 0; i < 50; i++) {
        Ext2Inode file = fs.create(dir, bytes("file" + i), 0644, 0, 0);
        fs.write(file, 0, ByteBuffer.wrap(Volumes.random(10_000, i)));
      }
      fs.symlink(dir, bytes("link"), bytes("file"), 0, 0);
      fs.truncate(fs.create(dir, bytes("sparse"), 0600, 0, 0), 3L << 30);
    }
    E2fsprogs.assertClean(image());
  }

  @Test
  void unsupportedFeaturesAreNamed() throws IOException {
    E2fsprogs.mke2fs(image(), 20 << 20, "-t", "ext4", "-O", "ea_inode,encrypt");
    try (BlockDevice device = BlockDevices.openFileReadOnly(image())) {
      Ext2Exception e =
          assertThrows(
              Ext2Exception.class, () -> Ext2FileSystem.open(device, MountOptions.readOnly()));
      assertEquals(Reason.EINVAL, e.reason());
      assertTrue(String.valueOf(e.getMessage()).contains("ea_inode, encrypt"), e.toString());
    }
    E2fsprogs.mke2fs(image(), 20 << 20, "-O", "quota");
    try (BlockDevice device = BlockDevices.openFile(image())) {
      assertReason(Reason.EROFS, () -> Ext2FileSystem.open(device, MountOptions.readWrite()));
      Ext2FileSystem.open(device, MountOptions.readOnly()).close();
    }
  }

  @Test
  void ext3WithoutItsJournalIsWritten() throws IOException {
    E2fsprogs.mke2fs(image(), 20 << 20, "-t", "ext3");
    try (BlockDevice device = BlockDevices.openFile(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      assertTrue(fs.info().features().contains("has_journal"));
      Volumes.write(fs, "file", Volumes.random(100_000, 1));
    }
    E2fsprogs.assertClean(image());
  }

  @Test
  void mountingWithoutAChangeWritesNothing() throws IOException {
    E2fsprogs.mke2fs(image(), 4 << 20, "-d", makeTree(3).toString());
    byte[] before = Files.readAllBytes(image());
    try (BlockDevice device = BlockDevices.openFile(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Volumes.readAll(fs, Volumes.find(fs, "a/small"));
      fs.sync();
      assertNotNull(fs.root());
    }
    assertArrayEquals(before, Files.readAllBytes(image()));
  }

  /** What a crash leaves while a deleted file is still open. */
  @Test
  void orphansAreFreedByE2fsckAndByTheNextMount() throws IOException {
    Path crashed = folder.resolve("crashed");
    try (BlockDevice device = BlockDevices.createFile(image(), 16 << 20)) {
      Ext2.format(device, Volumes.FIXED);
      Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite());
      for (int i = 0; i < 5; i++) {
        Ext2Inode file = Volumes.write(fs, "f" + i, Volumes.random(100_000, i));
        file.retain();
        fs.unlink(fs.root(), bytes("f" + i));
        if (i == 2) {
          file.release();
        }
      }
      fs.sync();
      Files.copy(image(), crashed);
      fs.close();
    }
    E2fsprogs.assertClean(image());
    Files.copy(crashed, image(), StandardCopyOption.REPLACE_EXISTING);
    E2fsprogs.Result repaired = E2fsprogs.run("e2fsck", "-p", image().toString());
    assertTrue(repaired.status() <= 1, repaired.output());
    E2fsprogs.assertClean(image());
    try (BlockDevice device = BlockDevices.openFile(crashed);
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      assertFalse(fs.info().cleanAtMount());
      assertEquals(fs.status().inodes() - 11, fs.status().freeInodes());
    }
    E2fsprogs.assertClean(crashed);
  }

  /** Over an overlay, the disk after a kill is whole, whatever was going on. */
  @ParameterizedTest
  @ValueSource(strings = {"ext2", "ext4"})
  void overlayIsWholeAtEverySync(String type) throws IOException {
    Path overlay = folder.resolve("overlay");
    E2fsprogs.mke2fs(image(), 16 << 20, "-t", type);
    try (BlockDevice base = BlockDevices.openFile(image())) {
      byte[] before = Files.readAllBytes(image());
      try (BlockDevice device = BlockDevices.fileOverlay(base, overlay)) {
        ModelSession session =
            new ModelSession(device, MountOptions.readWrite().withCacheBytes(1 << 20), 99);
        for (int i = 0; i < 4; i++) {
          session.run(150);
          session.fs().sync();
          session.run(20);
          Path copy = folder.resolve("copy" + i);
          Files.copy(overlay, copy);
          try (BlockDevice afterKill = BlockDevices.fileOverlay(base, copy)) {
            Path flat = folder.resolve("flat");
            Volumes.save(afterKill, flat);
            E2fsprogs.run("e2fsck", "-p", flat.toString()); // open files without names
            E2fsprogs.assertClean(flat);
            try (Ext2FileSystem again = Ext2FileSystem.open(afterKill, MountOptions.readWrite())) {
              assertTrue(again.info().cleanAtMount());
            }
          }
        }
        session.close();
        Volumes.assertClean(device, folder);
      }
      assertArrayEquals(before, Files.readAllBytes(image()));
    }
  }
}
