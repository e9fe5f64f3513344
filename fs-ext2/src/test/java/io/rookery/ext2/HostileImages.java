package io.rookery.ext2;

import static io.rookery.ext2.Volumes.bytes;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.layout.GroupDescriptorLayout;
import io.rookery.ext2.layout.LittleEndian;
import io.rookery.ext2.layout.SuperblockLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** A small volume with a bit of everything, and damaged copies of it. */
final class HostileImages {
  static final int SIZE = 1 << 20;

  private HostileImages() {}

  /** A volume as a crash leaves it, with a deleted file in use. */
  static byte[] good() throws IOException {
    BlockDevice device = BlockDevices.memory(SIZE);
    fill(device, true);
    return contents(device);
  }

  /** The same, closed properly. */
  static byte[] clean() throws IOException {
    BlockDevice device = BlockDevices.memory(SIZE);
    fill(device, false);
    return contents(device);
  }

  private static void fill(BlockDevice device, boolean crash) throws IOException {
    Ext2.format(device, Volumes.FIXED.withInodes(128));
    Ext2FileSystem fs = Ext2FileSystem.open(device, MountOptions.readWrite());
    Ext2Inode dir = fs.mkdir(fs.root(), bytes("dir"), 0755, 0, 0);
    Ext2Inode below = fs.mkdir(dir, bytes("below"), 0755, 0, 0);
    for (int i = 0; i < 60; i++) {
      Ext2Inode file = fs.create(i % 2 == 0 ? dir : below, bytes("name" + i), 0644, 0, 0);
      fs.write(file, 0, ByteBuffer.wrap(Volumes.random(300 * i, i)));
      fs.setXattr(file, bytes("user.x"), Volumes.random(i * 5, i), XattrMode.SET);
    }
    fs.write(fs.create(dir, bytes("sparse"), 0644, 0, 0), 70_000_000, ByteBuffer.allocate(10));
    fs.symlink(fs.root(), bytes("fast"), bytes("target"), 0, 0);
    byte[] target = bytes("x".repeat(300));
    fs.symlink(fs.root(), bytes("slow"), target, 0, 0);
    Ext2Inode orphan = fs.create(fs.root(), bytes("orphan"), 0644, 0, 0);
    orphan.retain();
    fs.unlink(fs.root(), bytes("orphan"));
    fs.sync();
    if (!crash) {
      fs.close();
    }
  }

  private static byte[] contents(BlockDevice device) throws IOException {
    byte[] image = new byte[SIZE];
    device.read(0, ByteBuffer.wrap(image));
    return image;
  }

  static BlockDevice device(byte[] image) throws IOException {
    BlockDevice device = BlockDevices.memory(image.length);
    device.write(0, ByteBuffer.wrap(image));
    return device;
  }

  /** A copy with some bytes changed where it hurts. */
  static byte[] damaged(byte[] good, Random random) {
    byte[] image = good.clone();
    int groupTable = 2048;
    int inodeTable = (int) LittleEndian.u32(image, groupTable + GroupDescriptorLayout.INODE_TABLE);
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      int at =
          switch (random.nextInt(6)) {
            case 0 -> SuperblockLayout.OFFSET + random.nextInt(400);
            case 1 -> groupTable + random.nextInt(GroupDescriptorLayout.SIZE);
            case 2, 3 -> inodeTable * 1024 + random.nextInt(100 * 256);
            case 4 -> inodeTable * 1024 + random.nextInt(SIZE - inodeTable * 1024);
            default -> random.nextInt(SIZE);
          };
      switch (random.nextInt(4)) {
        case 0 -> image[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> image[at] = (byte) random.nextInt();
        case 2 -> Arrays.fill(image, at, Math.min(SIZE, at + 4), (byte) -1);
        default -> LittleEndian.put32(image, Math.min(SIZE - 4, at & ~3), random.nextInt(1100));
      }
    }
    return image;
  }
}
