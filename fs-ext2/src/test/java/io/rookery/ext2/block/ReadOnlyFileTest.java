package io.rookery.ext2.block;

import io.rookery.ext2.testing.ReadOnlyDeviceContract;
import java.io.IOException;
import java.nio.file.Files;

class ReadOnlyFileTest extends ReadOnlyDeviceContract {
  @Override
  protected BlockDevice open() throws IOException {
    return BlockDevices.openFileReadOnly(Files.write(folder.resolve("disk"), contents));
  }
}
