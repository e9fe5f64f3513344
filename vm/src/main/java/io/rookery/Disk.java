package io.rookery;

import io.rookery.ext2.block.BlockDevice;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What a guest's root file system is on; see {@link Disks}. Immutable. */
public sealed interface Disk {
  /** An open device with what is to be closed behind it. */
  record Opened(BlockDevice device, List<BlockDevice> below) {}

  /** Opens the device when the VM starts. */
  @FunctionalInterface
  interface Opener {
    Opened open() throws IOException;
  }

  /** An ext2 file system on a block device that the VM closes when it ends. */
  record Device(String name, Opener opener) implements Disk {}

  /** A directory of the host; changes go to memory unless it is writable. */
  record HostDirectory(Path directory, boolean writable) implements Disk {}
}
