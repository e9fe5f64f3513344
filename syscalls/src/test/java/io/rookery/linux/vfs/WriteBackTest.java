package io.rookery.linux.vfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.ext2.Ext2;
import io.rookery.ext2.Ext2FileSystem;
import io.rookery.ext2.FormatOptions;
import io.rookery.ext2.MountOptions;
import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.linux.call.Guest;
import io.rookery.linux.fs.disk.DiskFileSystem;
import io.rookery.linux.kernel.KernelClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WriteBackTest {
  private static final class HandClock implements KernelClock {
    long seconds = 1;

    @Override
    public long realtimeNanos() {
      return monotonicNanos();
    }

    @Override
    public long monotonicNanos() {
      return TimeUnit.SECONDS.toNanos(seconds);
    }
  }

  private final HandClock clock = new HandClock();
  private final WriteBack writeBack = new WriteBack(clock);

  @Test
  void whatWaitedForHalfAMinuteIsOnTheDevice() throws IOException {
    try (BlockDevice device = BlockDevices.memory(4 << 20);
        Guest g = new Guest()) {
      Ext2.format(device, FormatOptions.defaults());
      DiskFileSystem disk =
          new DiskFileSystem(g.kernel.vfs, Ext2FileSystem.open(device, MountOptions.readWrite()));
      g.enter(disk);
      writeBack.add(disk);
      disk.sync();
      writeBack.pass();
      assertFalse(disk.hasChanges());

      long fd = g.call("open", "/file", 0102, 0644);
      g.write(fd, "not synced");
      assertTrue(disk.hasChanges());
      writeBack.pass(); // sees the change
      clock.seconds += 29;
      writeBack.pass();
      assertTrue(disk.hasChanges());
      clock.seconds += 1;
      writeBack.pass();
      assertFalse(disk.hasChanges());
      assertEquals("not synced", readCopy(device));

      g.write(fd, ", and more");
      writeBack.pass(); // its time starts anew
      assertTrue(disk.hasChanges());
      g.call("close", fd);
      writeBack.remove(disk);
      disk.close();
    }
  }

  /** What is in the file after a crash now. */
  private static String readCopy(BlockDevice device) throws IOException {
    ByteBuffer all = ByteBuffer.allocate((int) device.size());
    device.read(0, all);
    try (BlockDevice copy = BlockDevices.memory(device.size());
        Guest g = new Guest()) {
      copy.write(0, all.flip());
      DiskFileSystem disk =
          new DiskFileSystem(g.kernel.vfs, Ext2FileSystem.open(copy, MountOptions.readWrite()));
      g.enter(disk);
      long fd = g.call("open", "/file", 0, 0);
      String text = g.read(fd, 100);
      g.call("close", fd);
      disk.close();
      return text;
    }
  }
}
