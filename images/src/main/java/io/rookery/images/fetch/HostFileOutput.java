package io.rookery.images.fetch;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Writes a file of the host and names it when that fails. */
final class HostFileOutput extends OutputStream {
  private final Path file;
  private final OutputStream out;

  HostFileOutput(Path file, OutputStream out) {
    this.file = file;
    this.out = out;
  }

  @Override
  public void write(int value) {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) {
    try {
      out.write(bytes, offset, length);
    } catch (IOException e) {
      throw HostFileException.of(file, e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw HostFileException.of(file, e);
    }
  }
}
