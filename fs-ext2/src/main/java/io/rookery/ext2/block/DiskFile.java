package io.rookery.ext2.block;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An open, locked file with positional access, shared by its readers within this process.
 *
 * <p>Two things that a bare FileChannel lacks. Interrupting a thread closes the channel under it
 * for everybody; here the interrupt is put off, and a channel that was closed all the same is
 * opened again. And POSIX drops all of a process's locks on a file when any descriptor of it is
 * closed (fcntl(2)), so there is one channel per file, counted.
 */
final class DiskFile implements Storage {
  /** Larger transfers are cut, so that the JDK's per-thread direct buffers stay small. */
  private static final int MAX_TRANSFER = 1 << 17;

  private static final Map<Object, DiskFile> OPEN = new HashMap<>();

  private final Path path;
  private final Object key;
  private volatile boolean writable;
  private final boolean locked;
  private volatile FileChannel channel;
  private int users = 1;

  private DiskFile(Path path, Object key, boolean writable, boolean locked) throws IOException {
    this.path = path;
    this.key = key;
    this.writable = writable;
    this.locked = locked;
    this.channel = openChannel(locked);
  }

  static DiskFile open(Path path, boolean writable) throws IOException {
    Path real = path.toRealPath();
    Object fileKey = Files.readAttributes(real, BasicFileAttributes.class).fileKey();
    Object key = fileKey != null ? fileKey : real;
    synchronized (OPEN) {
      DiskFile file = OPEN.get(key);
      if (file == null) {
        file = new DiskFile(real, key, writable, true);
        OPEN.put(key, file);
      } else if (writable || file.writable) {
        throw inUse(path, "in this process");
      } else {
        file.users++;
      }
      return file;
    }
  }

  /**
   * Opens a file for reading that another process has locked, and may be writing to. In this
   * process nobody else may have it.
   */
  static DiskFile openUnlocked(Path path) throws IOException {
    return new DiskFile(path.toRealPath(), new Object(), false, false);
  }

  private static DeviceLockedException inUse(Path path, String where) {
    return new DeviceLockedException(path + " is in use by another disk " + where);
  }

  private FileChannel openChannel(boolean withLock) throws IOException {
    Set<OpenOption> options =
        writable
            ? Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)
            : Set.of(StandardOpenOption.READ);
    FileChannel channel = FileChannel.open(path, options);
    boolean done = false;
    try {
      if (withLock && !lock(channel, writable)) {
        throw inUse(path, "in another process");
      }
      done = true;
      return channel;
    } catch (OverlappingFileLockException e) {
      throw inUse(path, "in this process");
    } finally {
      if (!done) {
        channel.close();
      }
    }
  }

  private static boolean lock(FileChannel channel, boolean writable) throws IOException {
    try {
      return channel.tryLock(0, Long.MAX_VALUE, !writable) != null;
    } catch (IOException e) {
      if (writable) {
        throw e;
      }
      return true; // a file system without locks is good enough for reading
    }
  }

  Path path() {
    return path;
  }

  @Override
  public String name() {
    return path.toString();
  }

  @Override
  public long size() throws IOException {
    long[] size = new long[1];
    run(c -> size[0] = c.size());
    return size[0];
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    int start = dst.position();
    int end = dst.limit();
    try {
      run(
          c -> {
            dst.limit(end).position(start);
            while (dst.position() < end) {
              dst.limit(Math.min(end, dst.position() + MAX_TRANSFER));
              long at = offset + dst.position() - start;
              if (c.read(dst, at) < 0) {
                throw new EOFException(path + " ends before byte " + at);
              }
            }
          });
    } finally {
      dst.limit(end);
    }
  }

  @Override
  public void write(long offset, ByteBuffer src) throws IOException {
    int start = src.position();
    int end = src.limit();
    try {
      run(
          c -> {
            src.limit(end).position(start);
            while (src.position() < end) {
              src.limit(Math.min(end, src.position() + MAX_TRANSFER));
              c.write(src, offset + src.position() - start);
            }
          });
    } finally {
      src.limit(end);
    }
  }

  @Override
  public void force() throws IOException {
    run(c -> c.force(true));
  }

  @Override
  public void share() throws IOException {
    synchronized (OPEN) {
      synchronized (this) {
        writable = false;
        FileChannel old = channel;
        channel = openChannel(false); // without a lock: the old one is still there
        old.close(); // which gives up all locks of this process on the file
        if (locked && !lock(channel, false)) {
          throw inUse(path, "in another process");
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    synchronized (OPEN) {
      if (users == 0 || --users > 0) {
        return;
      }
      OPEN.remove(key); // of no effect for one that is not locked
      synchronized (this) {
        channel.close();
      }
    }
  }

  private interface Action {
    void run(FileChannel channel) throws IOException;
  }

  private void run(Action action) throws IOException {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        FileChannel current = channel;
        try {
          action.run(current);
          return;
        } catch (AsynchronousCloseException e) { // with its child ClosedByInterruptException
          interrupted |= Thread.interrupted();
          reopen(current, e);
        } catch (ClosedChannelException e) {
          reopen(current, e);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // whether another thread was faster
  private void reopen(FileChannel broken, @Nullable IOException cause) throws IOException {
    synchronized (OPEN) {
      if (users == 0) {
        throw new IOException(path + " is closed", cause);
      }
      synchronized (this) {
        if (channel == broken) {
          broken.close(); // waits until the thread that closes it has given back its lock
          channel = openChannel(locked);
        }
      }
    }
  }
}
