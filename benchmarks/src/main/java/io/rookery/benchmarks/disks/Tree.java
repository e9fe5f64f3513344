package io.rookery.benchmarks.disks;

import java.io.IOException;
import java.nio.ByteBuffer;

/** The files of a mounted volume, by paths without a leading slash. */
interface Tree extends AutoCloseable {
  /** An open file. */
  interface Handle extends AutoCloseable {
    void read(long position, ByteBuffer target) throws IOException;

    void write(long position, ByteBuffer source) throws IOException;

    @Override
    void close() throws IOException;
  }

  void mkdir(String path) throws IOException;

  /** Opens a file for reading and writing; it is made if there is none. */
  Handle open(String path) throws IOException;

  /** A file's size. */
  long stat(String path) throws IOException;

  void delete(String path) throws IOException;

  @Override
  void close() throws IOException;
}
