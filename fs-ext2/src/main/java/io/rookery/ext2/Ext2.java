package io.rookery.ext2;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.check.CheckReport;
import io.rookery.ext2.check.Checker;
import java.io.IOException;

/** Makes and checks ext2 volumes. */
public final class Ext2 {
  private Ext2() {}

  /**
   * Writes an empty volume that fills the device: what {@code mke2fs -t ext2} makes. Regions that
   * already read as zeros are not written, so that a new sparse file stays sparse. The device is
   * flushed at the end, and stays open.
   *
   * @throws Ext2Exception EINVAL if the options do not fit the device's size, EFBIG if the device
   *     is too large for its block size, EROFS if it is read-only
   * @throws IOException if the device fails
   */
  public static void format(BlockDevice device, FormatOptions options) throws IOException {
    new Formatter(device, options).run();
  }

  /**
   * Looks for damage in an ext2, ext3 or ext4 volume, as {@code e2fsck -fn} does, and changes
   * nothing. A device that holds no volume has the problem that its superblock is none. The volume
   * should not be mounted for writing meanwhile. Time and memory are bounded by the size of the
   * device, whatever it holds.
   *
   * @throws IOException if the device fails
   */
  public static CheckReport check(BlockDevice device) throws IOException {
    return Checker.check(device);
  }
}
