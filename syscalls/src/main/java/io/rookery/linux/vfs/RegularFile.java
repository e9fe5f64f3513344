package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Resource;
import io.rookery.linux.kernel.ResourceLimits;
import io.rookery.linux.kernel.Signals;
import io.rookery.linux.kernel.Task;
import io.rookery.mmu.PageSource;
import org.jspecify.annotations.Nullable;

/** An open regular file. */
public class RegularFile extends FileDescription {
  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;
  private static final int SEEK_END = 2;
  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;

  private final @Nullable VfsPath path;
  private final Inode inode;
  private boolean writer; // set before others see this
  private long position; // guarded by this

  public RegularFile(VfsPath path, int flags) {
    this(path.inode(), path, flags);
  }

  protected RegularFile(Inode inode, @Nullable VfsPath path, int flags) {
    super(flags);
    this.inode = inode;
    this.path = path;
    inode.opened();
  }

  /** Counts it among what keeps the file from running, if it is open for writing. */
  final RegularFile writes() {
    if (writable()) {
      writer = true;
      inode.writerOpened();
    }
    return this;
  }

  @Override
  public final Inode inode() {
    return inode;
  }

  @Override
  public @Nullable VfsPath path() {
    return path;
  }

  @Override
  public boolean seekable() {
    return true;
  }

  @Override
  public synchronized int read(Task task, byte[] target, int offset, int length) {
    int n = inode.read(position, target, offset, length);
    position += n;
    touch(n);
    return n;
  }

  @Override
  public int pread(Task task, byte[] target, int offset, int length, long at) {
    if (at < 0) {
      throw Errno.EINVAL.exception();
    }
    int n = inode.read(at, target, offset, length);
    touch(n);
    return n;
  }

  private void touch(int read) {
    if ((flags() & OpenFlags.O_NOATIME) == 0) {
      inode.accessed();
    }
    if (read > 0) {
      FileEvents.happened(path, FileEvents.IN_ACCESS);
    }
  }

  private int modified(int written) {
    if (written > 0) {
      FileEvents.happened(path, FileEvents.IN_MODIFY);
    }
    return written;
  }

  @Override
  public synchronized int write(Task task, byte[] source, int offset, int length) {
    if ((flags() & OpenFlags.O_APPEND) != 0) {
      int allowed = allowed(task, inode.size(), length);
      dropSetIds(task);
      Inode.Appended done = inode.append(source, offset, allowed);
      position = done.position() + done.length();
      durable();
      return modified(done.length());
    }
    int n = writeAt(task, source, offset, length, position);
    position += n;
    return n;
  }

  @Override
  public int pwrite(Task task, byte[] source, int offset, int length, long at) {
    if ((flags() & OpenFlags.O_APPEND) != 0) {
      // pwrite(2), BUGS: Linux appends whatever the offset says.
      int allowed = allowed(task, inode.size(), length);
      dropSetIds(task);
      Inode.Appended done = inode.append(source, offset, allowed);
      durable();
      return modified(done.length());
    }
    return writeAt(task, source, offset, length, at);
  }

  private int writeAt(Task task, byte[] source, int offset, int length, long at) {
    if (at < 0) {
      throw Errno.EINVAL.exception();
    }
    if (at > Long.MAX_VALUE - length) {
      throw Errno.EFBIG.exception();
    }
    int allowed = allowed(task, at, length);
    dropSetIds(task);
    int n = inode.write(at, source, offset, allowed);
    durable();
    return modified(n);
  }

  /** How much of a write the limits of files' sizes let through; EFBIG if nothing (write(2)). */
  private int allowed(Task task, long position, int length) {
    int allowed = allowedByProcess(task, position, length);
    if ((flags() & OpenFlags.O_LARGEFILE) != 0 || position + allowed <= Integer.MAX_VALUE) {
      return allowed;
    }
    if (position >= Integer.MAX_VALUE) {
      throw Errno.EFBIG.exception();
    }
    return (int) (Integer.MAX_VALUE - position);
  }

  private static int allowedByProcess(Task task, long position, int length) {
    long limit = task.process().limits().soft(Resource.FSIZE);
    if (limit == ResourceLimits.INFINITY || position + length <= limit || length == 0) {
      return length;
    }
    checkSize(task, position + 1);
    return (int) (limit - position);
  }

  /** A size beyond RLIMIT_FSIZE is SIGXFSZ and EFBIG. */
  static void checkSize(Task task, long size) {
    long limit = task.process().limits().soft(Resource.FSIZE);
    if (limit != ResourceLimits.INFINITY && size > limit) {
      task.signalSelf(Signals.SIGXFSZ);
      throw Errno.EFBIG.exception();
    }
  }

  private void durable() {
    if ((flags() & OpenFlags.O_DSYNC) != 0) {
      inode.sync((flags() & OpenFlags.O_SYNC) != OpenFlags.O_SYNC);
    }
  }

  private void dropSetIds(Task task) {
    if ((inode.mode() & (FileMode.S_ISUID | FileMode.S_ISGID)) != 0) {
      Subject.of(task.credentials()).dropSetIds(inode);
    }
  }

  @Override
  public synchronized long seek(long offset, int whence) {
    long target =
        switch (whence) {
          case SEEK_SET -> offset;
          case SEEK_CUR -> add(position, offset);
          case SEEK_END -> add(inode.size(), offset);
          case SEEK_DATA -> inode.seekData(offset, false);
          case SEEK_HOLE -> inode.seekData(offset, true);
          default -> throw Errno.EINVAL.exception();
        };
    if (target < 0) {
      throw Errno.EINVAL.exception();
    }
    position = target;
    return target;
  }

  private static long add(long a, long b) {
    long sum = a + b;
    if (((a ^ sum) & (b ^ sum)) < 0) {
      throw Errno.EOVERFLOW.exception();
    }
    return sum;
  }

  @Override
  public void truncate(Task task, long size) {
    if (size > inode.size()) {
      checkSize(task, size);
    }
    dropSetIds(task);
    inode.truncate(size);
    FileEvents.happened(path, FileEvents.IN_MODIFY);
  }

  @Override
  public void allocate(Task task, int mode, long offset, long length) {
    inode.allocate(mode, offset, length);
    dropSetIds(task);
    FileEvents.happened(path, FileEvents.IN_MODIFY);
  }

  @Override
  public void sync(boolean dataOnly) {
    inode.sync(dataOnly);
  }

  @Override
  public @Nullable PageSource pages() {
    return inode.pages();
  }

  @Override
  public void mappedForWriting() {
    inode.mappedForWriting();
  }

  @Override
  protected void close() {
    if (writer) {
      inode.writerClosed();
    }
    inode.closed();
  }
}
