package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.VfsPath;

/** Opening of named pipes (fifo(7)). */
public final class Fifo {
  private Fifo() {}

  /** Opens a FIFO, waiting for the other end as fifo(7) tells. */
  public static FileDescription open(Task task, VfsPath path, int flags) {
    Pipe pipe = path.inode().attachment(Pipe.class, Pipe::new);
    boolean nonBlocking = (flags & OpenFlags.O_NONBLOCK) != 0;
    int access = flags & OpenFlags.O_ACCMODE;
    if (access == OpenFlags.O_WRONLY && nonBlocking && pipe.readers() == 0) {
      throw Errno.ENXIO.exception();
    }
    PipeEnd end = new PipeEnd(pipe, path.inode(), path, flags);
    if (nonBlocking || access == OpenFlags.O_RDWR) {
      return end;
    }
    try {
      // The other end counts even if it has been closed again by the time this thread looks.
      pipe.queue()
          .await(
              task,
              access == OpenFlags.O_RDONLY ? end::metWriter : end::metReader,
              WaitQueue.FOREVER);
    } catch (ErrnoException e) {
      end.retain();
      end.release();
      throw e;
    }
    return end;
  }
}
