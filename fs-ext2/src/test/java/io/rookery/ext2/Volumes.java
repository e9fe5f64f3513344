package io.rookery.ext2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.function.Executable;

/** What the tests of volumes share. */
public final class Volumes {
  public static final FormatOptions FIXED =
      FormatOptions.defaults()
          .withUuid(new UUID(0x1234, 0x5678))
          .withTime(Instant.ofEpochSecond(1_700_000_000));

  private Volumes() {}

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] random(int length, long seed) {
    byte[] data = new byte[length];
    new Random(seed).nextBytes(data);
    return data;
  }

  /** A formatted device in memory. */
  static BlockDevice formatted(long size, int blockSize) throws IOException {
    BlockDevice device = BlockDevices.memory(size);
    Ext2.format(device, FIXED.withBlockSize(blockSize));
    return device;
  }

  static Ext2Inode find(Ext2FileSystem fs, String path) throws IOException {
    Ext2Inode at = fs.root();
    for (String name : path.split("/", -1)) {
      Ext2Inode next = name.isEmpty() ? at : fs.lookup(at, bytes(name));
      if (next == null) {
        throw new Ext2Exception(Ext2Exception.Reason.ENOENT, path);
      }
      at = next;
    }
    return at;
  }

  static Ext2Inode write(Ext2FileSystem fs, String name, byte[] data) throws IOException {
    Ext2Inode file = fs.create(fs.root(), bytes(name), 0644, 0, 0);
    assertEquals(data.length, fs.write(file, 0, ByteBuffer.wrap(data)));
    return file;
  }

  public static byte[] readAll(Ext2FileSystem fs, Ext2Inode file) throws IOException {
    ByteBuffer data = ByteBuffer.allocate((int) file.size());
    assertEquals(data.capacity(), fs.read(file, 0, data));
    return data.array();
  }

  static List<String> names(Ext2FileSystem fs, Ext2Inode dir) throws IOException {
    List<String> names = new ArrayList<>();
    fs.list(
        dir, 0, (name, inode, type, next) -> names.add(new String(name, StandardCharsets.UTF_8)));
    return names;
  }

  /** Copies a device into a file for the tools, leaving out zeros. */
  static void save(BlockDevice device, Path file) throws IOException {
    try (FileChannel out =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      byte[] zeros = new byte[1 << 16];
      for (long at = 0; at < device.size(); at += zeros.length) {
        byte[] chunk = new byte[(int) Math.min(zeros.length, device.size() - at)];
        device.read(at, ByteBuffer.wrap(chunk));
        boolean last = at + chunk.length == device.size();
        if (last || !Arrays.equals(chunk, zeros)) {
          out.write(ByteBuffer.wrap(chunk), at);
        }
      }
    }
  }

  /** A file's contents in memory, without its zeros. */
  static BlockDevice load(Path file) throws IOException {
    long size = Files.size(file);
    BlockDevice device = BlockDevices.memory(size);
    byte[] zeros = new byte[1 << 16];
    try (FileChannel in = FileChannel.open(file)) {
      for (long at = 0; at < size; at += zeros.length) {
        byte[] chunk = new byte[(int) Math.min(zeros.length, size - at)];
        in.read(ByteBuffer.wrap(chunk), at);
        if (!Arrays.equals(chunk, 0, chunk.length, zeros, 0, chunk.length)) {
          device.write(at, ByteBuffer.wrap(chunk));
        }
      }
    }
    return device;
  }

  public static void assertClean(BlockDevice device, Path folder) throws IOException {
    Path image = folder.resolve("check.img");
    save(device, image);
    E2fsprogs.assertClean(image);
  }

  static void assertReason(Ext2Exception.Reason reason, Executable operation) {
    assertEquals(reason, assertThrows(Ext2Exception.class, operation).reason());
  }

  /** Whether the long versions of the tests were asked for. */
  public static boolean full() {
    return Boolean.getBoolean("rookery.full");
  }
}
