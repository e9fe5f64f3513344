package io.rookery.ext2.block;

import static io.rookery.ext2.block.OverlayLayout.CLUSTER;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A base device with the changed clusters in a file of {@link OverlayLayout}'s format.
 *
 * <p>Writers go one at a time ({@code writer}); they put data into clusters nobody can see yet and
 * take {@code mapLock} only to publish them, so that readers never wait for a write or a flush.
 */
final class FileOverlay implements BlockDevice {
  /** Clusters per write to the file. */
  private static final int BATCH = 64;

  private final BlockDevice base;
  private final Storage file;
  private final OverlayMap map;
  private final ReentrantLock writer = new ReentrantLock();
  private final ReadWriteLock mapLock = new ReentrantReadWriteLock();
  private volatile boolean readOnly;
  private boolean closed;

  private FileOverlay(BlockDevice base, Storage file, boolean readOnly) {
    this.base = base;
    this.file = file;
    this.readOnly = readOnly;
    this.map = new OverlayMap(file, base.size());
  }

  /** Opens an overlay for writing; it is made if there is none. */
  static FileOverlay open(BlockDevice base, Path path) throws IOException {
    try {
      Files.createFile(path);
    } catch (FileAlreadyExistsException e) {
      // it is opened below
    }
    return open(base, DiskFile.open(path, true), false);
  }

  /** Opens an overlay that others may be reading as well. */
  static FileOverlay openReadOnly(BlockDevice base, Path path) throws IOException {
    return open(base, DiskFile.open(path, false), true);
  }

  /** Takes over the storage, and closes it if this fails. */
  static FileOverlay open(BlockDevice base, Storage file, boolean readOnly) throws IOException {
    boolean done = false;
    try {
      if (base.size() > OverlayLayout.MAX_DISK_SIZE || base.blockSize() > CLUSTER) {
        throw new IllegalArgumentException(
            "no overlay over %d bytes in blocks of %d".formatted(base.size(), base.blockSize()));
      }
      FileOverlay overlay = new FileOverlay(base, file, readOnly);
      if (!readOnly && OverlayHeader.unfinished(file)) {
        overlay.initialise();
      } else {
        OverlayHeader.check(file, base.size());
        overlay.map.load();
        overlay.checkBase();
      }
      done = true;
      return overlay;
    } finally {
      if (!done) {
        file.close();
      }
    }
  }

  private void initialise() throws IOException {
    map.setBase(baseChecksum(), false);
    map.writeRoot(0);
    file.write((OverlayLayout.ROOT_SLOT_0 + 1L) * CLUSTER, OverlayLayout.page());
    OverlayHeader.write(file, base.size());
  }

  private int baseChecksum() throws IOException {
    return checksum(base);
  }

  private static int checksum(BlockDevice device) throws IOException {
    int span = (int) Math.min(device.size(), OverlayLayout.BASE_CRC_SPAN);
    ByteBuffer start = ByteBuffer.allocate(span);
    device.read(0, start);
    return OverlayLayout.checksum(start.flip());
  }

  /** An overlay fits the base that it was made over, as that was then. */
  private void checkBase() throws IOException {
    if (map.isEmpty()) {
      map.setBase(baseChecksum(), false);
    } else if (!map.merging()) {
      OverlayHeader.expect(
          file, "checksum of the base's first 64 KiB", baseChecksum(), map.baseChecksum());
    }
  }

  @Override
  public long size() {
    return base.size();
  }

  @Override
  public int blockSize() {
    return base.blockSize();
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    DeviceRange.check(this, offset, dst.remaining());
    mapLock.readLock().lock();
    try {
      checkOpen();
      long at = offset;
      while (dst.hasRemaining()) {
        at += readRun(at, dst);
      }
    } finally {
      mapLock.readLock().unlock();
    }
  }

