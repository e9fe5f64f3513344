package io.rookery.ext2.block;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A file on a disk whose power can be cut: what was not forced may be there, be lost, or be there
 * in part, in any order. It notes every write and every force, so that the state after a cut at
 * each of them can be made afterwards.
 */
final class CrashStorage implements Storage {
  /** Disks write whole sectors. */
  private static final int SECTOR = 512;

  /** A write to a file, or, without bytes, a force. */
  private record Event(CrashStorage file, long offset, byte[] bytes) {}

  /** How a cut treats the writes since the last force. */
  enum Loss {
    ALL,
    NONE,
    SOME_WRITES,
    SOME_SECTORS
  }

  /** In the order in which they happened, those of all files that fail together. */
  private final List<Event> events;

  private byte[] contents;

  CrashStorage(byte[] contents) {
    this.contents = contents;
    this.events = new ArrayList<>();
  }

  /** An empty file whose disk fails at the same moment as another one's. */
  CrashStorage(CrashStorage other) {
    this.contents = new byte[0];
    this.events = other.events;
  }

  /** A file that was written before anything is noted, and is safe. */
  static CrashStorage holding(byte[] contents) {
    CrashStorage storage = new CrashStorage(new byte[0]);
    storage.write(0, ByteBuffer.wrap(contents));
    storage.force();
    return storage;
  }

  /** How many writes and forces there were so far, with those of the other files. */
  int events() {
    synchronized (events) {
      return events.size();
    }
  }

  /** What is in this file if the power is cut after so many events. */
  byte[] after(int count, Loss loss, Random random) {
    synchronized (events) {
      int forced = count;
      while (forced > 0 && !isForce(events.get(forced - 1))) {
        forced--;
      }
      byte[] disk = new byte[contents.length];
      int size = 0;
      for (int i = 0; i < count; i++) {
        Event event = events.get(i);
        if (event.file != this) {
          continue;
        }
        int unit = loss == Loss.SOME_SECTORS ? SECTOR : Math.max(event.bytes.length, 1);
        for (int at = 0; at < event.bytes.length; at += unit) {
          boolean kept =
              i < forced || loss == Loss.NONE || loss != Loss.ALL && random.nextBoolean();
          if (kept) {
            int n = Math.min(unit, event.bytes.length - at);
            int start = (int) event.offset + at;
            System.arraycopy(event.bytes, at, disk, start, n);
            size = Math.max(size, start + n);
          }
        }
      }
      return Arrays.copyOf(disk, size);
    }
  }

  private boolean isForce(Event event) {
    return event.file == this && event.bytes.length == 0;
  }

  @Override
  public String name() {
    return "crash storage";
  }

  @Override
  public long size() {
    synchronized (events) {
      return contents.length;
    }
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    synchronized (events) {
      if (offset + dst.remaining() > contents.length) {
        throw new EOFException("read past the end at " + offset);
      }
      dst.put(contents, (int) offset, dst.remaining());
    }
  }

  @Override
  public void write(long offset, ByteBuffer src) {
    byte[] bytes = new byte[src.remaining()];
    src.get(bytes);
    synchronized (events) {
      events.add(new Event(this, offset, bytes));
      int end = (int) offset + bytes.length;
      if (end > contents.length) {
        contents = Arrays.copyOf(contents, end);
      }
      System.arraycopy(bytes, 0, contents, (int) offset, bytes.length);
    }
  }

  @Override
  public void force() {
    synchronized (events) {
      events.add(new Event(this, 0, new byte[0]));
    }
  }

  @Override
  public void share() {}

  @Override
  public void close() {}
}
