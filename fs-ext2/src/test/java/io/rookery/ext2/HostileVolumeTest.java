package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.layout.InodeLayout;
import io.rookery.ext2.layout.LittleEndian;
import io.rookery.ext2.layout.SuperblockLayout;
import io.rookery.ext2.layout.XattrLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged volumes give exceptions of the declared types: no other exception, no endless loop. */
class HostileVolumeTest {
  private static final int SIZE = 1 << 20;

  private static byte[] good = new byte[0];

  @BeforeAll
  static void makeGood() throws IOException {
    good = HostileImages.good();
  }

  /** Uses everything that a volume offers; refusals are fine. */
  private static void use(byte[] image, long seed) throws IOException {
    MountOptions reading = MountOptions.readOnly().withCacheBytes(1 << 20);
    try (BlockDevice device = HostileImages.device(image);
        Ext2FileSystem fs = Ext2FileSystem.open(device, reading)) {
      new Visitor(fs).visit(fs.root(), 0);
    } catch (Ext2Exception e) {
      requireDamage(e);
    }
    MountOptions writing = MountOptions.readWrite().withCacheBytes(1 << 20);
    try (BlockDevice device = HostileImages.device(image);
        Ext2FileSystem fs = Ext2FileSystem.open(device, writing)) {
      new Vandal(fs, new Random(seed), 30).run();
    } catch (Ext2Exception e) {
      requireDamage(e);
    }
  }

  static void requireDamage(Ext2Exception e) {
    switch (e.reason()) {
      case EUCLEAN, EINVAL, ENOENT, EROFS, ENOSPC -> {}
      default -> throw new AssertionError(e);
    }
  }

  /** Reads a tree, each directory once. */
  static final class Visitor {
    private static final int MAX_READ = 1 << 18;

    private final Ext2FileSystem fs;
    private final ByteBuffer buffer;
    private final Set<Long> seen = new HashSet<>();

    Visitor(Ext2FileSystem fs) {
      this(fs, MAX_READ);
    }

    /** {@code maxRead}: so much of the beginning and of the end of each file is read. */
    Visitor(Ext2FileSystem fs, int maxRead) {
      this.fs = fs;
      this.buffer = ByteBuffer.allocate(maxRead);
    }

    void visit(Ext2Inode inode, int depth) throws IOException {
      if (!seen.add(inode.number()) || depth > 50) {
        return;
      }
      inode.attributes();
      try {
        for (byte[] name : fs.listXattr(inode)) {
          fs.getXattr(inode, name);
        }
        switch (inode.type()) {
          case REGULAR -> {
            fs.read(inode, 0, buffer.clear());
            fs.read(inode, Math.max(0, inode.size() - buffer.capacity()), buffer.clear());
            if (inode.size() > 0) {
              fs.seekHole(inode, 0);
            }
          }
          case SYMLINK -> fs.readlink(inode);
          case DIRECTORY -> {
            for (String name : Volumes.names(fs, inode)) {
              visitEntry(inode, name, depth);
            }
          }
          default -> {}
        }
      } catch (Ext2Exception e) {
        requireDamage(e);
      }
    }

    private void visitEntry(Ext2Inode dir, String name, int depth) throws IOException {
      try {
        Ext2Inode child = fs.lookup(dir, bytes(name));
        if (child != null) {
          visit(child, depth + 1);
        }
      } catch (Ext2Exception e) {
        if (e.reason() != Reason.ENAMETOOLONG) { // a damaged name that is no UTF-8
          requireDamage(e);
        }
      }
    }
  }

  /** Changes a damaged volume. */
  static final class Vandal {
    private interface Change {
      void run() throws IOException;
    }

    private final Ext2FileSystem fs;
    private final Random random;
    private final int rounds;

    Vandal(Ext2FileSystem fs, Random random, int rounds) {
      this.fs = fs;
      this.random = random;
      this.rounds = rounds;
    }

    void run() throws IOException {
      Ext2Inode dir = Volumes.find(fs, "dir");
      for (int i = 0; i < rounds; i++) {
        String name = "name" + 2 * random.nextInt(30);
        String fresh = "fresh" + i;
        attempt(() -> fs.unlink(dir, bytes(name)));
        attempt(() -> fs.truncate(Volumes.find(fs, "dir/" + name), random.nextInt(20_000)));
        attempt(
            () ->
                fs.write(
                    Volumes.find(fs, "dir/" + name),
                    random.nextInt(300_000),
                    ByteBuffer.allocate(5000)));
        attempt(() -> fs.create(dir, bytes(fresh), 0644, 0, 0));
        attempt(
            () ->
                fs.setXattr(
                    Volumes.find(fs, "dir/" + fresh),
                    bytes("user.y"),
                    new byte[300],
                    XattrMode.SET));
        attempt(
            () ->
                fs.rename(
                    dir,
                    bytes(fresh),
                    Volumes.find(fs, "dir/below"),
                    bytes("name" + random.nextInt(60)),
                    RenameMode.REPLACE));
      }
      attempt(
          () -> fs.rename(fs.root(), bytes("dir"), fs.root(), bytes("moved"), RenameMode.EXCHANGE));
      attempt(() -> fs.truncate(Volumes.find(fs, "dir/sparse"), 0));
      attempt(() -> fs.unlink(fs.root(), bytes("slow")));
      attempt(() -> fs.rmdir(fs.root(), bytes("lost+found")));
      attempt(() -> fs.mkdir(fs.root(), bytes("new"), 0755, 0, 0));
      fs.sync();
    }

