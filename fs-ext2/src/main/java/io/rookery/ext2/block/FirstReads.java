package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Which parts of an image are read first, in this order: who reads it over HTTP has them on their
 * way before they are asked for. The list is kept in the image, in its first 1,024 bytes, which
 * ext2 leaves to boot loaders. Immutable.
 *
 * <p>Format, little-endian: the eight bytes {@code RkFirst1}, the number of ranges (16 bits), for
 * each its first chunk of 64 KiB (32 bits) and how many there are (16 bits), and in the last four
 * bytes the CRC-32C of all before. What is not so, or names more than 32 MiB, is no list.
 */
public final class FirstReads {
  static final int CHUNK = 64 << 10;

  /** Nothing is known. */
  static final FirstReads NONE = new FirstReads(List.of());

  private static final int BYTES = 1024;
  private static final byte[] MAGIC = "RkFirst1".getBytes(StandardCharsets.US_ASCII);
  private static final int HEADER = MAGIC.length + 2;
  private static final int RANGE = 6;
  private static final int CHECKSUM_AT = BYTES - 4;
  private static final int MAX_RANGES = (CHECKSUM_AT - HEADER) / RANGE;
  private static final int MAX_CHUNKS = 512;

  /** Gaps of up to so many chunks are read along: each request costs a round trip. */
  private static final int GAP = 2;

  /** Neighbouring chunks. */
  record Range(int first, int length) {
    int end() {
      return first + length;
    }
  }

  private final List<Range> ranges;

  private FirstReads(List<Range> ranges) {
    this.ranges = ranges;
  }

  /** From chunks in the order in which they were read; only as many as there is room for. */
  static FirstReads of(Collection<Integer> chunks) {
    List<Range> ranges = new ArrayList<>();
    int sum = 0;
    for (int chunk : chunks) {
      int at = near(ranges, chunk);
      Range range = at < 0 ? new Range(chunk, 1) : with(ranges.get(at), chunk);
      sum += range.length - (at < 0 ? 0 : ranges.get(at).length);
      if (sum > MAX_CHUNKS || at < 0 && ranges.size() == MAX_RANGES) {
        break;
      }
      if (at < 0) {
        ranges.add(range);
      } else {
        ranges.set(at, range);
      }
    }
    return new FirstReads(List.copyOf(ranges));
  }

  private static int near(List<Range> ranges, int chunk) {
    for (int i = 0; i < ranges.size(); i++) {
      Range r = ranges.get(i);
      if (chunk >= r.first - 1 - GAP && chunk <= r.end() + GAP) {
        return i;
      }
    }
    return -1;
  }

  private static Range with(Range range, int chunk) {
    int first = Math.min(range.first, chunk);
    return new Range(first, Math.max(range.end(), chunk + 1) - first);
  }

  List<Range> ranges() {
    return ranges;
  }

  /** How many bytes of the image they are. */
  public long bytes() {
    return ranges.stream().mapToLong(range -> (long) range.length * CHUNK).sum();
  }

  /**
   * The list that an image begins with.
   *
   * @param beginning the image's first bytes, 1,024 at least
   */
  static FirstReads in(byte[] beginning) {
    if (beginning.length < BYTES) {
      return NONE;
    }
    ByteBuffer b = ByteBuffer.wrap(beginning, 0, BYTES).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = new byte[MAGIC.length];
    b.get(magic);
    int count = Short.toUnsignedInt(b.getShort());
    if (!Arrays.equals(magic, MAGIC)
        || count > MAX_RANGES
        || b.getInt(CHECKSUM_AT) != checksum(beginning)) {
      return NONE;
    }
    List<Range> ranges = new ArrayList<>();
    long sum = 0;
    for (int i = 0; i < count; i++) {
      Range range = new Range(b.getInt(), Short.toUnsignedInt(b.getShort()));
      sum += range.length;
      if (range.first < 0 || range.end() < 0 || sum > MAX_CHUNKS) {
        return NONE;
      }
      ranges.add(range);
    }
    return new FirstReads(List.copyOf(ranges));
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, CHECKSUM_AT);
    return (int) crc.getValue();
  }

  /**
   * Writes the list into an image. Overlays that were made on it fit it no longer.
   *
   * @throws DeviceFormatException if something else is there: the image boots, or has partitions
   */
  public void writeTo(BlockDevice image) throws IOException {
    ByteBuffer there = ByteBuffer.allocate(BYTES);
    image.read(0, there);
    boolean empty = Arrays.equals(there.array(), new byte[BYTES]);
    if (!empty && !Arrays.equals(there.array(), 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
      throw new DeviceFormatException("the image's first 1,024 bytes are in use");
    }
    ByteBuffer b = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    b.put(MAGIC).putShort((short) ranges.size());
    ranges.forEach(range -> b.putInt(range.first).putShort((short) range.length));
    b.putInt(CHECKSUM_AT, checksum(b.array()));
    image.write(0, b.position(0).limit(BYTES));
    image.flush();
  }
}
