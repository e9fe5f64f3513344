package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What an overlay is kept in: a file that grows as it is written. */
interface Storage {
  /** How messages name it. */
  String name();

  long size() throws IOException;

  /** Reads all that remains in the buffer. */
  void read(long offset, ByteBuffer dst) throws IOException;

  /** Writes all that remains in the buffer. */
  void write(long offset, ByteBuffer src) throws IOException;

  /** Makes what was written durable. */
  void force() throws IOException;

  /** Lets others read it from now on, and writes no more. */
  void share() throws IOException;

  void close() throws IOException;
}