    private static void attempt(Change change) throws IOException {
      try {
        change.run();
      } catch (Ext2Exception e) {
        if (e.reason() == Reason.EIO) {
          throw e;
        }
      }
    }
  }

  @Test
  void changedBytes() {
    int rounds = Volumes.full() ? 200_000 : 400;
    assertTimeoutPreemptively(
        Duration.ofMinutes(5).plusMillis(rounds * 20L),
        () -> {
          for (int seed = 0; seed < rounds; seed++) {
            try {
              use(HostileImages.damaged(good, new Random(seed)), seed);
            } catch (RuntimeException | Error e) {
              throw new AssertionError("seed " + seed, e);
            }
          }
        });
  }

  @Test
  void truncated() throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < 60; i++) {
      use(Arrays.copyOf(good, i < 20 ? i * 200 : random.nextInt(SIZE)), i);
    }
  }

  @Test
  void random() throws IOException {
    for (int seed = 0; seed < 100; seed++) {
      byte[] image = Volumes.random(64 << 10, seed);
      LittleEndian.put16(
          image, SuperblockLayout.OFFSET + SuperblockLayout.MAGIC, SuperblockLayout.MAGIC_VALUE);
      use(image, seed);
    }
  }

  /** A pointer block that is its own child, at every level. */
  @ParameterizedTest
  @ValueSource(ints = {12, 13, 14})
  void loopsOfPointerBlocks(int slot) throws IOException {
    BlockDevice device = Volumes.formatted(SIZE, 1024);
    long block;
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode file = Volumes.write(fs, "f", Volumes.random(20_000, 1));
      block = LittleEndian.u32(file.raw(), InodeLayout.BLOCK + 12 * 4);
      synchronized (file) {
        LittleEndian.put32(file.raw(), InodeLayout.BLOCK + slot * 4, block);
        LittleEndian.put32(file.raw(), InodeLayout.SIZE, 0);
        LittleEndian.put32(file.raw(), InodeLayout.SIZE_HIGH, 3);
        file.dirty();
      }
    }
    byte[] self = new byte[1024];
    for (int i = 0; i < 256; i++) {
      LittleEndian.put32(self, i * 4, block);
    }
    device.write(block * 1024, ByteBuffer.wrap(self));
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
            Ext2Inode file = Volumes.find(fs, "f");
            fs.seekHole(file, 0);
            fs.read(file, 0, ByteBuffer.allocate(1 << 20));
            Volumes.assertReason(Reason.EUCLEAN, () -> fs.truncate(file, 0));
          }
        });
  }

  @Test
  void directoryLoops() throws IOException {
    BlockDevice device = Volumes.formatted(SIZE, 1024);
    byte[] number = new byte[4];
    long block;
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode a = fs.mkdir(fs.root(), bytes("a"), 0755, 0, 0);
      Ext2Inode b = fs.mkdir(a, bytes("b"), 0755, 0, 0);
      block = LittleEndian.u32(a.raw(), InodeLayout.BLOCK);
      LittleEndian.put32(number, 0, b.number());
    }
    device.write(block * 1024 + 12, ByteBuffer.wrap(number)); // the parent of a is b
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode b = Volumes.find(fs, "a/b");
      fs.mkdir(fs.root(), bytes("c"), 0755, 0, 0);
      Volumes.assertReason(
          Reason.EUCLEAN,
          () -> fs.rename(fs.root(), bytes("c"), b, bytes("d"), RenameMode.REPLACE));
    }
  }

  /** A file whose first block is also a directory's, which is indexed in memory by then. */
  @Test
  void aFileInADirectorysBlock() throws IOException {
    BlockDevice device = Volumes.formatted(SIZE, 1024);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode dir = fs.mkdir(fs.root(), bytes("dir"), 0755, 0, 0);
      fs.create(dir, bytes("name"), 0644, 0, 0);
      Ext2Inode file = Volumes.write(fs, "file", new byte[10]);
      synchronized (file) {
        LittleEndian.put32(
            file.raw(), InodeLayout.BLOCK, LittleEndian.u32(dir.raw(), InodeLayout.BLOCK));
      }
      assertTimeoutPreemptively(
          Duration.ofSeconds(60),
          () -> {
            for (byte fill : new byte[] {0, 4, 12, -1}) {
              byte[] block = new byte[1024];
              Arrays.fill(block, fill);
              fs.write(file, 0, ByteBuffer.wrap(block));
              Volumes.assertReason(
                  Reason.EUCLEAN, () -> fs.create(dir, bytes("fresh"), 0644, 0, 0));
            }
          });
    }
  }

  @Test
  void anAttributeNameThatIsTooLong() throws IOException {
    BlockDevice device = Volumes.formatted(SIZE, 1024);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode file = fs.create(fs.root(), bytes("file"), 0644, 0, 0);
      fs.setXattr(file, bytes("user." + "x".repeat(250)), new byte[1], XattrMode.SET);
      fs.setXattr(file, bytes("user.short"), new byte[1], XattrMode.SET);
      fs.sync();
      byte[] block = new byte[1024];
      device.read(file.xattrBlock() * 1024, ByteBuffer.wrap(block));
      block[XattrLayout.BLOCK_HEADER_SIZE + XattrLayout.ENTRY_NAME_LENGTH] = (byte) 252;
      device.write(file.xattrBlock() * 1024, ByteBuffer.wrap(block));
    }
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      Ext2Inode file = Volumes.find(fs, "file");
      assertEquals(
          List.of("user.short"),
          fs.listXattr(file).stream().map(n -> new String(n, StandardCharsets.UTF_8)).toList());
    }
  }
}
