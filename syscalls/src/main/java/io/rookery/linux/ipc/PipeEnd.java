package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.AnonymousInode;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Vfs;
import io.rookery.linux.vfs.VfsPath;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An open end of a pipe or FIFO; a FIFO opened O_RDWR is both ends. */
public final class PipeEnd extends FileDescription {
  static final int FIONREAD = 0x541B;

  private final Pipe pipe;
  private final Inode inode;
  private final @Nullable VfsPath path;
  private final Pipe.Ends before;

  /** Opens an end of a pipe, counting it. */
  PipeEnd(Pipe pipe, Inode inode, @Nullable VfsPath path, int flags) {
    super(flags);
    this.pipe = pipe;
    this.inode = inode;
    this.path = path;
    this.before = pipe.addEnd(readable(), writable());
  }

  /** Whether there were readers when this end was opened, or have been since. */
  boolean metReader() {
    return before.readers() > 0 || pipe.readersEver() != before.readersEver();
  }

  /** Whether there were writers when this end was opened, or have been since. */
  boolean metWriter() {
    return before.writers() > 0 || pipe.writersEver() != before.writersEver();
  }

  /** pipe2(2): the two ends of a new pipe, reading end first. */
  public static PipeEnd[] newPipe(Task task, Vfs vfs, int flags) {
    AnonymousInode inode =
        vfs.pipes()
            .newInode(
                FileMode.S_IFIFO | 0600,
                task.credentials().fsuid(),
                task.credentials().fsgid(),
                vfs.now());
    Pipe pipe = inode.attachment(Pipe.class, Pipe::new);
    // Opened again through /proc/PID/fd it does not wait for the other end, unlike a FIFO.
    inode.setReopener((again, _) -> new PipeEnd(pipe, inode, null, again));
    return new PipeEnd[] {
      new PipeEnd(pipe, inode, null, flags | OpenFlags.O_RDONLY),
      new PipeEnd(pipe, inode, null, flags | OpenFlags.O_WRONLY)
    };
  }

  /** The buffer, shared by all ends. */
  public Pipe pipe() {
    return pipe;
  }

  @Override
  public Inode inode() {
    return inode;
  }

  @Override
  public @Nullable VfsPath path() {
    return path;
  }

  @Override
  public String label() {
    return "pipe:[" + inode.stat().ino() + "]";
  }

  @Override
  public int read(Task task, byte[] target, int offset, int length) {
    return length == 0 ? 0 : pipe.read(task, target, offset, length, nonBlocking());
  }

  @Override
  public void putBack(byte[] data, int offset, int length) {
    pipe.putBack(data, offset, length);
  }

  @Override
  public int write(Task task, byte[] source, int offset, int length) {
    boolean asPackets = (flags() & OpenFlags.O_DIRECT) != 0;
    return pipe.write(task, source, offset, length, nonBlocking(), asPackets);
  }

  /** Copies up to {@code max} bytes without consuming them; waits for data if asked to. */
  public byte[] peek(Task task, int max, boolean wait) {
    byte[] data = new byte[max];
    while (true) {
      int n = pipe.peek(data, 0, max);
      if (n > 0) {
        return Arrays.copyOf(data, n);
      }
      if (pipe.writers() == 0) {
        return new byte[0];
      }
      if (!wait) {
        throw Errno.EAGAIN.exception();
      }
      pipe.queue()
          .await(task, () -> pipe.available() > 0 || pipe.writers() == 0, WaitQueue.FOREVER);
    }
  }

  /** F_SETPIPE_SZ. */
  public int setCapacity(Task task, int wanted) {
    return pipe.setCapacity(wanted, task.credentials().capable(Capability.SYS_RESOURCE));
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    if (request == FIONREAD) {
      task.memory().putInt(argument, pipe.available());
      return 0;
    }
    return super.ioctl(task, request, argument);
  }

  @Override
  public int poll() {
    return pipe.poll(readable(), writable(), path == null || metWriter());
  }

  @Override
  public WaitQueue waitQueue() {
    return pipe.queue();
  }

  @Override
  protected void close() {
    pipe.removeEnd(readable(), writable());
  }

  @Override
  public boolean positioned() {
    return false;
  }
}
