package io.rookery.ext2.block;

import static io.rookery.ext2.block.ChunkCacheLayout.CHUNK;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A file of {@link ChunkCacheLayout}'s format. One process writes to it; others find it locked and
 * read what was in it when they opened it: what the writer replaces meanwhile no longer fits its
 * checksum, and counts as absent. Thread-safe.
 */
final class ChunkCache implements AutoCloseable {
  private static final int NONE = -1;
  private static final System.Logger LOG = System.getLogger(ChunkCache.class.getName());

  private final DiskFile file;
  private final boolean writable;
  private final int[] chunkIn;
  private final int[] crcOf;
  private final Map<Integer, Integer> slotOf = new HashMap<>();

  /** Slots that were used since the hand of the clock passed them. */
  private final boolean[] referenced;

  private int hand;
  private long epoch;
  private @Nullable RemoteVersion version;
  private boolean broken;

  private ChunkCache(DiskFile file, boolean writable, int slots) {
    this.file = file;
    this.writable = writable;
    this.chunkIn = new int[slots];
    this.crcOf = new int[slots];
    this.referenced = new boolean[slots];
    Arrays.fill(chunkIn, NONE);
  }

  /** Opens a cache file, made if it does not exist; a damaged one is empty. */
  static ChunkCache open(Path path, long maxBytes) throws IOException {
    try {
      Files.createFile(path);
    } catch (FileAlreadyExistsException e) {
      // opened below
    }
    DiskFile file;
    boolean writable = true;
    try {
      file = DiskFile.open(path, true);
    } catch (DeviceLockedException e) {
      file = DiskFile.openUnlocked(path);
      writable = false;
    }
    ChunkCache cache = new ChunkCache(file, writable, (int) (maxBytes / CHUNK));
    boolean done = false;
    try {
      cache.load();
      done = true;
    } finally {
      if (!done) {
        file.close();
      }
    }
    return cache;
  }

  private synchronized void load() throws IOException {
    long size = file.size();
    if (size < ChunkCacheLayout.HEADER) {
      return;
    }
    ByteBuffer page = ByteBuffer.allocate(ChunkCacheLayout.HEADER);
    file.read(0, page);
    ChunkCacheLayout.Header header = ChunkCacheLayout.read(page.flip());
    if (header == null || header.slots() != chunkIn.length) {
      return;
    }
    version = header.version();
    epoch = header.epoch();
    long end = Math.min(size, ChunkCacheLayout.recordOffset(chunkIn.length));
    ByteBuffer table =
        ByteBuffer.allocate((int) (end - ChunkCacheLayout.HEADER)).order(ByteOrder.LITTLE_ENDIAN);
    file.read(ChunkCacheLayout.HEADER, table);
    table.flip();
    for (int slot = 0; table.remaining() >= ChunkCacheLayout.RECORD; slot++) {
      int at = table.position();
      long identity = table.getLong();
      long check = table.getLong();
      if (identity == 0 && check == 0) {
        continue; // never used, as most are: a cold JVM takes its time over 65,536 checksums
      }
      int chunk = table.getInt(at);
      int crc = table.getInt(at + 4);
      if (table.getInt(at + 12) == ChunkCacheLayout.recordCrc(epoch, slot, chunk, crc)
          && slotOf.putIfAbsent(chunk, slot) == null) {
        chunkIn[slot] = chunk;
        crcOf[slot] = crc;
      }
    }
  }

  /** What state of the remote file the chunks are of; null while there are none. */
  synchronized @Nullable RemoteVersion version() {
    return version;
  }

  /** Forgets everything; what comes next is of this state of the remote file. */
  synchronized void reset(RemoteVersion next) throws IOException {
    version = next;
    epoch = new SecureRandom().nextLong();
    slotOf.clear();
    Arrays.fill(chunkIn, NONE);
    if (writable) {
      file.write(
          0, ChunkCacheLayout.write(new ChunkCacheLayout.Header(chunkIn.length, epoch, next)));
    }
  }

  synchronized boolean contains(int chunk) {
    return slotOf.containsKey(chunk);
  }

  /** A chunk's bytes, or null if they are not here, or damaged. */
  byte @Nullable [] read(int chunk) {
    int slot;
    int crc;
    synchronized (this) {
      slot = slotOf.getOrDefault(chunk, NONE);
      if (slot == NONE) {
        return null;
      }
      crc = crcOf[slot];
      referenced[slot] = true;
    }
    byte[] bytes = new byte[CHUNK];
    try {
      file.read(ChunkCacheLayout.slotOffset(chunkIn.length, slot), ByteBuffer.wrap(bytes));
      if (ChunkCacheLayout.crc(ByteBuffer.wrap(bytes)) == crc) {
        return bytes;
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "reading " + file.path(), e);
    }
    forget(chunk, slot);
    return null;
  }

  private synchronized void forget(int chunk, int slot) {
    if (slotOf.remove(chunk, slot)) {
      chunkIn[slot] = NONE;
    }
  }

  /** Keeps a chunk, in place of another one if the file is as large as it may be. */
  synchronized void put(int chunk, byte[] bytes) {
    if (!writable || broken || slotOf.containsKey(chunk)) {
      return;
    }
    int slot = freeSlot();
    int crc = ChunkCacheLayout.crc(ByteBuffer.wrap(bytes));
    try {
      file.write(ChunkCacheLayout.slotOffset(chunkIn.length, slot), ByteBuffer.wrap(bytes));
      file.write(
          ChunkCacheLayout.recordOffset(slot), ChunkCacheLayout.record(epoch, slot, chunk, crc));
    } catch (IOException e) {
      broken = true; // a full host disk is no reason for the guest's to fail
      LOG.log(System.Logger.Level.WARNING, file.path() + " takes no more: " + e);
      return;
    }
    chunkIn[slot] = chunk;
    crcOf[slot] = crc;
    referenced[slot] = true;
    slotOf.put(chunk, slot);
  }

  /** The clock algorithm. */
  private int freeSlot() {
    while (true) {
      int slot = hand;
      hand = (hand + 1) % chunkIn.length;
      if (chunkIn[slot] == NONE) {
        return slot;
      }
      if (slotOf.size() == chunkIn.length && !referenced[slot]) {
        slotOf.remove(chunkIn[slot], slot);
        chunkIn[slot] = NONE;
        return slot;
      }
      referenced[slot] &= slotOf.size() < chunkIn.length;
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (this) {
      broken = true;
    }
    file.close();
  }
}