  /** Reads as many clusters as lie side by side in the base or in the file. */
  private int readRun(long at, ByteBuffer dst) throws IOException {
    long cluster = at / CLUSTER;
    int from = (int) (at % CLUSTER);
    int n = Math.min(dst.remaining(), CLUSTER - from);
    long pointer = map.get(cluster);
    int place = OverlayLayout.cluster(pointer);
    if (place == OverlayLayout.ZEROS) {
      DeviceRange.putZeros(dst, n);
      return n;
    }
    if (place == OverlayLayout.ABSENT) {
      while (n < dst.remaining()
          && OverlayLayout.cluster(map.get(++cluster)) == OverlayLayout.ABSENT) {
        n = Math.min(dst.remaining(), n + CLUSTER);
      }
      base.read(at, DeviceRange.take(dst, n));
      return n;
    }
    if (n < CLUSTER) {
      dst.put(readCluster(cluster, pointer).slice(from, n));
      return n;
    }
    int run = 1;
    while (dst.remaining() >= (run + 1) * CLUSTER
        && OverlayLayout.cluster(map.get(cluster + run)) == place + run) {
      run++;
    }
    ByteBuffer part = DeviceRange.take(dst, run * CLUSTER);
    file.read((long) place * CLUSTER, part.duplicate());
    for (int i = 0; i < run; i++) {
      verify(cluster + i, map.get(cluster + i), part.slice(i * CLUSTER, CLUSTER));
    }
    return run * CLUSTER;
  }

  private ByteBuffer readCluster(long cluster, long pointer) throws IOException {
    ByteBuffer data = OverlayLayout.page();
    file.read((long) OverlayLayout.cluster(pointer) * CLUSTER, data);
    data.flip();
    verify(cluster, pointer, data);
    return data;
  }

  private void verify(long cluster, long pointer, ByteBuffer data) throws IOException {
    int sum = OverlayLayout.checksum(data);
    if (sum != OverlayLayout.crc(pointer)) {
      throw new DeviceFormatException(
          "%s: data of cluster %d at byte %d has checksum %08x, expected %08x"
              .formatted(
                  file.name(),
                  cluster,
                  (long) OverlayLayout.cluster(pointer) * CLUSTER,
                  sum,
                  OverlayLayout.crc(pointer)));
    }
  }

  @Override
  public void write(long offset, ByteBuffer src) throws IOException {
    DeviceRange.checkWrite(this, offset, src.remaining());
    writer.lock();
    try {
      checkOpen();
      long at = offset;
      while (src.hasRemaining()) {
        at += writeBatch(at, src);
      }
    } finally {
      writer.unlock();
    }
  }

  /** Writes up to BATCH whole clusters, or one partial one, and publishes them. */
  private int writeBatch(long at, ByteBuffer src) throws IOException {
    long first = at / CLUSTER;
    int from = (int) (at % CLUSTER);
    int count = Math.min(BATCH, src.remaining() / CLUSTER);
    ByteBuffer data;
    int n;
    if (from == 0 && count > 0) {
      n = count * CLUSTER;
      data = DeviceRange.take(src, n);
    } else {
      count = 1;
      n = Math.min(src.remaining(), CLUSTER - from);
      data = OverlayLayout.page();
      long start = first * CLUSTER;
      read(start, data.slice(0, (int) Math.min(CLUSTER, size() - start)));
      data.put(from, src, src.position(), n);
      src.position(src.position() + n);
    }
    long[] pointers = new long[count];
    int done = 0;
    try {
      for (int i = 0; i < count; i++) {
        int sum = OverlayLayout.checksum(data.slice(i * CLUSTER, CLUSTER));
        pointers[i] = OverlayLayout.pointer(map.allocate(), sum);
      }
      writeRuns(data, pointers);
      mapLock.writeLock().lock();
      try {
        while (done < count) {
          map.put(first + done, pointers[done]);
          done++;
        }
      } finally {
        mapLock.writeLock().unlock();
      }
    } finally {
      for (int i = done; i < count && pointers[i] != 0; i++) {
        map.release(OverlayLayout.cluster(pointers[i]));
      }
    }
    return n;
  }

  private void writeRuns(ByteBuffer data, long[] pointers) throws IOException {
    int i = 0;
    while (i < pointers.length) {
      int place = OverlayLayout.cluster(pointers[i]);
      int run = 1;
      while (i + run < pointers.length && OverlayLayout.cluster(pointers[i + run]) == place + run) {
        run++;
      }
      file.write((long) place * CLUSTER, data.slice(i * CLUSTER, run * CLUSTER));
      i += run;
    }
  }

  @Override
  public void flush() throws IOException {
    writer.lock();
    try {
      checkOpen();
      if (map.dirty()) {
        map.flush();
      }
    } finally {
      writer.unlock();
    }
  }

  /** Flushes, and takes no more writes: others may read the file from now on. */
  void freeze() throws IOException {
    writer.lock();
    try {
      flush();
      readOnly = true;
      file.share();
    } finally {
      writer.unlock();
    }
  }

