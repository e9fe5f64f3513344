package io.rookery.examples;

import io.rookery.ext2.block.BlockDevice;
import io.rookery.ext2.block.BlockDevices;
import io.rookery.ext2.block.OverlayChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * An image and overlay files on it, as the operands {@code IMAGE OVERLAY...} name them.
 *
 * @param overlays the lowest first; there may be none
 */
record OverlayStack(Path image, List<Path> overlays) {
  /** Something done to a device. */
  interface Action {
    void run(BlockDevice device) throws IOException;
  }

  /**
   * Takes the operands of a command that needs at least one overlay.
   *
   * @throws UsageException if a file is missing: opening an overlay would make it
   */
  static OverlayStack withOverlays(List<String> operands) {
    if (operands.size() < 2) {
      throw new UsageException("an image and at least one overlay, please");
    }
    return of(operands);
  }

  static OverlayStack of(List<String> names) {
    for (String name : names) {
      if (!Files.isRegularFile(Path.of(name))) {
        throw new UsageException(name + " is no image or overlay");
      }
    }
    List<Path> files = names.stream().map(Path::of).toList();
    return new OverlayStack(files.getFirst(), files.subList(1, files.size()));
  }

  Path top() {
    return overlays.getLast();
  }

  /** What the topmost overlay is on. */
  OverlayStack below() {
    return new OverlayStack(image, overlays.subList(0, overlays.size() - 1));
  }

  /** Reads what the stack shows, as others may do meanwhile. */
  void read(Action action) throws IOException {
    try (BlockDevice base = BlockDevices.openFileReadOnly(image)) {
      if (overlays.isEmpty()) {
        action.run(base);
      } else {
        try (BlockDevice chain = OverlayChain.openReadOnly(base, overlays)) {
          action.run(chain);
        }
      }
    }
  }

  /** Writes to the topmost overlay, or to the image. */
  void write(Action action) throws IOException {
    if (overlays.isEmpty()) {
      try (BlockDevice device = BlockDevices.openFile(image)) {
        action.run(device);
      }
    } else {
      try (BlockDevice base = BlockDevices.openFileReadOnly(image);
          BlockDevice chain = OverlayChain.open(base, overlays)) {
        action.run(chain);
      }
    }
  }
}
