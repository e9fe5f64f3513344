package io.rookery.ext2.block;

import java.io.IOException;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * A partition of a disk with an MBR or a GUID partition table.
 *
 * @param number as Linux counts them: 1 to 4 and, for logical ones, from 5 on; in a GUID partition
 *     table the place in it
 * @param offset in bytes
 * @param length in bytes
 * @param type a GUID in lower case, or {@code 0x} and two hexadecimal digits
 * @param name empty in an MBR
 */
public record Partition(int number, long offset, long length, String type, String name) {
  /**
   * The partitions of a disk, by number. Nothing but the tables is read; a damaged GUID partition
   * table is replaced by its copy at the end of the disk.
   *
   * @throws DeviceFormatException if there is no partition table, or it makes no sense
   */
  public static List<Partition> list(BlockDevice disk) throws IOException {
    MasterBootRecord record = MasterBootRecord.read(disk);
    return record.protectsGuidTable() ? GuidPartitionTable.read(disk) : record.partitions();
  }

  /**
   * A partition of a disk as a device. Closing it does not close the disk.
   *
   * @throws NoSuchElementException if there is none of that number
   * @throws DeviceFormatException as {@link #list}
   */
  public static BlockDevice open(BlockDevice disk, int number) throws IOException {
    return list(disk).stream()
        .filter(p -> p.number == number)
        .findFirst()
        .orElseThrow(() -> new NoSuchElementException("no partition " + number))
        .open(disk);
  }

  /** This partition of a disk as a device. Closing it does not close the disk. */
  public BlockDevice open(BlockDevice disk) {
    return new DeviceSlice(disk, offset, length);
  }

  /** A partition that must lie inside the disk. */
  static Partition of(
      BlockDevice disk, int number, long offset, long length, String type, String name)
      throws DeviceFormatException {
    if (offset < 0 || length <= 0 || offset > disk.size() - length) {
      throw new DeviceFormatException(
          "partition %d of %d bytes at byte %d does not lie inside the disk of %d bytes"
              .formatted(number, length, offset, disk.size()));
    }
    return new Partition(number, offset, length, type, name);
  }
}
