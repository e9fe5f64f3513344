package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/** A file whose changes go through an overlay, so that a flush is atomic. */
final class JournaledFile implements BlockDevice {
  private static final long MAX_JOURNAL = 256L << 20;

  private final BlockDevice file;
  private final FileOverlay journal;
  private final Path journalPath;
  private final ReentrantLock closing = new ReentrantLock();
  private boolean closed;

  private JournaledFile(BlockDevice file, FileOverlay journal, Path journalPath) {
    this.file = file;
    this.journal = journal;
    this.journalPath = journalPath;
  }

  /** Where the journal of a disk is. */
  static Path journalOf(Path path) throws IOException {
    Path real = path.toRealPath();
    return real.resolveSibling(real.getFileName() + ".journal");
  }

  /** Merges a journal that a crash has left behind, if there is one. */
  static void recover(Path path) throws IOException {
    if (Files.exists(path) && Files.exists(journalOf(path))) {
      open(path).close();
    }
  }

  static JournaledFile open(Path path) throws IOException {
    BlockDevice file = FileBlockDevice.open(path, false);
    FileOverlay journal = null;
    boolean done = false;
    try {
      Path journalPath = journalOf(path);
      journal = FileOverlay.open(file, journalPath);
      journal.merge(); // what a crash left behind
      done = true;
      return new JournaledFile(file, journal, journalPath);
    } finally {
      if (!done) {
        if (journal != null) {
          journal.close();
        }
        file.close();
      }
    }
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  public int blockSize() {
    return file.blockSize();
  }

  @Override
  public boolean readOnly() {
    return false;
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    journal.read(offset, dst);
  }

  @Override
  public void write(long offset, ByteBuffer src) throws IOException {
    journal.write(offset, src);
  }

  @Override
  public void flush() throws IOException {
    journal.flush();
    if (journal.bytes() > MAX_JOURNAL) {
      journal.merge();
    }
  }

  @Override
  public boolean flushIsAtomic() {
    return true;
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    journal.discard(offset, length);
  }

  @Override
  public void close() throws IOException {
    closing.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      try (file) {
        try (journal) {
          journal.flush();
          journal.merge();
        }
        Files.deleteIfExists(journalPath);
      }
    } finally {
      closing.unlock();
    }
  }
}
