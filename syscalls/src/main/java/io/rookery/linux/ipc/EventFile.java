package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.Inode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A counter that can be waited for (eventfd(2)). */
public final class EventFile extends AnonymousFile {
  private static final long MAX = -2L; // 2^64 - 2, unsigned

  private final boolean semaphore;
  private final WaitQueue queue = new WaitQueue();
  private long count; // guarded by this, unsigned

  public EventFile(Inode inode, int flags, int initial, boolean semaphore) {
    super(inode, flags);
    this.semaphore = semaphore;
    this.count = Integer.toUnsignedLong(initial);
  }

  @Override
  public String label() {
    return "anon_inode:[eventfd]";
  }

  @Override
  public synchronized String details() {
    return "eventfd-count: %16x\n".formatted(count);
  }

  @Override
  public int read(Task task, byte[] target, int offset, int length) {
    if (length < 8) {
      throw Errno.EINVAL.exception();
    }
    long[] taken = new long[1];
    if (!take(taken)) {
      if (nonBlocking()) {
        throw Errno.EAGAIN.exception();
      }
      queue.await(task, () -> take(taken), WaitQueue.FOREVER);
    }
    queue.wakeAll();
    ByteBuffer.wrap(target).order(ByteOrder.LITTLE_ENDIAN).putLong(offset, taken[0]);
    return 8;
  }

  private synchronized boolean take(long[] taken) {
    if (count == 0) {
      return false;
    }
    taken[0] = semaphore ? 1 : count;
    count -= taken[0];
    return true;
  }

  @Override
  public int write(Task task, byte[] source, int offset, int length) {
    if (length < 8) {
      throw Errno.EINVAL.exception();
    }
    long add = ByteBuffer.wrap(source).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
    if (add == -1L) {
      throw Errno.EINVAL.exception();
    }
    if (!put(add)) {
      if (nonBlocking()) {
        throw Errno.EAGAIN.exception();
      }
      queue.await(task, () -> put(add), WaitQueue.FOREVER);
    }
    queue.wakeAll();
    return 8;
  }

  private synchronized boolean put(long add) {
    if (Long.compareUnsigned(add, MAX - count) > 0) {
      return false;
    }
    count += add;
    return true;
  }

  @Override
  public synchronized int poll() {
    int events = count != 0 ? POLLIN : 0;
    return Long.compareUnsigned(count, MAX) < 0 ? events | POLLOUT : events;
  }

  @Override
  public WaitQueue waitQueue() {
    return queue;
  }
}
