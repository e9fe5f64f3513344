package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** Writes files until it is killed, and says after each sync which are safe. */
final class WriteInChild {
  private WriteInChild() {}

  public static void main(String[] arguments) throws IOException {
    Path image = Path.of(arguments[0]);
    if (arguments.length == 1) {
      try (BlockDevice device = BlockDevices.openJournaledFile(image)) {
        write(device);
      }
    } else {
      try (BlockDevice base = BlockDevices.openFileReadOnly(image);
          BlockDevice device = BlockDevices.fileOverlay(base, Path.of(arguments[1]))) {
        write(device);
      }
    }
  }

  private static void write(BlockDevice device) throws IOException {
    try (Ext2FileSystem fs =
        Ext2FileSystem.open(device, MountOptions.readWrite().withCacheBytes(1 << 20))) {
      Ext2Inode root = fs.root();
      for (int i = 0; ; i++) {
        String name = "file" + i % 40;
        if (fs.lookup(root, bytes(name)) != null) {
          fs.unlink(root, bytes(name));
        }
        Ext2Inode file = fs.create(root, bytes(name), 0644, 0, 0);
        fs.write(file, 0, ByteBuffer.wrap(contents(i)));
        if (i % 5 == 0) {
          fs.fsync(file);
          System.out.println(i);
        }
      }
    }
  }

  static byte[] contents(int number) {
    return Volumes.random(1000 + number * 7919 % 90_000, number);
  }
}
