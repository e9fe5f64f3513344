package io.rookery.images.repo;

import io.rookery.images.BadArchiveException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A stream of an archive's file whose every failure is a {@link BadArchiveException} that names the
 * file, as is reading more than a number of bytes: a bound on what decompression may yield.
 */
public final class BoundedInputStream extends FilterInputStream {
  private final String name;
  private final long limit;
  private long read;

  /** Bounds a stream; its name is for messages. */
  public BoundedInputStream(InputStream in, String name, long limit) {
    super(in);
    this.name = name;
    this.limit = limit;
  }

  @Override
  public int read() {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) {
    int count;
    try {
      count = super.read(bytes, offset, length);
    } catch (BadArchiveException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // decompressors throw both for damaged data
      throw new BadArchiveException(name + ": cannot be read: " + e.getMessage(), e);
    }
    read += Math.max(count, 0);
    if (read > limit) {
      throw new BadArchiveException(name + ": larger than " + limit + " bytes");
    }
    return count;
  }

  @Override
  public long skip(long count) {
    byte[] skipped = new byte[(int) Math.min(count, 1 << 13)];
    return Math.max(0, read(skipped, 0, skipped.length));
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
