package io.rookery.ext2;

import static io.rookery.ext2.Volumes.assertReason;
import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes as today's {@code mke2fs -t ext4} makes them, read here. */
class Ext4Test {
  private static final LinkOption NO_FOLLOW = LinkOption.NOFOLLOW_LINKS;

  @TempDir Path folder;

  private Path image() {
    return folder.resolve("image");
  }

  private Path makeTree(int many) throws IOException {
    return makeTree(many, 5_000_000_000L);
  }

  private Path makeTree(int many, long sparseSize) throws IOException {
    Path tree = folder.resolve("tree");
    Files.createDirectories(tree.resolve("a/b/c"));
    Files.write(tree.resolve("empty"), new byte[0]);
    Files.write(tree.resolve("a/tiny"), Volumes.random(33, 4));
    Files.write(tree.resolve("a/small"), Volumes.random(100, 1));
    Files.write(tree.resolve("a/b/large"), Volumes.random(3_000_000, 2));
    Files.createSymbolicLink(tree.resolve("fast"), Path.of("a/small"));
    Files.createSymbolicLink(tree.resolve("medium"), Path.of("y".repeat(70)));
    Files.createSymbolicLink(tree.resolve("slow"), Path.of("x".repeat(200)));
    Files.createLink(tree.resolve("a/b/c/second-name"), tree.resolve("a/small"));
    try (RandomAccessFile sparse = new RandomAccessFile(tree.resolve("sparse").toFile(), "rw")) {
      for (int i = 0; i < 700; i++) { // extents enough for two levels
        sparse.seek(i * 3L * 4096);
        sparse.write(Volumes.random(1000, i));
      }
      sparse.setLength(Math.max(sparse.length(), sparseSize));
    }
    Path directory = Files.createDirectory(tree.resolve("many"));
    for (int i = 0; i < many; i++) {
      Files.writeString(directory.resolve("a-rather-long-file-name-" + i), "content " + i);
    }
    return tree;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-b 1024",
        "-b 2048",
        "-b 4096",
        "-b 1024 -O inline_data",
        "-b 4096 -O inline_data -I 512",
        "-b 1024 -O ^metadata_csum,uninit_bg",
        "-b 1024 -O ^64bit,^flex_bg",
        "-b 1024 -O ^extent,^64bit",
        "-b 1024 -O meta_bg,^resize_inode",
        "-b 1024 -O sparse_super2",
        "-b 4096 -O project,large_dir,metadata_csum_seed",
        "-b 1024 -O ^has_journal -G 4"
      })
  void treeMadeByMke2fsReadsBack(String options) throws IOException {
    // With inline data, mke2fs 1.47 loses a hole at the end.
    Path tree = makeTree(300, options.contains("inline_data") ? 0 : 5_000_000_000L);
    List<String> arguments = new ArrayList<>(List.of("-t", "ext4", "-d", tree.toString()));
    arguments.addAll(List.of(options.split(" ", -1)));
    E2fsprogs.mke2fs(image(), 64 << 20, arguments.toArray(String[]::new));
    E2fsprogs.run("e2fsck", "-fyD", image().toString()); // makes indexed directories
    compareTree(tree, 314);
  }

  private void compareTree(Path tree, int expected) throws IOException {
    try (BlockDevice device = BlockDevices.openFileReadOnly(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly());
        Stream<Path> paths = Files.walk(tree)) {
      int compared = 0;
      for (Path path : paths.toList()) {
        compare(fs, path, Volumes.find(fs, tree.relativize(path).toString()));
        compared++;
      }
      assertEquals(expected, compared);
    }
  }

  private static void compare(Ext2FileSystem fs, Path path, Ext2Inode inode) throws IOException {
    Ext2Attributes attributes = inode.attributes();
    assertEquals(Files.getAttribute(path, "unix:mode", NO_FOLLOW), attributes.mode());
    if (Files.isSymbolicLink(path)) {
      assertArrayEquals(bytes(Files.readSymbolicLink(path).toString()), fs.readlink(inode));
    } else if (Files.isRegularFile(path)) {
      assertEquals(Files.size(path), attributes.size());
      assertEquals(Files.getAttribute(path, "unix:nlink"), attributes.links());
      compareContents(fs, path, inode);
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

  /** Where there is data; and that the rest is a hole that reads as zeros. */
  private static void compareContents(Ext2FileSystem fs, Path path, Ext2Inode inode)
      throws IOException {
    int chunk = 1 << 20;
    long size = Files.size(path);
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      for (long at = 0; at < Math.min(size, 10L << 20); at += chunk) {
        byte[] expected = new byte[(int) Math.min(chunk, size - at)];
        file.seek(at);
        file.readFully(expected);
        ByteBuffer found = ByteBuffer.allocate(expected.length);
        assertEquals(expected.length, fs.read(inode, at, found));
        assertArrayEquals(expected, found.array(), path + " at " + at);
      }
    }
    if (size > 10L << 20) {
      assertReason(Reason.ENXIO, () -> fs.seekData(inode, 10L << 20));
      assertEquals(0, fs.seekHole(inode, 1 << 20) % 1024);
    }
  }

  /** debugfs writes transactions that only the journal has; e2fsck replays them on a copy. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "-O ^64bit,^metadata_csum",
        "-O 64bit,^metadata_csum",
        "-O 64bit,metadata_csum",
        "-b 4096"
      })
  void journalIsReplayedInMemory(String options) throws IOException {
    Path tree = makeTree(20);
    List<String> arguments =
        new ArrayList<>(List.of("-t", "ext4", "-b", "1024", "-d", tree.toString()));
    arguments.addAll(List.of(options.split(" ", -1)));
    E2fsprogs.mke2fs(image(), 64 << 20, arguments.toArray(String[]::new));
    String[] blocks = E2fsprogs.debugfs(image(), "blocks /a/b/large").strip().split("\\s+", -1);
    String list = String.join(",", List.of(blocks).subList(blocks.length - 40, blocks.length - 20));
    String some = String.join(",", List.of(blocks).subList(blocks.length - 30, blocks.length - 25));
    Path data = folder.resolve("data");
    Files.write(data, Volumes.random(20 * 4096, 9));
    Path magic = folder.resolve("magic");
    ByteBuffer escaped = ByteBuffer.allocate(5 * 4096);
    for (int at = 0; at < escaped.capacity(); at += 1024) {
      escaped.putInt(at, 0xC03B3998);
    }
    Files.write(magic, escaped.array());
    String checksums = options.contains("^metadata_csum") ? "" : " -c -v 3";
    Path script = folder.resolve("script");
    Files.writeString(
        script,
        "jo%s\njw -b %s %s\njw -r %s\njw -b %s %s\njc\n"
            .formatted(checksums, list, data, some, some, magic));
    E2fsprogs.run("debugfs", "-w", "-f", script.toString(), image().toString());
    byte[] before = Files.readAllBytes(image());
    byte[] large;
    try (BlockDevice device = BlockDevices.openFileReadOnly(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      assertTrue(fs.info().features().contains("needs_recovery"), fs.info().toString());
      large = Volumes.readAll(fs, Volumes.find(fs, "a/b/large"));
    }
    assertArrayEquals(before, Files.readAllBytes(image()));
    assertTrue(E2fsprogs.run("e2fsck", "-fy", image().toString()).status() <= 1);
    Path dump = folder.resolve("dump");
    E2fsprogs.debugfs(image(), "dump /a/b/large " + dump);
    byte[] expected = Files.readAllBytes(dump);
    assertArrayEquals(expected, large);
    assertTrue(!Arrays.equals(expected, Files.readAllBytes(tree.resolve("a/b/large"))));
  }

  /** Damage is found, or changes nothing: no other exceptions, and no wrong contents. */
  @Test
  void damagedVolumesGiveTypedErrors() throws IOException {
    Path tree = makeTree(60);
    int rounds = Volumes.full() ? 20_000 : 15;
    for (String options : List.of("inline_data", "^metadata_csum", "^64bit,^flex_bg")) {
      E2fsprogs.mke2fs(
          image(),
          6 << 20,
          "-t",
          "ext4",
          "-b",
          "1024",
          "-N",
          "200",
          "-O",
          options,
          "-d",
          tree.toString());
      byte[] good = Files.readAllBytes(image());
      for (int seed = 0; seed < rounds; seed++) {
        Random random = new Random(seed);
        byte[] bad = good.clone();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
          // Most metadata are in front; the rest is data, or directories and extents.
          int at = random.nextInt(random.nextInt(4) == 0 ? bad.length : 200 << 10);
          switch (random.nextInt(3)) {
            case 0 -> bad[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bad[at] = (byte) random.nextInt();
            default -> Arrays.fill(bad, at, Math.min(bad.length, at + 4), (byte) -1);
          }
        }
        try {
          use(bad);
          Ext2.check(HostileImages.device(bad));
        } catch (RuntimeException | Error e) {
          fail(options + ", seed " + seed, e);
        }
      }
    }
  }

  private static void use(byte[] image) throws IOException {
    MountOptions reading = MountOptions.readOnly().withCacheBytes(1 << 20);
    try (BlockDevice device = HostileImages.device(image);
        Ext2FileSystem fs = Ext2FileSystem.open(device, reading)) {
      new HostileVolumeTest.Visitor(fs).visit(fs.root(), 0);
    } catch (Ext2Exception e) {
      HostileVolumeTest.requireDamage(e);
    }
  }

  @Test
  void xattrsAreRead() throws IOException {
    E2fsprogs.mke2fs(image(), 16 << 20, "-t", "ext4", "-d", makeTree(2).toString());
    Path value = folder.resolve("value");
    Files.write(value, Volumes.random(700, 3));
    E2fsprogs.run("debugfs", "-w", "-R", "ea_set /a/small user.short blue", image().toString());
    E2fsprogs.run(
        "debugfs", "-w", "-R", "ea_set -f " + value + " /a/small user.long", image().toString());
    try (BlockDevice device = BlockDevices.openFileReadOnly(image());
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      Ext2Inode file = Volumes.find(fs, "a/small");
      assertArrayEquals(bytes("blue"), fs.getXattr(file, bytes("user.short")));
      byte[] large = fs.getXattr(file, bytes("user.long"));
      assertNotNull(large);
      assertArrayEquals(Volumes.random(700, 3), large);
      assertEquals(2, fs.listXattr(file).size());
    }
  }

  private static Ext2Inode find(Ext2FileSystem fs, Ext2Inode dir, String name) throws IOException {
    Ext2Inode found = fs.lookup(dir, bytes(name));
    assertNotNull(found, name);
    return found;
  }

  /** Every file with its attributes, as text; contents as a hash. */
  private static Map<String, String> contents(Path image) throws IOException {
    Map<String, String> found = new TreeMap<>();
    try (BlockDevice device = BlockDevices.openFileReadOnly(image);
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      collect(fs, fs.root(), "", found);
    }
    return found;
  }

  private static void collect(
      Ext2FileSystem fs, Ext2Inode inode, String path, Map<String, String> found)
      throws IOException {
    Ext2Attributes a = inode.attributes();
    StringBuilder text =
        new StringBuilder(
            "%o %d %d %d %d".formatted(a.mode(), a.uid(), a.links(), a.size(), a.rdev()));
    for (byte[] name : fs.listXattr(inode)) {
      text.append(' ').append(new String(name, StandardCharsets.UTF_8));
      text.append(Arrays.hashCode(fs.getXattr(inode, name)));
    }
    switch (a.type()) {
      case REGULAR -> {
        ByteBuffer data = ByteBuffer.allocate((int) Math.min(a.size(), 20 << 20));
        fs.read(inode, 0, data);
        text.append(' ').append(Arrays.hashCode(data.array()));
      }
      case SYMLINK -> text.append(' ').append(Arrays.hashCode(fs.readlink(inode)));
      case DIRECTORY -> {
        for (String name : Volumes.names(fs, inode)) {
          if (!name.equals(".") && !name.equals("..")) {
            collect(fs, find(fs, inode, name), path + "/" + name, found);
          }
        }
      }
      default -> {}
    }
    found.put(path, text.toString());
  }

  /** The host's own driver writes, and is cut off; both images are as e2fsck has them. */
  @ParameterizedTest
  @ValueSource(
      strings = {"-b 1024", "-b 4096 -O inline_data", "-b 1024 -O ^metadata_csum,uninit_bg"})
  void whatTheHostsDriverWritesIsRead(String options) throws IOException {
    List<String> arguments = new ArrayList<>(List.of("-t", "ext4", "-I", "256"));
    arguments.addAll(List.of(options.split(" ", -1)));
    E2fsprogs.mke2fs(image(), 64 << 20, arguments.toArray(String[]::new));
    Path mount = Files.createDirectory(folder.resolve("mount"));
    String at = mount.toString();
    E2fsprogs.Result mounted = E2fsprogs.run("mount", "-o", "loop", image().toString(), at);
    assumeTrue(mounted.status() == 0, "no loop mounts here: " + mounted.output());
    Path crashed = folder.resolve("crashed");
    Map<String, String> expected = new TreeMap<>();
    try {
      E2fsprogs.run("cp", "-a", makeTree(3000) + "/.", at);
      E2fsprogs.run("mknod", at + "/null", "c", "1", "300");
      E2fsprogs.run("fallocate", "-l", "300000", at + "/unwritten");
      UserDefinedFileAttributeView view =
          Files.getFileAttributeView(mount.resolve("a/small"), UserDefinedFileAttributeView.class);
      view.write("short", ByteBuffer.wrap(bytes("blue")));
      view.write("long", ByteBuffer.wrap(Volumes.random(700, 3)));
      Random random = new Random(1);
      for (int i = 0; i < 400; i++) { // fragments
        try (RandomAccessFile file =
            new RandomAccessFile(mount.resolve("fragments" + i % 4).toFile(), "rw")) {
          file.seek(random.nextInt(4_000_000));
          file.write(Volumes.random(random.nextInt(9000), i));
          if (i % 20 == 0) {
            file.getFD().sync();
          }
        }
      }
      E2fsprogs.run("sync", "-f", at);
      for (int i = 0; i < 2000; i += 2) {
        Files.delete(mount.resolve("many/a-rather-long-file-name-" + i));
      }
      try (RandomAccessFile file =
          new RandomAccessFile(mount.resolve("fragments1").toFile(), "rw")) {
        file.setLength(777_777);
        file.getFD().sync(); // commits to the journal, and writes in place later
      }
      Files.copy(image(), crashed);
      for (String name : List.of("a/small", "a/b/large", "fragments0", "fragments2", "unwritten")) {
        expected.put("/" + name, "" + Arrays.hashCode(Files.readAllBytes(mount.resolve(name))));
      }
    } finally {
      E2fsprogs.run("umount", at);
    }
    Map<String, String> closed = contents(image());
    expected.forEach((name, hash) -> assertTrue(closed.get(name).endsWith(" " + hash), name));
    assertTrue(closed.get("/a/small").contains("user.long"), closed.get("/a/small"));
    try (BlockDevice device = BlockDevices.openFileReadOnly(image())) {
      assertEquals(List.of(), Ext2.check(device).problems());
    }
    try (BlockDevice device = BlockDevices.openFileReadOnly(crashed)) {
      assertTrue(Ext2.check(device).needsRecovery());
    }

    Map<String, String> replayed = contents(crashed);
    E2fsprogs.run("e2fsck", "-fy", crashed.toString());
    assertEquals(contents(crashed), replayed);
    assertEquals(closed, replayed);
  }
}
