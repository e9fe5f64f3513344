package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicBoolean;

/** A file, byte for byte. */
final class FileBlockDevice implements BlockDevice {
  private final DiskFile file;
  private final long size;
  private final boolean readOnly;
  private final AtomicBoolean closed = new AtomicBoolean();

  private FileBlockDevice(DiskFile file, long size, boolean readOnly) {
    this.file = file;
    this.size = size;
    this.readOnly = readOnly;
  }

  static FileBlockDevice open(Path path, boolean readOnly) throws IOException {
    DiskFile file = DiskFile.open(path, !readOnly);
    try {
      return new FileBlockDevice(file, file.size(), readOnly);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  static FileBlockDevice create(Path path, long size) throws IOException {
    if (size < 1) {
      throw new IllegalArgumentException("size " + size);
    }
    // One byte at the end of a SPARSE file gives it its length without taking space.
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), size - 1);
    } catch (IOException e) {
      if (!(e instanceof FileAlreadyExistsException)) {
        Files.deleteIfExists(path);
      }
      throw e;
    }
    return open(path, false);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public boolean readOnly() {
    return readOnly;
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    DeviceRange.check(this, offset, dst.remaining());
    checkOpen();
    file.read(offset, dst);
  }

  @Override
  public void write(long offset, ByteBuffer src) throws IOException {
    DeviceRange.checkWrite(this, offset, src.remaining());
    checkOpen();
    file.write(offset, src);
  }

  @Override
  public void flush() throws IOException {
    checkOpen();
    if (!readOnly) {
      file.force();
    }
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    DeviceRange.checkWrite(this, offset, length);
    checkOpen(); // Java cannot punch holes into files; keeping the old bytes is allowed
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      try {
        if (!readOnly) {
          file.force();
        }
      } finally {
        file.close();
      }
    }
  }

  private void checkOpen() throws IOException {
    if (closed.get()) {
      throw new IOException(file.path() + " is closed");
    }
  }
}
