package io.rookery.ext2.block;

import io.rookery.ext2.testing.ReadOnlyDeviceContract;
import java.io.IOException;
import java.nio.ByteBuffer;

class ReadOnlyBlockDeviceTest extends ReadOnlyDeviceContract {
  @Override
  protected BlockDevice open() throws IOException {
    BlockDevice device = BlockDevices.memory(contents.length);
    device.write(0, ByteBuffer.wrap(contents));
    return BlockDevices.readOnly(device);
  }
}
