package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

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

  // What is in the ring, where it was not all written as a stream: packets, and negative the
  // lengths of what is in between. Each packet takes a page of the capacity.
  private final Deque<Integer> runs = new ArrayDeque<>();
  private int packets;

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
        runs.clear();
        packets = 0;
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
      if (free() >= PIPE_BUF) {
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
        n = takeRuns(target, offset, length);
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
      n = takeRuns(target, offset, length);
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
      n = Math.clamp(free(), 0, length);
      put(source, offset, n, false);
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
  void putBack(byte[] source, int offset, int length) {
    if (length == 0) {
      return;
    }
    synchronized (this) {
      byte[] rest = new byte[size];
      take(rest, 0, size);
      append(source, offset, length);
      append(rest, 0, rest.length);
      if (!runs.isEmpty()) {
        runs.addFirst(-length);
      }
    }
    queue.wakeAll();
  }

  /** Reads what was written as a stream up to a packet, or a packet, whose rest is dropped. */
  private int takeRuns(byte[] target, int offset, int length) {
    if (runs.isEmpty()) {
      return take(target, offset, length);
    }
    int run = runs.removeFirst();
    if (run < 0) {
      int n = take(target, offset, Math.min(length, -run));
      if (n < -run) {
        runs.addFirst(run + n);
      }
      return n;
    }
    int n = take(target, offset, Math.min(length, run));
    take(new byte[run - n], 0, run - n);
    packets--;
    return n;
  }

  private int free() {
    return packets == 0 ? capacity - size : capacity - size - padding();
  }

  /** What packets take of the capacity without using it. */
  private int padding() {
    return runs.stream().mapToInt(run -> run > 0 ? PIPE_BUF - run : 0).sum();
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
   *
   * @param asPackets whether a read is to end where this write ends, or a page of it (O_DIRECT)
   */
  int write(
      Task task, byte[] source, int offset, int length, boolean nonBlocking, boolean asPackets) {
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
        int piece = asPackets ? Math.min(left, PIPE_BUF) : left;
        boolean whole = asPackets || length <= PIPE_BUF;
        n = whole && free() < needed(length, asPackets) ? 0 : Math.clamp(free(), 0, piece);
        put(source, offset + done, n, asPackets);
      }
      done += n;
      if (n > 0) {
        queue.wakeAll();
      }
      if (done == length || (asPackets && n > 0)) {
        continue;
      }
      if (nonBlocking) {
        if (done > 0) {
          return done;
        }
        throw Errno.EAGAIN.exception();
      }
      int needed = needed(length, asPackets);
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

  /** The room that a write waits for. */
  private static int needed(int length, boolean asPackets) {
    if (asPackets) {
      return PIPE_BUF;
    }
    return length <= PIPE_BUF ? length : 1;
  }

  synchronized boolean writable(int needed) {
    return readers == 0 || free() >= needed;
  }

  private void put(byte[] source, int offset, int n, boolean packet) {
    if (n == 0) {
      return;
    }
    if (packet && runs.isEmpty() && size > 0) {
      runs.add(-size);
    }
    if (packet) {
      packets++;
      runs.add(n);
    } else if (!runs.isEmpty()) {
      // One run, however many writes: a read does not end between them.
      boolean continues = runs.getLast() < 0;
      runs.add(continues ? runs.removeLast() - n : -n);
    }
    append(source, offset, n);
  }

  private void append(byte[] source, int offset, int n) {
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
