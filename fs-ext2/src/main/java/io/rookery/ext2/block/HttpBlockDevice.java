package io.rookery.ext2.block;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/** A file on a web server; all that this process opens of one share its state. */
final class HttpBlockDevice implements BlockDevice {
  private final RemoteImage image;
  private final AtomicBoolean closed = new AtomicBoolean();

  private HttpBlockDevice(RemoteImage image) {
    this.image = image;
  }

  static HttpBlockDevice open(URI uri, HttpOptions options) throws IOException {
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!scheme.equals("http") && !scheme.equals("https") || uri.getHost() == null) {
      throw new IllegalArgumentException("no http or https URL: " + uri);
    }
    return new HttpBlockDevice(RemoteImage.open(uri, options));
  }

  RemoteImage image() {
    return image;
  }

  @Override
  public long size() {
    return image.size();
  }

  @Override
  public int blockSize() {
    return 1;
  }

  @Override
  public boolean readOnly() {
    return true;
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    DeviceRange.check(this, offset, dst.remaining());
    checkOpen();
    image.read(offset, dst);
  }

  @Override
  public void write(long offset, ByteBuffer src) throws IOException {
    throw new ReadOnlyDeviceException("write to a read-only device");
  }

  @Override
  public void flush() throws IOException {
    checkOpen();
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    throw new ReadOnlyDeviceException("discard on a read-only device");
  }

  @Override
  public void close() throws IOException {
    if (closed.compareAndSet(false, true)) {
      image.release();
    }
  }

  private void checkOpen() throws IOException {
    if (closed.get()) {
      throw new IOException(image + " is closed");
    }
  }

  @Override
  public String toString() {
    return image.toString();
  }
}
