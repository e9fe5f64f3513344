package io.rookery.linux.vfs;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The advisory locks of one file: POSIX record locks (owned by a process), OFD locks (owned by a
 * description) and flock(2) locks (owned by a description, over the whole file, apart from the
 * others). Thread-safe.
 */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
public final class RecordLocks {
  /** No locks. */
  public RecordLocks() {}

  /** A lock on bytes {@code start} to {@code end}, both included. */
  public record Lock(Object owner, int pid, boolean exclusive, long start, long end) {
    boolean overlaps(long s, long e) {
      return start <= e && s <= end;
    }
  }

  private final List<Lock> records = new ArrayList<>();
  private final List<Lock> flocks = new ArrayList<>();
  private final WaitQueue released = new WaitQueue();

  /** The first lock that stands in the way, or null (F_GETLK). */
  public synchronized @Nullable Lock conflict(
      Object owner, boolean exclusive, long start, long end) {
    for (Lock l : records) {
      if (l.owner() != owner && l.overlaps(start, end) && (exclusive || l.exclusive())) {
        return l;
      }
    }
    return null;
  }

  /** Takes a record lock, waiting if asked to; EAGAIN where it may not wait. */
  public void lock(Task task, Lock wanted, boolean wait) {
    if (tryLock(wanted)) {
      return;
    }
    if (!wait) {
      throw Errno.EAGAIN.exception();
    }
    released.await(task, () -> tryLock(wanted), Long.MAX_VALUE);
  }

  private synchronized boolean tryLock(Lock wanted) {
    if (conflict(wanted.owner(), wanted.exclusive(), wanted.start(), wanted.end()) != null) {
      return false;
    }
    carve(wanted.owner(), wanted.start(), wanted.end());
    merge(wanted);
    return true;
  }

  private void merge(Lock wanted) {
    long start = wanted.start();
    long end = wanted.end();
    for (int i = records.size() - 1; i >= 0; i--) {
      Lock l = records.get(i);
      boolean touches =
          l.start() <= (end == Long.MAX_VALUE ? end : end + 1)
              && start <= (l.end() == Long.MAX_VALUE ? l.end() : l.end() + 1);
      if (l.owner() == wanted.owner() && l.exclusive() == wanted.exclusive() && touches) {
        start = Math.min(start, l.start());
        end = Math.max(end, l.end());
        records.remove(i);
      }
    }
    records.add(new Lock(wanted.owner(), wanted.pid(), wanted.exclusive(), start, end));
  }

  /** Gives up what the owner holds in a range (F_UNLCK). */
  public void unlock(Object owner, long start, long end) {
    boolean changed;
    synchronized (this) {
      changed = carve(owner, start, end);
    }
    if (changed) {
      released.wakeAll();
    }
  }

  private boolean carve(Object owner, long start, long end) {
    boolean changed = false;
    for (int i = records.size() - 1; i >= 0; i--) {
      Lock l = records.get(i);
      if (l.owner() != owner || !l.overlaps(start, end)) {
        continue;
      }
      changed = true;
      records.remove(i);
      if (l.start() < start) {
        records.add(new Lock(owner, l.pid(), l.exclusive(), l.start(), start - 1));
      }
      if (l.end() > end) {
        records.add(new Lock(owner, l.pid(), l.exclusive(), end + 1, l.end()));
      }
    }
    return changed;
  }

  /** flock(2): LOCK_SH or LOCK_EX. */
  public void flock(Task task, Object description, boolean exclusive, boolean wait) {
    if (tryFlock(description, exclusive)) {
      return;
    }
    if (!wait) {
      throw Errno.EAGAIN.exception();
    }
    released.await(task, () -> tryFlock(description, exclusive), Long.MAX_VALUE);
  }

  private synchronized boolean tryFlock(Object description, boolean exclusive) {
    for (Lock l : flocks) {
      if (l.owner() != description && (exclusive || l.exclusive())) {
        return false;
      }
    }
    flocks.removeIf(l -> l.owner() == description);
    flocks.add(new Lock(description, 0, exclusive, 0, Long.MAX_VALUE));
    return true;
  }

  /** flock(2): LOCK_UN. */
  public void unflock(Object description) {
    boolean changed;
    synchronized (this) {
      changed = flocks.removeIf(l -> l.owner() == description);
    }
    if (changed) {
      released.wakeAll();
    }
  }

  /** A process closed a descriptor of the file: all its POSIX locks fall. */
  void releaseProcess(Object process) {
    unlock(process, 0, Long.MAX_VALUE);
  }

  /** The description is gone: its OFD and flock locks fall. */
  void releaseDescription(Object description) {
    unlock(description, 0, Long.MAX_VALUE);
    unflock(description);
  }
}
