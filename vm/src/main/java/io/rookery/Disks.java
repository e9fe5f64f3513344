package io.rookery;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.HttpOptions;
import io.rookery.ext2.block.OverlayChain;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The disks that a {@link Vm} can have as its root. */
public final class Disks {
  /** Changes to an ephemeral disk beyond this many bytes fail with ENOSPC. */
  private static final long MAX_MEMORY_OVERLAY = 4L << 30;

  private Disks() {}

  @FunctionalInterface
  private interface Overlay {
    BlockDevice over(BlockDevice base) throws IOException;
  }

  @FunctionalInterface
  private interface Base {
    BlockDevice open() throws IOException;
  }

  private static Disk.Opened over(Base image, Overlay overlay) throws IOException {
    BlockDevice base = image.open();
    try {
      return new Disk.Opened(overlay.over(base), List.of(base));
    } catch (IOException | RuntimeException e) {
      base.close();
      throw e;
    }
  }

  /**
   * An image file, written in place. While a VM uses it no other may, here or in another JVM: a
   * lock sees to that.
   *
   * @param image an ext2 or ext4 file system
   */
  public static Disk image(Path image) {
    return new Disk.Device(
        image.toString(), () -> new Disk.Opened(BlockDevices.openJournaledFile(image), List.of()));
  }

  /**
   * An image file that stays as it is: changes go to an overlay file, which is made when missing
   * and locked while in use. Overlays can lie on each other: then the last one takes the changes,
   * and the image and the others may be shared. See {@link OverlayChain}.
   *
   * @param image an ext2 or ext4 file system
   * @param lowest the overlay on the image
   * @param further those on top of it
   */
  public static Disk overlay(Path image, Path lowest, Path... further) {
    List<Path> overlays = new ArrayList<>(List.of(further));
    overlays.addFirst(lowest);
    return new Disk.Device(
        image + " under " + overlays.getLast(),
        () ->
            over(
                () -> BlockDevices.openFileReadOnly(image),
                base -> OverlayChain.open(base, overlays)));
  }

  /**
   * An image file that stays as it is: changes are kept in memory and end with the VM. Any number
   * of VMs may use it at once.
   *
   * @param image an ext2 or ext4 file system
   */
  public static Disk ephemeral(Path image) {
    return new Disk.Device(
        image.toString(), () -> over(() -> BlockDevices.openFileReadOnly(image), Disks::inMemory));
  }

  private static BlockDevice inMemory(BlockDevice base) {
    return BlockDevices.memoryOverlay(base, MAX_MEMORY_OVERLAY);
  }

  /**
   * An image on a web server, of which what is needed is read, once: a cache file keeps it for the
   * next time. Changes are kept in overlay files as {@link #overlay} has them, or, if none is
   * given, in memory, and end with the VM. See {@link BlockDevices#http}.
   *
   * @param image an ext2 or ext4 file system: http or https, from a server that knows byte ranges
   * @param options {@code HttpOptions.cachedIn(folder)} for a start
   * @param overlays the lowest first; the last one takes the changes
   */
  public static Disk http(URI image, HttpOptions options, Path... overlays) {
    List<Path> files = List.of(overlays);
    return new Disk.Device(
        image.getHost() + image.getRawPath(),
        () ->
            over(
                () -> BlockDevices.http(image, options),
                base -> files.isEmpty() ? inMemory(base) : OverlayChain.open(base, files)));
  }

  /** Any block device with an ext2 or ext4 file system. The VM closes it. */
  public static Disk device(BlockDevice device) {
    return new Disk.Device(device.toString(), () -> new Disk.Opened(device, List.of()));
  }

  /**
   * A directory of the host as the root. The guest sees the host's files read-only; its changes are
   * kept in memory.
   *
   * @param directory the guest's root
   */
  public static Disk hostDirectory(Path directory) {
    return new Disk.HostDirectory(directory, false);
  }

  /**
   * As {@link #hostDirectory}, but changes are made on the host, with the rights of the JVM's user.
   */
  public static Disk writableHostDirectory(Path directory) {
    return new Disk.HostDirectory(directory, true);
  }
}
