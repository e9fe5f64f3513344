package io.rookery;

import io.rookery.ext2.block.BlockDevice;
import java.nio.file.Path;

/** What a guest's root file system is on; see {@link Disks}. */
public sealed interface Disk permits Disk.Device, Disk.HostDirectory {
  /** An ext2 file system on a block device that the VM opens when it starts and closes when it ends. */
  record Device(String name, Opener opener) implements Disk {
    /** Opens the device. */
    @FunctionalInterface
    public interface Opener {
      BlockDevice open() throws java.io.IOException;
    }
  }

  /** A directory of the host; changes go to memory unless it is writable. */
  record HostDirectory(Path directory, boolean writable) implements Disk {}
}
