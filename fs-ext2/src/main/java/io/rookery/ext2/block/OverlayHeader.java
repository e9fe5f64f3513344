package io.rookery.ext2.block;

import static io.rookery.ext2.block.OverlayLayout.CLUSTER;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The first cluster of an overlay. */
final class OverlayHeader {
  private OverlayHeader() {}

  /** Whether the file is new or its making was cut off: the magic number is written last. */
  static boolean unfinished(Storage file) throws IOException {
    long size = file.size();
    if (size >= Long.BYTES && size <= OverlayLayout.FIRST_FREE * CLUSTER) {
      ByteBuffer magic = ByteBuffer.allocate(Long.BYTES);
      file.read(0, magic);
      return magic.getLong(0) == 0;
    }
    return size == 0;
  }

  /** Makes an empty overlay of a file that has its first root. */
  static void write(Storage file, long diskSize) throws IOException {
    ByteBuffer header = OverlayLayout.page();
    header.putLong(0, OverlayLayout.HEADER_MAGIC);
    header.putInt(OverlayLayout.HEADER_VERSION, OverlayLayout.VERSION);
    header.putInt(OverlayLayout.HEADER_CLUSTER_SIZE, CLUSTER);
    header.putLong(OverlayLayout.HEADER_DISK_SIZE, diskSize);
    OverlayLayout.seal(header);
    file.write(Long.BYTES, header.slice(Long.BYTES, CLUSTER - Long.BYTES));
    file.force();
    file.write(0, header.slice(0, Long.BYTES));
    file.force();
  }

  static void check(Storage file, long diskSize) throws IOException {
    ByteBuffer header = OverlayLayout.page();
    if (file.size() < OverlayLayout.FIRST_FREE * CLUSTER) {
      throw new DeviceFormatException(
          "%s: %d bytes are too few for an overlay".formatted(file.name(), file.size()));
    }
    file.read(0, header);
    expect(file, "magic", header.getLong(0), OverlayLayout.HEADER_MAGIC);
    expect(file, "version", header.getInt(OverlayLayout.HEADER_VERSION), OverlayLayout.VERSION);
    if (!OverlayLayout.sealed(header)) {
      throw new DeviceFormatException(file.name() + ": the header's checksum is wrong");
    }
    expect(file, "cluster size", header.getInt(OverlayLayout.HEADER_CLUSTER_SIZE), CLUSTER);
    expect(file, "size of the base", diskSize, header.getLong(OverlayLayout.HEADER_DISK_SIZE));
  }

  static void expect(Storage file, String what, long found, long expected)
      throws DeviceFormatException {
    if (found != expected) {
      throw new DeviceFormatException(
          "%s: %s is %x, expected %x".formatted(file.name(), what, found, expected));
    }
  }
}
