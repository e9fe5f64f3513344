package io.rookery.ext2.nio;

import io.rookery.ext2.Ext2Inode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/** An open file. */
final class ImageChannel implements SeekableByteChannel {
  private final ImagePath path;
  private final ImageFileSystem fileSystem;
  private final Ext2Inode file;
  private final OpenMode mode;
  private long position;
  private boolean open = true;

  /** The file has been retained for the channel. */
  ImageChannel(ImagePath path, Ext2Inode file, OpenMode mode) {
    this.path = path;
    this.fileSystem = path.getFileSystem();
    this.file = file;
    this.mode = mode;
  }

  private void requireOpen() throws ClosedChannelException {
    if (!open) {
      throw new ClosedChannelException();
    }
  }

  private void requireWritable() throws ClosedChannelException {
    requireOpen();
    if (!mode.write()) {
      throw new NonWritableChannelException();
    }
  }

  @Override
  public synchronized int read(ByteBuffer dst) throws IOException {
    requireOpen();
    if (!mode.read()) {
      throw new NonReadableChannelException();
    }
    if (!dst.hasRemaining()) {
      return 0;
    }
    int n = fileSystem.call(path, () -> fileSystem.files().read(file, position, dst));
    position += n;
    return n == 0 ? -1 : n;
  }

  @Override
  public synchronized int write(ByteBuffer src) throws IOException {
    requireWritable();
    if (mode.append()) {
      position = file.size();
    }
    int total = 0;
    while (src.hasRemaining()) { // a full volume is said by the next round's exception
      int n = fileSystem.call(path, () -> fileSystem.files().write(file, position, src));
      position += n;
      total += n;
    }
    if (mode.sync()) {
      fileSystem.call(
          path,
          () -> {
            fileSystem.files().fsync(file);
            return 0;
          });
    }
    return total;
  }

  @Override
  public synchronized long position() throws IOException {
    requireOpen();
    return position;
  }

  @Override
  public synchronized ImageChannel position(long newPosition) throws IOException {
    requireOpen();
    if (newPosition < 0) {
      throw new IllegalArgumentException("position " + newPosition);
    }
    position = newPosition;
    return this;
  }

  @Override
  public synchronized long size() throws IOException {
    requireOpen();
    return file.size();
  }

  @Override
  public synchronized ImageChannel truncate(long size) throws IOException {
    if (size < 0) {
      throw new IllegalArgumentException("size " + size);
    }
    requireWritable();
    if (size < file.size()) {
      fileSystem.call(
          path,
          () -> {
            fileSystem.files().truncate(file, size);
            return 0;
          });
    }
    position = Math.min(position, size);
    return this;
  }

  @Override
  public synchronized boolean isOpen() {
    return open;
  }

  @Override
  public synchronized void close() throws IOException {
    if (!open) {
      return;
    }
    open = false;
    try {
      if (mode.deleteOnClose() && fileSystem.isOpen()) {
        fileSystem.provider().deleteIfExists(path);
      }
    } finally {
      file.release();
    }
  }
}
