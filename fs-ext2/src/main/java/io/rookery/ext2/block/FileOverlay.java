package io.rookery.ext2.block;

import static io.rookery.ext2.block.OverlayLayout.CLUSTER;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
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
  private final DiskFile file;
  private final OverlayMap map;
  private final ReentrantLock writer = new ReentrantLock();
  private final ReadWriteLock mapLock = new ReentrantReadWriteLock();
  private boolean closed;

  private FileOverlay(BlockDevice base, DiskFile file) {
    this.base = base;
    this.file = file;
    this.map = new OverlayMap(file, base.size());
  }

  static FileOverlay open(BlockDevice base, Path path) throws IOException {
    if (base.size() > OverlayLayout.MAX_DISK_SIZE || base.blockSize() > CLUSTER) {
      throw new IllegalArgumentException(
          "no overlay over %d bytes in blocks of %d".formatted(base.size(), base.blockSize()));
    }
    try {
      Files.createFile(path);
    } catch (FileAlreadyExistsException e) {
      // it is opened below
    }
    DiskFile file = DiskFile.open(path, true);
    boolean done = false;
    try {
      FileOverlay overlay = new FileOverlay(base, file);
      if (overlay.unfinished()) {
        overlay.initialise();
      } else {
        overlay.checkHeader();
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

  /** Whether the file is new or its making was cut off: the magic number is written last. */
  private boolean unfinished() throws IOException {
    long size = file.size();
    if (size >= Long.BYTES && size <= OverlayLayout.FIRST_FREE * CLUSTER) {
      ByteBuffer magic = ByteBuffer.allocate(Long.BYTES);
      file.read(0, magic);
      return magic.getLong(0) == 0;
    }
    return size == 0;
  }

  private void initialise() throws IOException {
    map.setBase(baseChecksum(), false);
    map.writeRoot(0);
    ByteBuffer other = OverlayLayout.page();
    file.write((OverlayLayout.ROOT_SLOT_0 + 1L) * CLUSTER, other);
    ByteBuffer header = OverlayLayout.page();
    header.putLong(0, OverlayLayout.HEADER_MAGIC);
    header.putInt(OverlayLayout.HEADER_VERSION, OverlayLayout.VERSION);
    header.putInt(OverlayLayout.HEADER_CLUSTER_SIZE, CLUSTER);
    header.putLong(OverlayLayout.HEADER_DISK_SIZE, base.size());
    OverlayLayout.seal(header);
    file.write(Long.BYTES, header.slice(Long.BYTES, CLUSTER - Long.BYTES));
    file.force();
    file.write(0, header.slice(0, Long.BYTES));
    file.force();
  }

  private int baseChecksum() throws IOException {
    int span = (int) Math.min(base.size(), OverlayLayout.BASE_CRC_SPAN);
    ByteBuffer start = ByteBuffer.allocate(span);
    base.read(0, start);
    return OverlayLayout.checksum(start.flip());
  }

  private void checkHeader() throws IOException {
    ByteBuffer header = OverlayLayout.page();
    if (file.size() < OverlayLayout.FIRST_FREE * CLUSTER) {
      throw new DeviceFormatException(
          "%s: %d bytes are too few for an overlay".formatted(file.path(), file.size()));
    }
    file.read(0, header);
    expect("magic", header.getLong(0), OverlayLayout.HEADER_MAGIC);
    expect("version", header.getInt(OverlayLayout.HEADER_VERSION), OverlayLayout.VERSION);
    if (!OverlayLayout.sealed(header)) {
      throw new DeviceFormatException(file.path() + ": the header's checksum is wrong");
    }
    expect("cluster size", header.getInt(OverlayLayout.HEADER_CLUSTER_SIZE), CLUSTER);
    expect("size of the base", base.size(), header.getLong(OverlayLayout.HEADER_DISK_SIZE));
  }

  /** An overlay fits the base that it was made over, as that was then. */
  private void checkBase() throws IOException {
    if (map.isEmpty()) {
      map.setBase(baseChecksum(), false);
    } else if (!map.merging()) {
      expect("checksum of the base's first 64 KiB", baseChecksum(), map.baseChecksum());
    }
  }

  private void expect(String what, long found, long expected) throws DeviceFormatException {
    if (found != expected) {
      throw new DeviceFormatException(
          "%s: %s is %x, expected %x".formatted(file.path(), what, found, expected));
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
    return false;
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
                  file.path(),
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
      map.setBase(baseChecksum(), false);
      mapLock.writeLock().lock();
      try {
        map.clear();
      } finally {
        mapLock.writeLock().unlock();
      }
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
        flush();
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
      throw new IOException(file.path() + " is closed");
    }
  }
}
