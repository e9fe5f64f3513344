package io.rookery.ext2;

import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.SortedMap;
import java.util.TreeMap;

/** Blocks that are to be written later, in one go. */
final class StagedBlocks {
  private final BlockDevice device;
  private final int blockSize;
  private final SortedMap<Long, byte[]> blocks = new TreeMap<>();

  StagedBlocks(BlockDevice device, int blockSize) {
    this.device = device;
    this.blockSize = blockSize;
  }

  /** Takes over the array. */
  void put(long block, byte[] data) {
    blocks.put(block, data);
  }

  /** The block as it will be. */
  byte[] read(long block) throws IOException {
    byte[] data = blocks.get(block);
    if (data == null) {
      data = new byte[blockSize];
      device.read(block * blockSize, ByteBuffer.wrap(data));
    }
    return data;
  }

  void write() throws IOException {
    for (var entry : blocks.entrySet()) {
      device.write(entry.getKey() * blockSize, ByteBuffer.wrap(entry.getValue()));
    }
  }
}
