package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors of a process, or of several that share them (CLONE_FILES). Thread-safe.
 *
 * <p>The table holds one reference on each description for each entry. It is itself reference
 * counted by the processes that share it; the last {@link #release} closes all.
 */
public final class FileTable {
  private final AtomicInteger users = new AtomicInteger(1);
  private volatile @Nullable FileDescription[] entries;
  private final BitSet closeOnExec;
  private int firstFree;
  private volatile int limit;

  /** An empty table; {@code limit} is RLIMIT_NOFILE. */
  public FileTable(int limit) {
    this(new @Nullable FileDescription[64], new BitSet(), limit);
  }

  private FileTable(@Nullable FileDescription[] entries, BitSet closeOnExec, int limit) {
    this.entries = entries;
    this.closeOnExec = closeOnExec;
    this.limit = limit;
  }

  /** RLIMIT_NOFILE changed. */
  public void setLimit(int limit) {
    this.limit = limit;
  }

  /** RLIMIT_NOFILE: one more than the highest descriptor allowed. */
  public int limit() {
    return limit;
  }

  /** One more than the highest descriptor that there is room for now: all above are closed. */
  public int capacity() {
    return entries.length;
  }

  /** The description of a descriptor, or EBADF. */
  public FileDescription get(int fd) {
    FileDescription d = find(fd);
    if (d == null) {
      throw Errno.EBADF.exception();
    }
    return d;
  }

  /** As {@link #get}, but a descriptor of O_PATH is EBADF. */
  public FileDescription getForIo(int fd) {
    FileDescription d = get(fd);
    if (d.pathOnly()) {
      throw Errno.EBADF.exception();
    }
    return d;
  }

  /** The description of a descriptor, or null. */
  public @Nullable FileDescription find(int fd) {
    @Nullable FileDescription[] e = entries;
    return fd >= 0 && fd < e.length ? e[fd] : null;
  }

  /** EMFILE unless there is room for a description: what is made for one need not be undone. */
  public synchronized void checkRoom() {
    if (lowestFree(0) >= limit) {
      throw Errno.EMFILE.exception();
    }
  }

  /** Enters a description under the lowest free number; EMFILE beyond the limit. */
  public int install(FileDescription d, boolean cloexec) {
    return install(d, cloexec, 0);
  }

  /** As {@link #install(FileDescription, boolean)}, but not below {@code lowest}. */
  public synchronized int install(FileDescription d, boolean cloexec, int lowest) {
    int fd = lowestFree(lowest);
    if (fd >= limit) {
      throw Errno.EMFILE.exception();
    }
    if (lowest <= firstFree) {
      firstFree = fd + 1;
    }
    set(fd, d, cloexec);
    return fd;
  }

  private int lowestFree(int lowest) {
    int fd = Math.max(lowest, firstFree);
    @Nullable FileDescription[] e = entries;
    while (fd < e.length && e[fd] != null) {
      fd++;
    }
    return fd;
  }

  /** Enters a description under a number, closing what was there (dup2). */
  public void installAt(int fd, FileDescription d, boolean cloexec, Object process) {
    FileDescription old;
    synchronized (this) {
      if (fd < 0 || fd >= limit) {
        throw Errno.EBADF.exception();
      }
      old = find(fd);
      set(fd, d, cloexec);
    }
    if (old != null) {
      old.flush(process);
      old.release();
    }
  }

  private void set(int fd, FileDescription d, boolean cloexec) {
    @Nullable FileDescription[] e = entries;
    if (fd >= e.length) {
      e = Arrays.copyOf(e, Math.max(fd + 1, Math.min(e.length * 2, limit)));
    }
    d.retain();
    e[fd] = d;
    closeOnExec.set(fd, cloexec);
    entries = e; // publishes the slot
  }

  /** Closes a descriptor; EBADF when it is not open. */
  public void close(int fd, Object process) {
    FileDescription d;
    synchronized (this) {
      d = remove(fd);
    }
    if (d == null) {
      throw Errno.EBADF.exception();
    }
    d.flush(process);
    d.release();
  }

  private @Nullable FileDescription remove(int fd) {
    @Nullable FileDescription[] e = entries;
    FileDescription d = fd >= 0 && fd < e.length ? e[fd] : null;
    if (d != null) {
      e[fd] = null;
      entries = e;
      closeOnExec.clear(fd);
      firstFree = Math.min(firstFree, fd);
    }
    return d;
  }

  /** Closes all descriptors from first to last, both included (close_range(2)). */
  public void closeRange(int first, int last, Object process) {
    List<FileDescription> gone = new ArrayList<>();
    synchronized (this) {
      int end = Math.min(last, entries.length - 1);
      for (int fd = first; fd <= end; fd++) {
        FileDescription d = remove(fd);
        if (d != null) {
          gone.add(d);
        }
      }
    }
    for (FileDescription d : gone) {
      d.flush(process);
      d.release();
    }
  }

  /** Closes what is marked close-on-exec. */
  public void closeOnExec(Object process) {
    int[] marked;
    synchronized (this) {
      marked = closeOnExec.stream().toArray();
    }
    for (int fd : marked) {
      closeRange(fd, fd, process);
    }
  }

  /** FD_CLOEXEC of a descriptor. */
  public synchronized boolean closesOnExec(int fd) {
    get(fd);
    return closeOnExec.get(fd);
  }

  /** Sets FD_CLOEXEC of a descriptor. */
  public synchronized void setCloseOnExec(int fd, boolean value) {
    get(fd);
    closeOnExec.set(fd, value);
  }

  /** Marks all open descriptors of a range close-on-exec (CLOSE_RANGE_CLOEXEC). */
  public synchronized void setCloseOnExec(int first, int last) {
    int end = Math.min(last, entries.length - 1);
    for (int fd = first; fd <= end; fd++) {
      if (entries[fd] != null) {
        closeOnExec.set(fd);
      }
    }
  }

  /** All open descriptors, ascending. */
  public synchronized int[] descriptors() {
    int[] all = new int[entries.length];
    int n = 0;
    for (int fd = 0; fd < entries.length; fd++) {
      if (entries[fd] != null) {
        all[n++] = fd;
      }
    }
    return Arrays.copyOf(all, n);
  }

  /** An independent copy for fork. */
  public synchronized FileTable copy() {
    @Nullable FileDescription[] e = entries.clone();
    for (FileDescription d : e) {
      if (d != null) {
        d.retain();
      }
    }
    FileTable t = new FileTable(e, (BitSet) closeOnExec.clone(), limit);
    t.firstFree = firstFree;
    return t;
  }

  /** One more process shares the table. */
  public void retain() {
    users.incrementAndGet();
  }

  /** Whether several processes share the table. */
  public boolean shared() {
    return users.get() > 1;
  }

  /** A process leaves; the last one closes everything. */
  public void release(Object process) {
    if (users.decrementAndGet() == 0) {
      closeRange(0, Integer.MAX_VALUE, process);
    }
  }
}
