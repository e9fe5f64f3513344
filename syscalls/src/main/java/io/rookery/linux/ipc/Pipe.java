package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import java.util.Arrays;

/** The buffer of a pipe or FIFO with its ends counted (pipe(7)). Thread-safe. */
public final class Pipe {
  /** Writes of up to this size are not split. */
  public static final int PIPE_BUF = 4096;

  static final int DEFAULT_CAPACITY = 65536;
  static final int MAX_UNPRIVILEGED = 1 << 20;

  private final WaitQueue queue = new WaitQueue();
  private byte[] ring = new byte[PIPE_BUF]; // guarded by this, as is all below
  private int head;
  private int size;
  private int capacity = DEFAULT_CAPACITY;
  private int readers;
  private int writers;
  private long readersEver;
  private long writersEver;

  WaitQueue queue() {
    return queue;
  }

  /** The ends that a pipe had, and how many it had ever had, when another one was added. */
  record Ends(int readers, int writers, long readersEver, long writersEver) {}

  /** Adds an end; what there was before it, seen in one step with the addition. */
  Ends addEnd(boolean reads, boolean writes) {
    Ends before;
    synchronized (this) {
      before = new Ends(readers, writers, readersEver, writersEver);
      if (reads) {
        readers++;
        readersEver++;
      }
      if (writes) {
        writers++;
        writersEver++;
      }
    }
    queue.wakeAll();
    return before;
  }

  void removeEnd(boolean reads, boolean writes) {
    synchronized (this) {
      if (reads) {
        readers--;
      }
      if (writes) {
        writers--;
      }
      if (readers == 0 && writers == 0) {
        size = 0;
        head = 0;
        ring = new byte[PIPE_BUF];
      }
    }
    queue.wakeAll();
  }

  synchronized int readers() {
    return readers;
  }

  synchronized int writers() {
    return writers;
  }

  synchronized long readersEver() {
    return readersEver;
  }

  synchronized long writersEver() {
    return writersEver;
  }

  /** Bytes that can be read now (FIONREAD). */
  public synchronized int available() {
    return size;
  }

  public synchronized int capacity() {
    return capacity;
  }

  /** F_SETPIPE_SZ: rounds up to a power of two of pages and returns the result. */
  public synchronized int setCapacity(int wanted, boolean privileged) {
    if (wanted < 0 || wanted > 1 << 30) {
      throw Errno.EINVAL.exception();
    }
    int rounded = Math.max(PIPE_BUF, Integer.highestOneBit(Math.max(1, wanted - 1)) << 1);
    if (rounded > MAX_UNPRIVILEGED && !privileged) {
      throw Errno.EPERM.exception();
    }
    if (rounded < size) {
      throw Errno.EBUSY.exception();
    }
    capacity = rounded;
    return rounded;
  }

  /** What poll(2) answers for an end. */
  synchronized int poll(boolean reads, boolean writes, boolean hadWriter) {
    int events = 0;
    if (reads) {
      if (size > 0) {
        events |= PipeEnd.POLLIN | PipeEnd.POLLRDNORM;
      }
      if (writers == 0 && hadWriter) {
        events |= PipeEnd.POLLHUP;
      }
    }
    if (writes) {
      if (capacity - size >= PIPE_BUF) {
        events |= PipeEnd.POLLOUT | PipeEnd.POLLWRNORM;
      }
      if (readers == 0) {
        events |= PipeEnd.POLLERR;
      }
    }
    return events;
  }

  /** Reads; waits while it is empty and has writers. 0 means that all writers have gone. */
  int read(Task task, byte[] target, int offset, int length, boolean nonBlocking) {
    while (true) {
      int n;
      synchronized (this) {
        n = take(target, offset, length);
        if (n == 0 && writers == 0) {
          return 0;
        }
      }
      if (n > 0) {
        queue.wakeAll();
        return n;
      }
      if (nonBlocking) {
        throw Errno.EAGAIN.exception();
      }
      queue.await(task, this::readable, WaitQueue.FOREVER);
    }
  }

  /** Reads what is there: 0 when it is empty but has writers, -1 when all writers have gone. */
  int readNow(byte[] target, int offset, int length) {
    int n;
    synchronized (this) {
      n = take(target, offset, length);
      if (n == 0 && writers == 0) {
        return -1;
      }
    }
    if (n > 0) {
      queue.wakeAll();
    }
    return n;
  }

  /** Writes what there is room for, perhaps nothing; EPIPE without readers. */
  int writeNow(byte[] source, int offset, int length) {
    int n;
    synchronized (this) {
      if (readers == 0) {
        throw Errno.EPIPE.exception();
      }
      n = Math.min(length, capacity - size);
      put(source, offset, n);
    }
    if (n > 0) {
      queue.wakeAll();
    }
    return n;
  }

  synchronized boolean readable() {
    return size > 0 || writers == 0;
  }

  /** Copies what is there without consuming it (tee(2)). */
  synchronized int peek(byte[] target, int offset, int length) {
    int n = Math.min(length, size);
    int first = Math.min(n, ring.length - head);
    System.arraycopy(ring, head, target, offset, first);
    System.arraycopy(ring, 0, target, offset + first, n - first);
    return n;
  }

  /** Puts data that were read before all others; the capacity may be exceeded. */
  public void putBack(byte[] source, int offset, int length) {
    if (length == 0) {
      return;
    }
    synchronized (this) {
      byte[] rest = new byte[size];
      take(rest, 0, size);
      put(source, offset, length);
      put(rest, 0, rest.length);
    }
    queue.wakeAll();
  }

  private int take(byte[] target, int offset, int length) {
    int n = peek(target, offset, length);
    size -= n;
    head = size == 0 ? 0 : (head + n) % ring.length;
    return n;
  }

  /**
   * Writes all unless it is non-blocking or interrupted; EPIPE without readers, in which case the
   * caller raises SIGPIPE.
   */
  int write(Task task, byte[] source, int offset, int length, boolean nonBlocking) {
    int done = 0;
    while (done < length) {
      int left = length - done;
      int n;
      synchronized (this) {
        if (readers == 0) {
          if (done > 0) {
            return done;
          }
          throw Errno.EPIPE.exception();
        }
        int free = capacity - size;
        n = length <= PIPE_BUF && free < length ? 0 : Math.min(left, free);
        put(source, offset + done, n);
      }
      done += n;
      if (n > 0) {
        queue.wakeAll();
      }
      if (done == length) {
        break;
      }
      if (nonBlocking) {
        if (done > 0) {
          return done;
        }
        throw Errno.EAGAIN.exception();
      }
      int needed = length <= PIPE_BUF ? length : 1;
      try {
        queue.await(task, () -> writable(needed), WaitQueue.FOREVER);
      } catch (ErrnoException e) {
        if (done > 0) {
          return done;
        }
        throw e;
      }
    }
    return done;
  }

  synchronized boolean writable(int needed) {
    return readers == 0 || capacity - size >= needed;
  }

  private void put(byte[] source, int offset, int n) {
    if (n == 0) {
      return;
    }
    if (size + n > ring.length) {
      grow(size + n);
    }
    int tail = (head + size) % ring.length;
    int first = Math.min(n, ring.length - tail);
    System.arraycopy(source, offset, ring, tail, first);
    System.arraycopy(source, offset + first, ring, 0, n - first);
    size += n;
  }

  private void grow(int needed) {
    byte[] larger = new byte[Math.max(needed, Math.min(capacity, ring.length * 2))];
    int n = peek(larger, 0, size);
    Arrays.fill(larger, n, larger.length, (byte) 0);
    ring = larger;
    head = 0;
  }
}
