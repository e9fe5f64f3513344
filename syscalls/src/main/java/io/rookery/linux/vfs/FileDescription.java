package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.mmu.PageSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An open file description (open(2)): what descriptors refer to and dup and fork share.
 *
 * <p>Reference counted: a file table entry, a message in flight and a system call at work each hold
 * one; the last {@link #release} closes. Thread-safe. Data moves through host byte arrays, so that
 * no lock is held while guest memory, which may fault, is touched.
 */
public abstract class FileDescription {
  /** Event bits of poll(2). */
  public static final int POLLIN = 1;

  public static final int POLLPRI = 2;
  public static final int POLLOUT = 4;
  public static final int POLLERR = 8;
  public static final int POLLHUP = 0x10;
  public static final int POLLNVAL = 0x20;
  public static final int POLLRDNORM = 0x40;
  public static final int POLLRDBAND = 0x80;
  public static final int POLLWRNORM = 0x100;
  public static final int POLLWRBAND = 0x200;
  public static final int POLLRDHUP = 0x2000;

  private static final int SETTABLE =
      OpenFlags.O_APPEND
          | OpenFlags.O_NONBLOCK
          | OpenFlags.O_ASYNC
          | OpenFlags.O_DIRECT
          | OpenFlags.O_NOATIME;

  private final AtomicInteger references = new AtomicInteger();
  private volatile int flags;
  private @Nullable List<Runnable> closeListeners; // guarded by references
  private volatile int owner;
  private volatile int ownerSignal;

  /**
   * @param flags access mode and status flags of open(2)
   */
  protected FileDescription(int flags) {
    this.flags = flags & ~(OpenFlags.O_CLOEXEC | OpenFlags.O_CREAT | OpenFlags.O_EXCL);
  }

  /** The file behind it; every description has one, anonymous perhaps. */
  public abstract Inode inode();

  /** Where it was opened, or null for pipes, sockets and the like. */
  public @Nullable VfsPath path() {
    return null;
  }

  /** What /proc/PID/fd/N shows for a description without a path. */
  public String label() {
    return "anon_inode:[unknown]";
  }

  /** Further lines of /proc/PID/fdinfo/N. */
  public String details() {
    return "";
  }

  /** Access mode and status flags, as F_GETFL returns them. */
  public final int flags() {
    return flags;
  }

  /** F_SETFL: changes the status flags that may change. */
  public void setFlags(int value) {
    flags = (flags & ~SETTABLE) | (value & SETTABLE);
  }

  public final boolean nonBlocking() {
    return (flags & OpenFlags.O_NONBLOCK) != 0;
  }

  public final boolean readable() {
    int mode = flags & (OpenFlags.O_ACCMODE | OpenFlags.O_PATH);
    return mode == OpenFlags.O_RDONLY || mode == OpenFlags.O_RDWR;
  }

  public final boolean writable() {
    int mode = flags & (OpenFlags.O_ACCMODE | OpenFlags.O_PATH);
    return mode == OpenFlags.O_WRONLY || mode == OpenFlags.O_RDWR;
  }

  public final boolean pathOnly() {
    return (flags & OpenFlags.O_PATH) != 0;
  }

  /** Reads from the current position; may wait. Returns 0 at the end. */
  public int read(Task task, byte[] target, int offset, int length) {
    throw Errno.EINVAL.exception();
  }

  /**
   * Puts back what the last {@link #read} took and its caller could not use, so that it is read
   * again. Streams do; elsewhere it is lost, as messages and events are on Linux.
   */
  public void putBack(byte[] data, int offset, int length) {}

  /** Writes at the current position; may wait. */
  public int write(Task task, byte[] source, int offset, int length) {
    throw Errno.EINVAL.exception();
  }

  /** Reads at a position; ESPIPE where there is none. */
  public int pread(Task task, byte[] target, int offset, int length, long position) {
    throw Errno.ESPIPE.exception();
  }

  /** Writes at a position; ESPIPE where there is none. */
  public int pwrite(Task task, byte[] source, int offset, int length, long position) {
    throw Errno.ESPIPE.exception();
  }

  /** lseek(2). */
  public long seek(long offset, int whence) {
    throw Errno.ESPIPE.exception();
  }

  /** ioctl(2) beyond those that every file has. */
  public long ioctl(Task task, int request, long argument) {
    throw Errno.ENOTTY.exception();
  }

  /** The events that hold now. */
  public int poll() {
    return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
  }

  /** Woken whenever {@link #poll} may have changed; null when it never changes. */
  public @Nullable WaitQueue waitQueue() {
    return null;
  }

  /** ftruncate(2). */
  public void truncate(Task task, long size) {
    throw Errno.EINVAL.exception();
  }

  /** fsync(2) and fdatasync(2). */
  public void sync(boolean dataOnly) {
    throw Errno.EINVAL.exception();
  }

  /** Pages for mmap(2), or null (ENODEV). */
  public @Nullable PageSource pages() {
    return null;
  }

  /** A shared mapping that may become writable is about to be made of {@link #pages}. */
  public void mappedForWriting() {}

  /** Whether there is a position to seek. */
  public boolean seekable() {
    return false;
  }

  /** Whether {@link #pread} and {@link #pwrite} exist (not for streams). */
  public boolean positioned() {
    return true;
  }

  /** Whether a read transfers all that was asked for unless the file ends (not a stream). */
  public boolean wholeTransfers() {
    return seekable();
  }

  /** fallocate(2) on a regular file. */
  public void allocate(Task task, int mode, long offset, long length) {
    throw Errno.ENODEV.exception();
  }

  /** Called once when the last reference has gone. */
  protected void close() {}

  /** A descriptor of this description was closed by a process; record locks fall. */
  public void flush(Object process) {
    RecordLocks l = inode().locksIfAny();
    if (l != null) {
      l.releaseProcess(process);
    }
  }

  /** Takes a reference. */
  public final void retain() {
    references.incrementAndGet();
  }

  /** Drops a reference; the last one closes. */
  public final void release() {
    int left = references.decrementAndGet();
    if (left == 0) {
      RecordLocks l = inode().locksIfAny();
      if (l != null) {
        l.releaseDescription(this);
      }
      List<Runnable> listeners;
      synchronized (references) {
        listeners = closeListeners == null ? List.of() : List.copyOf(closeListeners);
        closeListeners = null;
      }
      listeners.forEach(Runnable::run);
      FileEvents.closed(this);
      close();
    } else if (left < 0) {
      throw new IllegalStateException("released once too often: " + label());
    }
  }

  /** Calls back once when the last reference has gone (epoll forgets the file). */
  public final void onClose(Runnable listener) {
    synchronized (references) {
      List<Runnable> l = closeListeners == null ? new ArrayList<>(2) : closeListeners;
      l.add(listener);
      closeListeners = l;
    }
  }

  /** Ends {@link #onClose}. */
  public final void forgetOnClose(Runnable listener) {
    synchronized (references) {
      if (closeListeners != null) {
        closeListeners.remove(listener);
      }
    }
  }

  /** F_GETOWN. */
  public final int owner() {
    return owner;
  }

  /** F_SETOWN: a process, or a group when negative. */
  public final void setOwner(int owner) {
    this.owner = owner;
  }

  /** F_GETSIG. */
  public final int ownerSignal() {
    return ownerSignal;
  }

  /** F_SETSIG. */
  public final void setOwnerSignal(int signal) {
    ownerSignal = signal;
  }
}
