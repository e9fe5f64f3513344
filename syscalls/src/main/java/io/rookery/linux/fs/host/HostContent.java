package io.rookery.linux.fs.host;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The channels of a host file, open while it has users: one for reading, and one for writing from
 * the first time that somebody asks for it, since a host program that runs cannot be opened so
 * (ETXTBSY). Thread-safe.
 *
 * <p>An interrupt of a thread closes the channel it uses; it is then opened again, which fails for
 * a file that has lost its name.
 */
final class HostContent {
  private final HostFile file;
  private volatile @Nullable FileChannel reader;
  private volatile @Nullable FileChannel writer;
  private int users; // guarded by this
  private boolean kept; // guarded by this: one of the users is whoever opens the new file first

  HostContent(HostFile file) {
    this.file = file;
  }

  private interface Io {
    long run(FileChannel c) throws IOException;
  }

  synchronized void keepUntilOpened(FileChannel channel) {
    reader = channel;
    writer = channel;
    users = 1;
    kept = true;
  }

  /** Takes part in the open file; returns whether this is the first user. */
  boolean use() throws IOException {
    synchronized (this) {
      if (users > 0) {
        if (!kept) {
          users++;
        }
        kept = false;
        return false;
      }
    }
    FileChannel r = null;
    FileChannel w = null;
    try {
      r = file.openChannel(StandardOpenOption.READ);
    } catch (AccessDeniedException e) {
      w = file.openChannel(StandardOpenOption.WRITE);
    }
    synchronized (this) {
      if (users++ == 0) {
        reader = r;
        writer = w;
        return true;
      }
    }
    closeBoth(r, w); // another thread was faster
    return false;
  }

  synchronized boolean lastUse() {
    return users == 1;
  }

  /** Ends one use; returns whether it was the last. */
  boolean unuse() throws IOException {
    return end(1);
  }

  void close() throws IOException {
    boolean done = end(Integer.MAX_VALUE);
    assert done;
  }

  private boolean end(int uses) throws IOException {
    FileChannel r;
    FileChannel w;
    synchronized (this) {
      users = Math.max(0, users - uses);
      if (users > 0) {
        return false;
      }
      r = reader;
      w = writer;
      reader = null;
      writer = null;
    }
    closeBoth(r, w);
    return true;
  }

  private static void closeBoth(@Nullable FileChannel r, @Nullable FileChannel w)
      throws IOException {
    try {
      if (r != null) {
        r.close();
      }
    } finally {
      if (w != null) {
        w.close();
      }
    }
  }

  /** Fails as open(2) does for writing. */
  boolean requireWritable() throws IOException {
    return channel(true).isOpen();
  }

  private FileChannel channel(boolean write) throws IOException {
    FileChannel r = reader;
    FileChannel w = writer;
    FileChannel c = write || r == null ? w : r;
    if (c != null) {
      return c;
    }
    StandardOpenOption access = write ? StandardOpenOption.WRITE : StandardOpenOption.READ;
    FileChannel fresh = file.openChannel(access);
    synchronized (this) {
      FileChannel now = write ? writer : reader;
      if (users > 0 && now == null) {
        if (write) {
          writer = fresh;
        } else {
          reader = fresh;
        }
        return fresh;
      }
      c = now;
    }
    fresh.close();
    if (c == null) {
      throw new IOException("used while nobody has it open");
    }
    return c;
  }

  private long run(boolean write, Io action) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        FileChannel c = channel(write);
        try {
          return action.run(c);
        } catch (ClosedChannelException e) {
          interrupted |= Thread.interrupted();
          forget(c);
        } catch (NonReadableChannelException | NonWritableChannelException e) {
          throw new AccessDeniedException(file.toString());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // channels are who they are
  private synchronized void forget(FileChannel closed) {
    if (reader == closed) {
      reader = null;
    }
    if (writer == closed) {
      writer = null;
    }
  }

  /** Reads up to the end of the file; returns how much there was. */
  int read(long position, ByteBuffer target) throws IOException {
    int start = target.position();
    return (int)
        run(
            false,
            c -> {
              while (target.hasRemaining()
                  && c.read(target, position + target.position() - start) >= 0) {
                // on to the end
              }
              return (long) target.position() - start;
            });
  }

  void write(long position, ByteBuffer source) throws IOException {
    int start = source.position();
    long n =
        run(
            true,
            c -> {
              long done = 0;
              while (source.hasRemaining()) {
                done += c.write(source, position + source.position() - start);
              }
              return done;
            });
    assert n >= 0;
  }

  /** Cuts or extends with zeros; others must not write meanwhile. */
  void setSize(long size) throws IOException {
    long before =
        run(
            true,
            c -> {
              long now = c.size();
              if (size < now) {
                return c.truncate(size).size();
              }
              return size > now ? c.write(ByteBuffer.allocate(1), size - 1) : 0;
            });
    assert before >= 0;
  }

  /** The size, or -1 when nobody has the file open. */
  long sizeIfOpen() {
    synchronized (this) {
      if (users == 0) {
        return -1;
      }
    }
    try {
      return run(false, FileChannel::size);
    } catch (IOException e) {
      return -1;
    }
  }

  /** Makes the content durable where somebody has the file open. */
  boolean force(boolean metadata) throws IOException {
    synchronized (this) {
      if (users == 0) {
        return false;
      }
    }
    boolean write = writer != null;
    return run(
            write,
            c -> {
              c.force(metadata);
              return 1;
            })
        > 0;
  }
}
