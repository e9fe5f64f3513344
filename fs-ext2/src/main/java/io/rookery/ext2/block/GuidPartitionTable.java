package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32;

/** The partition table of the UEFI Specification, section 5.3. */
final class GuidPartitionTable {
  private static final int[] SECTORS = {512, 4096};
  private static final long SIGNATURE = 0x5452415020494645L; // "EFI PART"
  private static final int HEADER_SIZE = 12;
  private static final int HEADER_CRC = 16;
  private static final int ENTRIES_LBA = 72;
  private static final int ENTRY_COUNT = 80;
  private static final int ENTRY_SIZE = 84;
  private static final int ENTRIES_CRC = 88;
  private static final int MIN_HEADER = 92;
  private static final int MIN_ENTRY = 128;
  private static final int MAX_TABLE = 1 << 20;
  private static final int FIRST_LBA = 32;
  private static final int LAST_LBA = 40;
  private static final int NAME = 56;
  private static final int NAME_BYTES = 72;

  private GuidPartitionTable() {}

  static List<Partition> read(BlockDevice disk) throws IOException {
    DeviceFormatException first = null;
    for (int sector : SECTORS) {
      for (long at : new long[] {sector, disk.size() / sector * sector - sector}) {
        try {
          return read(disk, sector, at);
        } catch (DeviceFormatException e) {
          first = first == null ? e : first;
        }
      }
    }
    throw first == null ? new DeviceFormatException("no GUID partition table") : first;
  }

  private static List<Partition> read(BlockDevice disk, int sector, long at) throws IOException {
    ByteBuffer header = bytes(disk, sector, at, sector);
    check("signature", header.getLong(0), SIGNATURE);
    int length = header.getInt(HEADER_SIZE);
    if (length < MIN_HEADER || length > sector) {
      throw new DeviceFormatException(
          "a GUID partition table's header of %d bytes".formatted(length));
    }
    int sum = header.getInt(HEADER_CRC);
    header.putInt(HEADER_CRC, 0);
    check("header's CRC-32", crc(header.slice(0, length)), sum);
    long count = Integer.toUnsignedLong(header.getInt(ENTRY_COUNT));
    int size = header.getInt(ENTRY_SIZE);
    if (size < MIN_ENTRY || size % 8 != 0 || count > MAX_TABLE / size) {
      throw new DeviceFormatException("%d partition entries of %d bytes".formatted(count, size));
    }
    long place = header.getLong(ENTRIES_LBA);
    if (place < 0 || place > disk.size() / sector) {
      throw new DeviceFormatException("partition entries at sector " + place);
    }
    ByteBuffer entries = bytes(disk, sector, place * sector, (int) count * size);
    check("entries' CRC-32", crc(entries), header.getInt(ENTRIES_CRC));
    List<Partition> found = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      ByteBuffer entry = entries.slice(i * size, size).order(ByteOrder.LITTLE_ENDIAN);
      if (entry.getLong(0) != 0 || entry.getLong(8) != 0) {
        found.add(partition(disk, i + 1, sector, entry));
      }
    }
    return found;
  }

  private static Partition partition(BlockDevice disk, int number, int sector, ByteBuffer entry)
      throws DeviceFormatException {
    long from = entry.getLong(FIRST_LBA);
    long last = entry.getLong(LAST_LBA);
    long sectors = disk.size() / sector;
    if (from < 0 || last < from || last >= sectors) {
      throw new DeviceFormatException(
          "partition %d from sector %d to %d of %d".formatted(number, from, last, sectors));
    }
    byte[] name = new byte[NAME_BYTES];
    entry.get(NAME, name);
    String text = new String(name, StandardCharsets.UTF_16LE);
    int end = text.indexOf('\0');
    return Partition.of(
        disk,
        number,
        from * sector,
        (last - from + 1) * sector,
        guid(entry).toString(),
        end < 0 ? text : text.substring(0, end));
  }

  /** The first three parts are numbers in little-endian order, the rest are bytes in order. */
  private static UUID guid(ByteBuffer entry) {
    long high =
        Integer.toUnsignedLong(entry.getInt(0)) << 32
            | (entry.getShort(4) & 0xffffL) << 16
            | entry.getShort(6) & 0xffffL;
    return new UUID(high, Long.reverseBytes(entry.getLong(8)));
  }

  /** Reads whole sectors, of which the first bytes are wanted. */
  private static ByteBuffer bytes(BlockDevice disk, int sector, long at, int length)
      throws IOException {
    int unit = Math.max(sector, disk.blockSize());
    int whole = (length + unit - 1) / unit * unit;
    if (at % unit != 0 || at < 0 || at > disk.size() - whole) {
      throw new DeviceFormatException(
          "%d bytes of a partition table at byte %d".formatted(length, at));
    }
    ByteBuffer bytes = ByteBuffer.allocate(whole);
    disk.read(at, bytes);
    return bytes.slice(0, length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int crc(ByteBuffer bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }

  private static void check(String what, long found, long expected) throws DeviceFormatException {
    if (found != expected) {
      throw new DeviceFormatException(
          "a GUID partition table's %s is %x, expected %x".formatted(what, found, expected));
    }
  }
}
