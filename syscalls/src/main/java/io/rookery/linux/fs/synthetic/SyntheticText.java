package io.rookery.linux.fs.synthetic;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.VfsPath;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A file whose content is made when it is read from its beginning. */
public abstract class SyntheticText extends SyntheticInode {
  protected SyntheticText(SyntheticFileSystem fileSystem, long ino, int permissions) {
    super(fileSystem, ino, FileMode.S_IFREG | permissions);
  }

  /** The content as this task sees it. */
  protected abstract byte[] content(Task task);

  /** Takes what a task writes in one call. */
  protected void write(Task task, byte[] data) {
    throw Errno.EINVAL.exception();
  }

  @Override
  public void truncate(long size) {}

  @Override
  public FileDescription open(VfsPath path, int flags, Task task) {
    return new Opened(this, path, flags);
  }

  /** A read-only file. */
  public static SyntheticText of(SyntheticFileSystem fileSystem, Supplier<String> content) {
    return new SyntheticText(fileSystem, fileSystem.newIno(), 0444) {
      @Override
      protected byte[] content(Task task) {
        return content.get().getBytes(StandardCharsets.UTF_8);
      }
    };
  }

  private static final class Opened extends FileDescription {
    private final SyntheticText text;
    private final VfsPath path;
    private byte @Nullable [] content; // guarded by this
    private long position; // guarded by this

    Opened(SyntheticText text, VfsPath path, int flags) {
      super(flags);
      this.text = text;
      this.path = path;
    }

    @Override
    public Inode inode() {
      return text;
    }

    @Override
    public VfsPath path() {
      return path;
    }

    @Override
    public boolean seekable() {
      return true;
    }

    @Override
    public synchronized int read(Task task, byte[] target, int offset, int length) {
      int n = pread(task, target, offset, length, position);
      position += n;
      return n;
    }

    @Override
    public synchronized int pread(Task task, byte[] target, int offset, int length, long at) {
      byte[] c = content;
      if (c == null || at == 0) {
        c = text.content(task);
        content = c;
      }
      if (at < 0 || at >= c.length) {
        return 0;
      }
      int n = (int) Math.min(length, c.length - at);
      System.arraycopy(c, (int) at, target, offset, n);
      return n;
    }

    @Override
    public int write(Task task, byte[] source, int offset, int length) {
      byte[] data = new byte[length];
      System.arraycopy(source, offset, data, 0, length);
      text.write(task, data);
      return length;
    }

    @Override
    public int pwrite(Task task, byte[] source, int offset, int length, long at) {
      return write(task, source, offset, length);
    }

    @Override
    public synchronized long seek(long offset, int whence) {
      long target =
          switch (whence) {
            case 0 -> offset;
            case 1 -> position + offset;
            default -> throw Errno.EINVAL.exception();
          };
      if (target < 0) {
        throw Errno.EINVAL.exception();
      }
      position = target;
      return target;
    }
  }
}
