package io.rookery.linux.vfs;

import java.io.IOException;

/** Where the content of a cached file comes from and, for some, goes to. Thread-safe. */
public interface PageStore {
  /** A file that is all zeros until written, and kept in memory only. */
  PageStore EMPTY =
      new PageStore() {
        @Override
        public void load(long position, byte[] target, int offset, int length) {
          java.util.Arrays.fill(target, offset, offset + length, (byte) 0);
        }

        @Override
        public long size() {
          return 0;
        }
      };

  /** Reads bytes; what lies beyond the end of the store reads as zeros. */
  void load(long position, byte[] target, int offset, int length) throws IOException;

  /** Bytes from here on are zeros without asking. */
  long size();

  /** Whether changed pages are written back; otherwise they stay in memory. */
  default boolean writable() {
    return false;
  }

  /** Writes bytes back. */
  default void store(long position, byte[] source, int offset, int length) throws IOException {
    throw new IOException("read-only store");
  }
}
