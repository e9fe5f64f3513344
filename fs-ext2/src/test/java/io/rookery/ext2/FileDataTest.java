package io.rookery.ext2;

import static io.rookery.ext2.Volumes.assertReason;
import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2Exception.Reason;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileDataTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1024, 2048, 4096, 65536})
  void triplyIndirectBlocks(int blockSize) throws IOException {
    BlockDevice device = Volumes.formatted(32 << 20, blockSize);
    byte[] data = Volumes.random(3 * blockSize + 17, 5);
    long pointers = blockSize / 4;
    long[] blocks = {
      0,
      11,
      12 + pointers - 1,
      12 + pointers + pointers * pointers - 2,
      12 + pointers + pointers * pointers + 5 * pointers,
    };
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode file = fs.create(fs.root(), bytes("sparse"), 0644, 0, 0);
      for (long block : blocks) {
        if (block * blockSize < fsLimit(blockSize)) {
          assertEquals(data.length, fs.write(file, block * blockSize + 100, wrap(data)));
        }
      }
    }
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode file = Volumes.find(fs, "sparse");
      long last = 0;
      for (long block : blocks) {
        if (block * blockSize < fsLimit(blockSize)) {
          last = block * blockSize + 100;
          ByteBuffer read = ByteBuffer.allocate(data.length);
          assertEquals(data.length, fs.read(file, last, read));
          if (block != 0) {
            assertTrue(Arrays.equals(data, read.array()));
          }
        }
      }
      assertEquals(last + data.length, file.size());
      assertEquals(last - 100, fs.seekData(file, last - 100));
      assertReason(Reason.ENXIO, () -> fs.seekData(file, file.size()));
      Volumes.assertClean(close(fs, device), folder);
    }
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      long free = fs.status().freeBlocks();
      Ext2Inode file = Volumes.find(fs, "sparse");
      long used = file.attributes().blocks512() / (blockSize / 512);
      fs.truncate(file, 5);
      assertEquals(free + used - 1, fs.status().freeBlocks());
      fs.unlink(fs.root(), bytes("sparse"));
      assertEquals(free + used, fs.status().freeBlocks());
    }
    Volumes.assertClean(device, folder);
  }

  private static long fsLimit(int blockSize) {
    return blockSize == 65536 ? 1L << 41 : Long.MAX_VALUE;
  }

  private static BlockDevice close(Ext2FileSystem fs, BlockDevice device) throws IOException {
    fs.close();
    return device;
  }

  private static ByteBuffer wrap(byte[] data) {
    return ByteBuffer.wrap(data);
  }

  @Test
  void sizesAreLimited() throws IOException {
    BlockDevice device = Volumes.formatted(4 << 20, 1024);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode file = fs.create(fs.root(), bytes("f"), 0644, 0, 0);
      long max = (12 + 256 + 256 * 256 + 256L * 256 * 256) * 1024;
      fs.truncate(file, max);
      assertEquals(max, file.size());
      assertReason(Reason.EFBIG, () -> fs.truncate(file, max + 1));
      assertReason(Reason.EFBIG, () -> fs.write(file, max, wrap(new byte[1])));
      assertEquals(3, fs.write(file, max - 3, wrap(new byte[10])));
      assertReason(Reason.EINVAL, () -> fs.truncate(file, -1));
      assertReason(Reason.EINVAL, () -> fs.read(file, -1, wrap(new byte[1])));
      assertReason(Reason.EISDIR, () -> fs.read(fs.root(), 0, wrap(new byte[1])));
      assertEquals(0, fs.read(file, max + 10, wrap(new byte[1])));
      assertEquals(0, fs.read(file, 0, wrap(new byte[0])));
    }
    Volumes.assertClean(device, folder);
  }

  @Test
  void fullVolumeIsEnospcAndRecovers() throws IOException {
    BlockDevice device = Volumes.formatted(2 << 20, 1024);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      long free = fs.status().freeBlocks();
      Ext2Inode file = fs.create(fs.root(), bytes("f"), 0644, 0, 0);
      byte[] chunk = Volumes.random(100_000, 3);
      long written = 0;
      int n;
      do {
        n = fs.write(file, written, wrap(chunk));
        written += n;
      } while (n == chunk.length);
      long at = written;
      assertReason(Reason.ENOSPC, () -> fs.write(file, at, wrap(chunk)));
      assertEquals(0, fs.status().freeBlocks());
      assertReason(Reason.ENOSPC, () -> fs.mkdir(fs.root(), bytes("d"), 0755, 0, 0));
      assertReason(Reason.ENOSPC, () -> fs.symlink(fs.root(), bytes("s"), new byte[100], 0, 0));
      assertEquals(written, file.size());
      byte[] all = Volumes.readAll(fs, file);
      for (int i = 0; i < all.length; i += chunk.length) {
        int end = Math.min(all.length, i + chunk.length);
        assertTrue(Arrays.equals(all, i, end, chunk, 0, end - i));
      }
      fs.sync();
      fs.unlink(fs.root(), bytes("f"));
      assertEquals(free, fs.status().freeBlocks());
    }
    Volumes.assertClean(device, folder);
  }

  @Test
  void inodesRunOut() throws IOException {
    BlockDevice device = BlockDevices.memory(2 << 20);
    Ext2.format(device, Volumes.FIXED.withInodes(64));
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      long free = fs.status().freeInodes();
      for (int i = 0; i < free; i++) {
        fs.create(fs.root(), bytes("f" + i), 0644, 0, 0);
      }
      assertReason(Reason.ENOSPC, () -> fs.create(fs.root(), bytes("one-more"), 0644, 0, 0));
      fs.unlink(fs.root(), bytes("f0"));
      fs.create(fs.root(), bytes("one-more"), 0644, 0, 0);
    }
    Volumes.assertClean(device, folder);
  }

  @Test
  void bytesBehindTheEndNeverShow() throws IOException {
    BlockDevice device = Volumes.formatted(4 << 20, 4096);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode file = Volumes.write(fs, "f", Volumes.random(10_000, 1));
      fs.truncate(file, 100);
      fs.truncate(file, 9_000);
      byte[] data = Volumes.readAll(fs, file);
      assertSame(Volumes.random(10_000, 1), 0, 100, data);
      for (int i = 100; i < data.length; i++) {
        assertEquals(0, data[i], "byte " + i);
      }
    }
  }

  private static void assertSame(byte[] expected, int from, int to, byte[] actual) {
    assertTrue(Arrays.equals(expected, from, to, actual, from, to));
  }

  @Test
  void holesArePunchedAndFilled() throws IOException {
    BlockDevice device = Volumes.formatted(4 << 20, 1024);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      byte[] model = Volumes.random(300_000, 9);
      Ext2Inode file = Volumes.write(fs, "f", model);
      long[][] holes = {
        {0, 1},
        {1000, 48},
        {2000, 5000},
        {8192, 1024},
        {20_000, 100_000},
        {299_000, 5000},
        {150_000, 149_500},
        {500, 0},
        {400_000, 10},
      };
      for (long[] hole : holes) {
        fs.punchHole(file, hole[0], hole[1]);
        int end = (int) Math.min(model.length, hole[0] + hole[1]);
        if (hole[0] < end) {
          Arrays.fill(model, (int) hole[0], end, (byte) 0);
        }
        assertTrue(Arrays.equals(model, Volumes.readAll(fs, file)), Arrays.toString(hole));
      }
      assertEquals(8192, fs.seekHole(file, 8000));
      assertEquals(9216, fs.seekData(file, 8192));
      assertEquals(150_528, fs.seekHole(file, 150_000));
      assertReason(Reason.ENXIO, () -> fs.seekData(file, 200_000));
      fs.allocate(file, 0, 300_000, false);
      assertEquals(300_000, fs.seekHole(file, 0));
      assertTrue(Arrays.equals(model, Volumes.readAll(fs, file)));
      fs.allocate(file, 290_000, 20_000, true);
      assertEquals(310_000, file.size());
      assertReason(Reason.ENOSPC, () -> fs.allocate(file, 0, 100 << 20, true));
      assertEquals(310_000, file.size());
    }
    Volumes.assertClean(device, folder);
  }

  @Test
  void openFileOutlivesItsName() throws IOException {
    BlockDevice device = Volumes.formatted(4 << 20, 1024);
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      long free = fs.status().freeBlocks();
      byte[] data = Volumes.random(50_000, 4);
      Ext2Inode file = Volumes.write(fs, "f", data);
      file.retain();
      fs.unlink(fs.root(), bytes("f"));
      assertTrue(Arrays.equals(data, Volumes.readAll(fs, file)));
      fs.write(file, 50_000, wrap(data));
      file.release();
      assertReason(Reason.ESTALE, () -> fs.read(file, 0, wrap(new byte[1])));
      assertReason(Reason.ESTALE, file::retain);
      assertEquals(free, fs.status().freeBlocks());
    }
    Volumes.assertClean(device, folder);
  }

  @ParameterizedTest
  @ValueSource(ints = {128, 256})
  void timesAndOwnersAreKept(int inodeSize) throws IOException {
    BlockDevice device = BlockDevices.memory(2 << 20);
    Ext2.format(device, Volumes.FIXED.withInodeSize(inodeSize));
    Instant past = Instant.parse("1901-12-14T01:02:03.123456789Z");
    Instant future = Instant.parse("2400-02-29T23:59:59.999999999Z");
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
      Ext2Inode file = Volumes.write(fs, "f", bytes("x"));
      fs.setTimes(file, past, future);
      fs.setOwner(file, 70_000, -2);
      fs.setMode(file, 06751);
    }
    try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      Ext2Attributes attributes = Volumes.find(fs, "f").attributes();
      if (inodeSize == 256) {
        assertEquals(past, attributes.accessTime());
        assertEquals(future, attributes.modifyTime());
      } else {
        assertEquals(past.getEpochSecond(), attributes.accessTime().getEpochSecond());
        assertEquals(Integer.MAX_VALUE, attributes.modifyTime().getEpochSecond());
      }
      assertEquals(70_000, attributes.uid());
      assertEquals(-2, attributes.gid());
      assertEquals(0106751, attributes.mode());
      assertReason(Reason.EROFS, () -> fs.setMode(Volumes.find(fs, "f"), 0));
    }
    Volumes.assertClean(device, folder);
  }

  @Test
  void twentyThousandFilesTakeSeconds() throws IOException {
    Path image = folder.resolve("many.img");
    long start = System.nanoTime();
    try (BlockDevice device = BlockDevices.createFile(image, 1L << 30)) {
      Ext2.format(device, Volumes.FIXED);
      try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
        byte[] data = Volumes.random(5000, 2);
        for (int i = 0; i < 100; i++) {
          Ext2Inode dir = fs.mkdir(fs.root(), bytes("dir" + i), 0755, 0, 0);
          for (int j = 0; j < 200; j++) {
            Ext2Inode file = fs.create(dir, bytes("file" + j), 0644, 0, 0);
            fs.write(file, 0, wrap(data));
          }
        }
      }
    }
    long millis = (System.nanoTime() - start) / 1_000_000;
    assertTrue(millis < 20_000, millis + " ms"); // about 2 s on an idle machine
    E2fsprogs.assertClean(image);
  }
}
