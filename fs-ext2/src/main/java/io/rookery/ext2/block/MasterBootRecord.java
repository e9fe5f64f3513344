package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The partition table of the IBM PC, with the chain of its extended partition. */
final class MasterBootRecord {
  private static final int SECTOR = 512;
  private static final int ENTRIES = 446;
  private static final int ENTRY = 16;
  private static final int PRIMARY = 4;
  private static final int ENTRY_TYPE = 4;
  private static final int ENTRY_START = 8;
  private static final int ENTRY_LENGTH = 12;
  private static final int SIGNATURE = 510;
  private static final int SIGNATURE_VALUE = 0xAA55;
  private static final int TYPE_GPT = 0xEE;
  private static final int MAX_LOGICAL = 128;

  private final BlockDevice disk;
  private final List<Entry> entries;

  private MasterBootRecord(BlockDevice disk, List<Entry> entries) {
    this.disk = disk;
    this.entries = entries;
  }

  /** One line of a table; start and length in sectors. */
  private record Entry(int type, long start, long length) {
    boolean used() {
      return type != 0 && length != 0;
    }

    boolean extended() {
      return type == 0x05 || type == 0x0F || type == 0x85;
    }
  }

  static MasterBootRecord read(BlockDevice disk) throws IOException {
    return new MasterBootRecord(disk, table(disk, 0));
  }

  private static List<Entry> table(BlockDevice disk, long sector) throws IOException {
    if (sector > disk.size() / SECTOR - 1) {
      throw new DeviceFormatException(
          "a partition table in sector %d of a disk of %d bytes".formatted(sector, disk.size()));
    }
    int unit = Math.max(SECTOR, disk.blockSize());
    long offset = sector * SECTOR;
    ByteBuffer bytes = ByteBuffer.allocate(unit);
    disk.read(offset / unit * unit, bytes);
    ByteBuffer table = bytes.slice((int) (offset % unit), SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    if ((table.getShort(SIGNATURE) & 0xffff) != SIGNATURE_VALUE) {
      throw new DeviceFormatException("no partition table in sector " + sector);
    }
    List<Entry> entries = new ArrayList<>();
    for (int i = 0; i < PRIMARY; i++) {
      int at = ENTRIES + i * ENTRY;
      entries.add(
          new Entry(
              table.get(at + ENTRY_TYPE) & 0xff,
              Integer.toUnsignedLong(table.getInt(at + ENTRY_START)),
              Integer.toUnsignedLong(table.getInt(at + ENTRY_LENGTH))));
    }
    return entries;
  }

  boolean protectsGuidTable() {
    return entries.stream().anyMatch(e -> e.type == TYPE_GPT);
  }

  List<Partition> partitions() throws IOException {
    List<Partition> found = new ArrayList<>();
    for (int i = 0; i < PRIMARY; i++) {
      if (entries.get(i).used()) {
        found.add(partition(i + 1, 0, entries.get(i)));
      }
    }
    for (Entry entry : entries) {
      if (entry.used() && entry.extended()) {
        addLogical(entry, found);
        break; // Linux, too, knows one
      }
    }
    return found;
  }

  /** Each table has a partition, relative to itself, and the next table, relative to the first. */
  private void addLogical(Entry extended, List<Partition> found) throws IOException {
    int number = PRIMARY + 1;
    long at = extended.start;
    for (int i = 0; ; i++) {
      if (i == MAX_LOGICAL) {
        throw new DeviceFormatException("more than 128 logical partitions, or a loop of them");
      }
      List<Entry> table = table(disk, at);
      Entry next = null;
      for (Entry entry : table.subList(0, 2)) {
        if (entry.used() && entry.extended()) {
          next = entry;
        } else if (entry.used()) {
          found.add(partition(number++, at, entry));
        }
      }
      if (next == null) {
        return;
      }
      at = extended.start + next.start;
    }
  }

  private Partition partition(int number, long from, Entry entry) throws DeviceFormatException {
    String type = "0x%02x".formatted(entry.type);
    return Partition.of(
        disk, number, (from + entry.start) * SECTOR, entry.length * SECTOR, type, "");
  }
}
