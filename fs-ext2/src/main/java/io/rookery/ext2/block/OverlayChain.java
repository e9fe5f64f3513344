package io.rookery.ext2.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Overlay files on top of each other and of a base. The topmost takes the changes; the others are
 * only read, so that many chains can share them, and while one does, nobody may write to them. Each
 * is as {@link BlockDevices#fileOverlay} has it. Thread-safe.
 *
 * <p>{@link #snapshot} freezes what there is and goes on in a new file. The static methods work on
 * overlays that are not in use: they put the changes of one into what is below it, drop them, or
 * fit them to another base. Each can be cut off anywhere, and then be repeated.
 */
public final class OverlayChain implements BlockDevice {
  private final BlockDevice base;

  /** The lowest first; changed with the lock held for writing. */
  private final List<FileOverlay> layers = new ArrayList<>();

  /** Whoever uses the topmost layer shares it. */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  private OverlayChain(BlockDevice base) {
    this.base = base;
  }

  /**
   * Opens a chain.
   *
   * @param base what is below the lowest overlay; it is not closed with the chain
   * @param files the lowest first; the last one is made if it does not exist
   * @throws DeviceFormatException if one does not fit what is below it, or is damaged
   * @throws DeviceLockedException if the last one is in use, or another one is being written
   */
  public static OverlayChain open(BlockDevice base, List<Path> files) throws IOException {
    if (files.isEmpty()) {
      throw new IllegalArgumentException("a chain of no overlay");
    }
    return open(
        base, files.subList(0, files.size() - 1), files.subList(files.size() - 1, files.size()));
  }

  /**
   * Opens a chain without the right to write; others may be reading all of its files.
   *
   * @param base what is below the lowest overlay; it is not closed with the chain
   * @param files the lowest first
   * @throws DeviceFormatException if one does not fit what is below it, or is damaged
   * @throws DeviceLockedException if one is being written
   */
  public static BlockDevice openReadOnly(BlockDevice base, List<Path> files) throws IOException {
    if (files.isEmpty()) {
      throw new IllegalArgumentException("a chain of no overlay");
    }
    return open(base, files, List.of());
  }

  private static OverlayChain open(BlockDevice base, List<Path> read, List<Path> written)
      throws IOException {
    OverlayChain chain = new OverlayChain(base);
    boolean done = false;
    try {
      for (Path file : read) {
        chain.layers.add(FileOverlay.openReadOnly(chain.highest(), file));
      }
      for (Path file : written) {
        chain.layers.add(FileOverlay.open(chain.highest(), file));
      }
      done = true;
      return chain;
    } finally {
      if (!done) {
        closeAll(chain.layers);
      }
    }
  }

  private BlockDevice highest() {
    return layers.isEmpty() ? base : layers.getLast();
  }

  /**
   * Freezes the chain as it is, and goes on in a new overlay on top of it. Afterwards others may
   * read the file that was the topmost, as part of chains of their own. If there is a file system
   * on the chain, this is for it to call, while it is at rest: {@code Ext2FileSystem.sync} does.
   *
   * @throws java.nio.file.FileAlreadyExistsException if there is such a file
   */
  public void snapshot(Path next) throws IOException {
    lock.writeLock().lock();
    try {
      FileOverlay top = layers.getLast();
      top.flush();
      Files.createFile(next);
      FileOverlay added = null;
      boolean done = false;
      try {
        added = FileOverlay.open(top, next);
        top.freeze();
        layers.add(added);
        done = true;
      } finally {
        if (!done) {
          if (added != null) {
            added.close();
          }
          Files.deleteIfExists(next);
        }
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /**
   * Moves the changes that an overlay holds into its base, and leaves it empty. Whatever is on top
   * of the overlay sees no difference.
   *
   * @param base writable: an image, or a chain that ends with the overlay below
   */
  public static void commit(BlockDevice base, Path overlay) throws IOException {
    try (FileOverlay changes = FileOverlay.open(base, DiskFile.open(overlay, true), false)) {
      changes.merge();
    }
  }

  /** Forgets the changes that an overlay holds. What is on top of it is of no use afterwards. */
  public static void discard(BlockDevice base, Path overlay) throws IOException {
    try (FileOverlay changes = FileOverlay.open(base, DiskFile.open(overlay, true), false)) {
      changes.dropChanges();
    }
  }

  /**
   * Fits an overlay to another base of the same size: it takes in what differs between the two, and
   * then holds the same as before.
   *
   * @param from the base that it was made over
   * @param to the base that it will be opened over from now on
   */
  public static void rebase(Path overlay, BlockDevice from, BlockDevice to) throws IOException {
    try (FileOverlay changes = FileOverlay.open(from, DiskFile.open(overlay, true), false)) {
      changes.rebase(to);
    }
  }

  @Override
  public long size() {
    return base.size();
  }

  @Override
  public int blockSize() {
    return base.blockSize();
  }

  @Override
  public boolean readOnly() {
    lock.readLock().lock();
    try {
      return layers.getLast().readOnly();
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public boolean flushIsAtomic() {
    return true;
  }

  private interface Action {
    void run(FileOverlay top) throws IOException;
  }

  private void withTop(Action action) throws IOException {
    lock.readLock().lock();
    try {
      action.run(layers.getLast());
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void read(long offset, ByteBuffer dst) throws IOException {
    withTop(top -> top.read(offset, dst));
  }

  @Override
  public void write(long offset, ByteBuffer src) throws IOException {
    withTop(top -> top.write(offset, src));
  }

  @Override
  public void flush() throws IOException {
    withTop(FileOverlay::flush);
  }

  @Override
  public void discard(long offset, long length) throws IOException {
    withTop(top -> top.discard(offset, length));
  }

  @Override
  public void close() throws IOException {
    lock.writeLock().lock();
    try {
      closeAll(layers);
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** The topmost first, whose last changes need those below. */
  private static void closeAll(List<FileOverlay> layers) throws IOException {
    IOException failure = null;
    for (FileOverlay layer : layers.reversed()) {
      try {
        layer.close();
      } catch (IOException e) {
        failure = failure == null ? e : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
