package io.rookery.ext2;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.check.CheckReport;
import io.rookery.ext2.check.Checker;
import java.io.IOException;

/** Makes, checks and resizes ext2 volumes. */
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

  /**
   * Gives an ext2 volume that is not mounted another size: what {@code resize2fs} does. It grows up
   * to the end of its device, and as far as the volume was made to grow ({@code
   * FormatOptions.resizeInode}); it shrinks as far as there is room for what it holds, which moves.
   * The volume is checked first. What is refused is refused before anything is written.
   *
   * <p>If the device's flush is atomic, so is the resize. Otherwise {@code e2fsck -p} repairs what
   * a crash leaves, without loss for files, unless the volume shrinks and inodes have to move
   * (those of the groups that go): keep a copy then. After such a repair the volume may have no
   * room left to grow by more groups than fit its descriptor blocks, and the resize has to be
   * repeated before anything is written to it: the resize inode may name blocks that are free now.
   *
   * @param bytes the wanted size
   * @return the size that the volume now has: whole blocks, and less than wanted where a last group
   *     would have been too short to hold anything
   * @throws Ext2Exception EINVAL if this is no volume or the size does not fit the device, EFBIG if
   *     it was not made to grow that far, ENOSPC if it holds too much to shrink that far,
   *     EOPNOTSUPP if it uses features that this cannot handle (all of ext3 and ext4), EUCLEAN if
   *     it is damaged or was not unmounted, EROFS if the device is read-only
   * @throws IOException if the device fails
   */
  public static long resize(BlockDevice device, long bytes) throws IOException {
    return Resizer.resize(device, bytes);
  }
}
