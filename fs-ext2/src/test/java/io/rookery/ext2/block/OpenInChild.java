package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.file.Path;

/** Tries to open a disk in a process of its own, and says how that went. */
final class OpenInChild {
  private OpenInChild() {}

  public static void main(String[] arguments) throws IOException {
    try (BlockDevice _ = BlockDevices.openFile(Path.of(arguments[0]))) {
      System.out.println("opened");
    } catch (DeviceLockedException e) {
      System.out.println("locked");
    }
  }
}
