package io.rookery;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import java.nio.file.Path;

/** The disks that a {@link Vm} can have as its root. */
public final class Disks {
  private Disks() {}

  /**
   * An image file, written in place. While a VM uses it no other may, here or in another JVM: a lock sees to that.
   *
   * @param image an ext2 file system
   */
  public static Disk image(Path image) {
    return new Disk.Device(image.toString(), () -> BlockDevices.file(image));
  }

  /**
   * An image file that stays as it is: changes go to an overlay file, which is made when missing and locked while in use.
   *
   * @param image an ext2 file system
   * @param overlay the changes
   */
  public static Disk overlay(Path image, Path overlay) {
    return new Disk.Device(
        image + " under " + overlay,
        () -> BlockDevices.overlay(BlockDevices.readOnlyFile(image), overlay));
  }

  /**
   * An image file that stays as it is: changes are kept in memory and end with the VM. Any number of VMs may use it at once.
   *
   * @param image an ext2 file system
   */
  public static Disk ephemeral(Path image) {
    return new Disk.Device(
        image.toString(), () -> BlockDevices.memoryOverlay(BlockDevices.readOnlyFile(image)));
  }

  /** Any block device with an ext2 file system. The VM closes it. */
  public static Disk device(BlockDevice device) {
    return new Disk.Device(device.toString(), () -> device);
  }

  /**
   * A directory of the host as the root. The guest sees the host's files read-only; its changes are kept in memory.
   *
   * @param directory the guest's root
   */
  public static Disk hostDirectory(Path directory) {
    return new Disk.HostDirectory(directory, false);
  }

  /** As {@link #hostDirectory}, but changes are made on the host, with the rights of the JVM's user. */
  public static Disk writableHostDirectory(Path directory) {
    return new Disk.HostDirectory(directory, true);
  }
}
