package io.rookery.ext2.block;

import static io.rookery.ext2.Volumes.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.E2fsprogs;
import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.Ext2Inode;
import io.rookery.ext2.InMemory;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.Volumes;
import io.rookery.ext2.testing.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The power is cut at each write of a resize, and what was not flushed is lost, or in part. */
class ResizeCrashTest {
  private static final int SIZE = 12 << 20;

  /** In memory where there is such a folder: e2fsck waits for the disk each time. */
  @TempDir(factory = InMemory.class)
  Path folder;

  private byte[] made(int bytes, Map<String, byte[]> contents, String... options)
      throws IOException {
    Path file = folder.resolve("made.img");
    E2fsprogs.mke2fs(file, bytes, options);
    byte[] image = Arrays.copyOf(Files.readAllBytes(file), SIZE);
    Files.delete(file);
    try (BlockDevice device = BlockDevices.memory(SIZE)) {
      device.write(0, ByteBuffer.wrap(image));
      try (Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite())) {
        // Names in the root only: their inodes are in group 0. What goes first leaves a gap.
        write(fs, "gap", DeviceBytes.random(bytes / 5 * 2, 99));
        for (int i = 0; i < 12; i++) {
          byte[] data = DeviceBytes.random(20_000 * i, i);
          write(fs, "file" + i, data);
          contents.put("file" + i, data);
        }
        fs.unlink(fs.root(), bytes("gap"));
      }
      return DeviceBytes.read(device, 0, SIZE);
    }
  }

  private static void write(Ext2FileSystem fs, String name, byte[] data) throws IOException {
    Ext2Inode file = fs.create(fs.root(), bytes(name), 0644, 0, 0);
    fs.write(file, 0, ByteBuffer.wrap(data));
  }

  @ParameterizedTest
  @CsvSource({
    // KiB before, KiB after, mke2fs
    "5000, 7000, -b 1024", // the last group becomes longer
    "6000, 12000, -b 1024 -g 1024 -E resize=40000", // more groups with copies
    "7000, 12000, -b 1024 -g 256 -E resize=40000", // one more block of descriptors
    "8000, 12000, -b 4096 -g 512 -E resize=80000",
    "8000, 12000, -b 1024 -g 1024 -O ^resize_inode",
    // Smaller: no inode is in a group that goes, blocks are.
    "11000, 6000, -b 1024 -g 1024 -E resize=40000 -N 2000",
    "11000, 7000, -b 1024 -g 256 -E resize=40000 -N 3000",
    "11000, 5000, -b 1024",
  })
  void isRepairedWithoutQuestions(int before, int after, String options) throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    byte[] image = made(before << 10, contents, options.split(" ", -1));
    CrashStorage storage = CrashStorage.holding(image);
    int first = storage.events();
    Ext2.resize(new CrashDisk(storage), (long) after << 10);
    assertTrue(storage.events() > first + 10);

    Random random = new Random(before);
    Set<Integer> seen = new HashSet<>();
    int step = Volumes.full() ? 1 : 1 + (storage.events() - first) / 12;
    for (int event = first; event <= storage.events(); event += step) {
      for (CrashStorage.Loss loss : CrashStorage.Loss.values()) {
        byte[] left = storage.after(event, loss, random);
        if (seen.add(Arrays.hashCode(left))) {
          check(left, contents, "event " + (event - first) + " " + loss);
        }
      }
    }
    check(storage.after(storage.events(), CrashStorage.Loss.ALL, random), contents, "the end");
    System.out.println(seen.size() + " images after power cuts");
  }

  private void check(byte[] left, Map<String, byte[]> contents, String when) throws IOException {
    Path image = folder.resolve("check.img");
    Files.write(image, left);
    E2fsprogs.Result repair = E2fsprogs.run("e2fsck", "-p", image.toString());
    assertTrue(repair.status() <= 1, when + ": " + repair.output());
    E2fsprogs.assertClean(image);
    try (BlockDevice device = BlockDevices.openFileReadOnly(image);
        Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readOnly())) {
      for (Map.Entry<String, byte[]> entry : contents.entrySet()) {
        Ext2Inode file = fs.lookup(fs.root(), bytes(entry.getKey()));
        assertNotNull(file, when);
        assertArrayEquals(entry.getValue(), Volumes.readAll(fs, file), when);
      }
    }
  }

  /** A resize that a power cut ended is repeated after the repair. */
  @Test
  void isRepeated() throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    byte[] image = made(7 << 20, contents, "-b", "1024", "-g", "1024", "-E", "resize=40000");
    CrashStorage storage = CrashStorage.holding(image);
    int first = storage.events();
    Ext2.resize(new CrashDisk(storage), 11 << 20);
    Random random = new Random(1);
    Path file = folder.resolve("check.img");
    for (int event = first; event <= storage.events(); event += Volumes.full() ? 1 : 7) {
      byte[] left = storage.after(event, CrashStorage.Loss.SOME_SECTORS, random);
      check(left, contents, "event " + event);
      try (BlockDevice device = BlockDevices.openFile(file)) {
        assertEquals((11 << 20) - 1024, Ext2.resize(device, (11 << 20) - 1024));
      }
      check(Files.readAllBytes(file), contents, "repeated after event " + event);
    }
  }

  /** Where flushes are atomic there is the one size or the other, and no repair. */
  @Test
  void isAtomicWhereFlushesAre() throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    byte[] image = made(11 << 20, contents, "-b", "1024", "-g", "256", "-E", "resize=40000");
    BlockDevice base = BlockDevices.memory(SIZE);
    base.write(0, ByteBuffer.wrap(image));
    CrashStorage storage = new CrashStorage(new byte[0]);
    try (BlockDevice overlay = FileOverlay.open(base, storage, false)) {
      Ext2.resize(overlay, 6 << 20);
    }
    Random random = new Random(1);
    Path file = folder.resolve("check.img");
    Set<Integer> sizes = new HashSet<>();
    int step = Volumes.full() ? 1 : Math.max(1, storage.events() / 10);
    for (int back = 0; back <= storage.events(); back += step) {
      int event = storage.events() - back;
      byte[] left = storage.after(event, CrashStorage.Loss.SOME_SECTORS, random);
      try (BlockDevice device = FileOverlay.open(base, new CrashStorage(left), false)) {
        Volumes.assertClean(device, folder);
        sizes.add(DeviceBytes.read(device, 1024 + 4, 4)[1] >> 2);
        check(Files.readAllBytes(file), contents, "event " + event);
      }
    }
    assertEquals(Set.of(6, 11), sizes, "MiB");
  }
}
