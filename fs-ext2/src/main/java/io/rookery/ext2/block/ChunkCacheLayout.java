package io.rookery.ext2.block;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The format of the file that keeps what was read of a remote file, version 1. All numbers are
 * little-endian.
 *
 * <pre>
 * 0      header of 4,096 bytes: magic, version, chunk size, number of slots, epoch (a random
 *        number), the remote file's length, entity tag and modification date (each a 2-byte length
 *        and bytes); the last 4 bytes are the CRC-32C of those before them
 * 4,096  a record of 16 bytes for each slot: the chunk in it, the CRC-32C of its bytes, 4 zeros,
 *        the CRC-32C of the epoch, the slot's number and the record before it
 * then   from the next multiple of 65,536 on, the slots: chunks of 65,536 bytes
 * </pre>
 *
 * <p>Chunk n is the remote file's bytes from n times 65,536 on; the last one is filled up with
 * zeros. A record whose checksum is wrong says that the slot is empty, so that a new epoch in the
 * header empties them all. A slot whose bytes have another checksum than its record says is empty
 * as well: whatever of a write is lost, nothing wrong is read.
 */
final class ChunkCacheLayout {
  static final int CHUNK = 1 << 16;
  static final int HEADER = 4096;
  static final int RECORD = 16;

  static final long MAGIC = 0x48435448_564F4B52L; // "RKOVHTCH"
  static final int VERSION = 1;
  private static final int AT_VERSION = 8;
  private static final int AT_CHUNK_SIZE = 12;
  private static final int AT_SLOTS = 16;
  private static final int AT_EPOCH = 24;
  private static final int AT_LENGTH = 32;
  private static final int AT_VALIDATORS = 40;
  private static final int TRAILER_CRC = HEADER - Integer.BYTES;

  private ChunkCacheLayout() {}

  /** What the header tells. */
  record Header(int slots, long epoch, RemoteVersion version) {}

  static long recordOffset(int slot) {
    return HEADER + (long) slot * RECORD;
  }

  static long slotOffset(int slots, int slot) {
    long table = (recordOffset(slots) + CHUNK - 1) / CHUNK * CHUNK;
    return table + (long) slot * CHUNK;
  }

  static ByteBuffer write(Header header) {
    ByteBuffer page = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    page.putLong(0, MAGIC);
    page.putInt(AT_VERSION, VERSION);
    page.putInt(AT_CHUNK_SIZE, CHUNK);
    page.putInt(AT_SLOTS, header.slots);
    page.putLong(AT_EPOCH, header.epoch);
    page.putLong(AT_LENGTH, header.version.size());
    page.position(AT_VALIDATORS);
    put(page, header.version.etag());
    put(page, header.version.lastModified());
    page.clear();
    page.putInt(TRAILER_CRC, crc(page.slice(0, TRAILER_CRC)));
    return page;
  }

  /** The header, or null if this is none, of another version, or damaged. */
  static @Nullable Header read(ByteBuffer page) {
    page.order(ByteOrder.LITTLE_ENDIAN);
    if (page.getLong(0) != MAGIC
        || page.getInt(AT_VERSION) != VERSION
        || page.getInt(AT_CHUNK_SIZE) != CHUNK
        || page.getInt(TRAILER_CRC) != crc(page.slice(0, TRAILER_CRC))) {
      return null;
    }
    page.position(AT_VALIDATORS);
    String etag = getText(page);
    String lastModified = getText(page);
    return new Header(
        page.getInt(AT_SLOTS),
        page.getLong(AT_EPOCH),
        new RemoteVersion(page.getLong(AT_LENGTH), etag, lastModified));
  }

  private static void put(ByteBuffer page, @Nullable String text) {
    byte[] bytes = text == null ? new byte[0] : text.getBytes(StandardCharsets.ISO_8859_1);
    page.putShort((short) bytes.length).put(bytes);
  }

  private static @Nullable String getText(ByteBuffer page) {
    byte[] bytes = new byte[page.getShort()];
    page.get(bytes);
    return bytes.length == 0 ? null : new String(bytes, StandardCharsets.ISO_8859_1);
  }

  static ByteBuffer record(long epoch, int slot, int chunk, int dataCrc) {
    ByteBuffer record = ByteBuffer.allocate(RECORD).order(ByteOrder.LITTLE_ENDIAN);
    record.putInt(chunk).putInt(dataCrc).putInt(0).putInt(recordCrc(epoch, slot, chunk, dataCrc));
    return record.flip();
  }

  static int recordCrc(long epoch, int slot, int chunk, int dataCrc) {
    ByteBuffer all = ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN);
    return crc(all.putLong(epoch).putInt(slot).putInt(chunk).putInt(dataCrc).flip());
  }

  static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }
}
