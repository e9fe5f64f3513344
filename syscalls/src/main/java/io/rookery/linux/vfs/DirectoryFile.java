package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open directory. Its entries are taken when reading starts at offset 0; an offset is an index
 * into them, so that names removed while a program reads are neither repeated nor skipped.
 */
public final class DirectoryFile extends FileDescription {
  private final VfsPath path;
  private @Nullable List<DirEntry> entries; // guarded by this
  private long position; // guarded by this

  public DirectoryFile(VfsPath path, int flags) {
    super(flags);
    this.path = path;
    path.inode().opened();
  }

  @Override
  public Inode inode() {
    return path.inode();
  }

  @Override
  public VfsPath path() {
    return path;
  }

  @Override
  public int read(Task task, byte[] target, int offset, int length) {
    throw Errno.EISDIR.exception();
  }

  @Override
  public int pread(Task task, byte[] target, int offset, int length, long at) {
    throw Errno.EISDIR.exception();
  }

  /** Takes entries one by one while the sink accepts them. */
  public interface Sink {
    /**
     * Offers an entry.
     *
     * @param next the offset that follows it
     * @return false when there is no room for it: it is offered again next time
     */
    boolean accept(DirEntry entry, long next);
  }

  /** Reads on from the current position. */
  public synchronized void list(Sink sink) {
    if (path.dentry().deleted()) {
      throw Errno.ENOENT.exception();
    }
    FileEvents.happened(path, FileEvents.IN_ACCESS);
    List<DirEntry> all = entries;
    if (all == null || position == 0) {
      all = snapshot();
      entries = all;
    }
    while (position < all.size() && sink.accept(all.get((int) position), position + 1)) {
      position++;
    }
  }

  private List<DirEntry> snapshot() {
    Inode here = path.inode();
    Dentry parent = path.dentry().parent();
    Inode up = parent == null ? here : parent.inode();
    List<DirEntry> children = here.list();
    List<DirEntry> all = new ArrayList<>(children.size() + 2);
    int type = FileMode.directoryType(FileMode.S_IFDIR);
    all.add(new DirEntry(Name.of("."), here.stat().ino(), type));
    all.add(new DirEntry(Name.of(".."), up.stat().ino(), type));
    all.addAll(children);
    return all;
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

  @Override
  public void sync(boolean dataOnly) {
    path.inode().sync(dataOnly);
  }

  @Override
  protected void close() {
    path.inode().closed();
  }
}
