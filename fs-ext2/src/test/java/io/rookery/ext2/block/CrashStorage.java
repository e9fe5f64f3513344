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

  /** A write, or, without bytes, a force. */
  private record Event(long offset, byte[] bytes) {
    boolean isForce() {
      return bytes.length == 0;
    }
  }

  /** How a cut treats the writes since the last force. */
  enum Loss {
    ALL,
    NONE,
    SOME_WRITES,
    SOME_SECTORS
  }

  private final List<Event> events = new ArrayList<>();
  private byte[] contents;

  CrashStorage(byte[] contents) {
    this.contents = contents;
  }

  /** How many writes and forces there were so far. */
  synchronized int events() {
    return events.size();
  }

  /** What is on the disk if the power is cut after so many events. */
  synchronized byte[] after(int count, Loss loss, Random random) {
    int forced = count;
    while (forced > 0 && !events.get(forced - 1).isForce()) {
      forced--;
    }
    byte[] disk = new byte[contents.length];
    int size = 0;
    for (int i = 0; i < count; i++) {
      Event event = events.get(i);
      int unit = loss == Loss.SOME_SECTORS ? SECTOR : Math.max(event.bytes.length, 1);
      for (int at = 0; at < event.bytes.length; at += unit) {
        boolean kept = i < forced || loss == Loss.NONE || loss != Loss.ALL && random.nextBoolean();
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

  @Override
  public String name() {
    return "crash storage";
  }

  @Override
  public synchronized long size() {
    return contents.length;
  }

  @Override
  public synchronized void read(long offset, ByteBuffer dst) throws IOException {
    if (offset + dst.remaining() > contents.length) {
      throw new EOFException("read past the end at " + offset);
    }
    dst.put(contents, (int) offset, dst.remaining());
  }

  @Override
  public synchronized void write(long offset, ByteBuffer src) {
    byte[] bytes = new byte[src.remaining()];
    src.get(bytes);
    events.add(new Event(offset, bytes));
    int end = (int) offset + bytes.length;
    if (end > contents.length) {
      contents = Arrays.copyOf(contents, end);
    }
    System.arraycopy(bytes, 0, contents, (int) offset, bytes.length);
  }

  @Override
  public synchronized void force() {
    events.add(new Event(0, new byte[0]));
  }

  @Override
  public void share() {}

  @Override
  public void close() {}
}
