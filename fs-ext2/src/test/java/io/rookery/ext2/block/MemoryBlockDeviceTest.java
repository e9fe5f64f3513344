package io.rookery.ext2.block;

class MemoryBlockDeviceTest extends BlockDeviceContract {
  @Override
  BlockDevice open() {
    return BlockDevices.memory(SIZE);
  }
}