  /** Bytes that the changes take. */
  long bytes() {
    writer.lock();
    try {
      return map.bytes();
    } finally {
      writer.unlock();
    }
  }

  /**
   * Moves all changes into the base, which must be writable, and flushes both. Cut off anywhere, it
   * leaves an overlay that gives the same view, and can be repeated.
   */
  void merge() throws IOException {
    writer.lock();
    try {
      checkOpen();
      if (map.isEmpty()) {
        return;
      }
      map.setBase(map.baseChecksum(), true);
      map.flush();
      ByteBuffer buffer = ByteBuffer.allocate(BATCH * CLUSTER);
      long clusters = (size() + CLUSTER - 1) / CLUSTER;
      for (long cluster = 0; cluster < clusters; ) {
        int run = 0;
        while (run < BATCH
            && cluster + run < clusters
            && OverlayLayout.cluster(map.get(cluster + run)) != OverlayLayout.ABSENT) {
          run++;
        }
        if (run > 0) {
          long at = cluster * CLUSTER;
          buffer.clear().limit((int) Math.min((long) run * CLUSTER, size() - at));
          read(at, buffer);
          base.write(at, buffer.flip());
        }
        cluster += Math.max(1, run);
      }
      base.flush();
      forgetChanges();
    } finally {
      writer.unlock();
    }
  }

  /**
   * Drops all changes.
   *
   * @throws DeviceFormatException if a merge was cut off, which left the base useless without them
   */
  void dropChanges() throws IOException {
    writer.lock();
    try {
      checkOpen();
      if (map.merging()) {
        throw new DeviceFormatException(
            file.name() + ": a commit was cut off, and must be repeated");
      }
      forgetChanges();
    } finally {
      writer.unlock();
    }
  }

  private void forgetChanges() throws IOException {
    map.setBase(baseChecksum(), false);
    mapLock.writeLock().lock();
    try {
      map.clear();
    } finally {
      mapLock.writeLock().unlock();
    }
    map.flush();
  }

  /**
   * Takes in all that differs between the base and another one, for which the overlay is from then
   * on: opened over that, it gives the same view. Cut off anywhere, it is still for the base.
   */
  void rebase(BlockDevice other) throws IOException {
    writer.lock();
    try {
      checkOpen();
      if (map.merging() || other.size() != size()) {
        throw new DeviceFormatException(
            "%s: %s"
                .formatted(
                    file.name(),
                    map.merging()
                        ? "a commit was cut off, and must be repeated"
                        : "the new base has another size"));
      }
      byte[] ours = new byte[BATCH * CLUSTER];
      byte[] theirs = new byte[BATCH * CLUSTER];
      for (long at = 0; at < size(); at += ours.length) {
        int n = (int) Math.min(ours.length, size() - at);
        read(at, ByteBuffer.wrap(ours, 0, n));
        other.read(at, ByteBuffer.wrap(theirs, 0, n));
        for (int from = 0; from < n; from += CLUSTER) {
          int end = Math.min(n, from + CLUSTER);
          boolean absent =
              OverlayLayout.cluster(map.get((at + from) / CLUSTER)) == OverlayLayout.ABSENT;
          if (absent && !Arrays.equals(ours, from, end, theirs, from, end)) {
            write(at + from, ByteBuffer.wrap(ours, from, end - from));
          }
        }
      }
      map.setBase(checksum(other), false);
      map.flush();
    } finally {
      writer.unlock();
    }
  }

  @Override
  public boolean flushIsAtomic() {
    return true;
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    DeviceRange.checkWrite(this, offset, length);
    writer.lock();
    mapLock.writeLock().lock();
    try {
      checkOpen();
      long end = (offset + length) / CLUSTER;
      for (long c = (offset + CLUSTER - 1) / CLUSTER; c < end; c++) {
        if (OverlayLayout.cluster(map.get(c)) >= OverlayLayout.FIRST_FREE) {
          map.put(c, OverlayLayout.pointer(OverlayLayout.ZEROS, 0));
        }
      }
    } finally {
      mapLock.writeLock().unlock();
      writer.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    writer.lock();
    try {
      if (closed) {
        return;
      }
      try {
        if (!readOnly) {
          flush();
        }
      } finally {
        mapLock.writeLock().lock();
        try {
          closed = true;
        } finally {
          mapLock.writeLock().unlock();
        }
        file.close();
      }
    } finally {
      writer.unlock();
    }
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException(file.name() + " is closed");
    }
  }
}
