package io.rookery.ext2.block;

import io.rookery.ext2.testing.BlockDeviceContract;

class MemoryBlockDeviceTest extends BlockDeviceContract {
  @Override
  protected BlockDevice open() {
    return BlockDevices.memory(SIZE);
  }
}
