package io.rookery.linux.ipc.mqueue;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import java.nio.charset.StandardCharsets;

/** An open POSIX message queue. */
public final class PosixQueueFile extends FileDescription {
  private static final int SEEK_SET = 0;
  private static final int SEEK_CUR = 1;

  private final PosixQueues owner;
  private final PosixQueue queue;
  private final Name name;
  private long position; // guarded by this

  PosixQueueFile(PosixQueues owner, PosixQueue queue, Name name, int flags) {
    super(flags);
    this.owner = owner;
    this.queue = queue;
    this.name = name;
  }

  @Override
  public Inode inode() {
    return queue.inode;
  }

  @Override
  public String label() {
    return "/" + name;
  }

  /** Most messages, and the most bytes of one. */
  public int mostMessages() {
    return queue.mostMessages;
  }

  public int largestMessage() {
    return queue.largestMessage;
  }

  /** Messages that are there now. */
  public int count() {
    return queue.count();
  }

  /**
   * mq_timedsend(2); waits for room up to CLOCK_MONOTONIC {@code deadline}: ETIMEDOUT.
   *
   * @param from where the program has the text
   */
  public void send(Task task, int priority, long from, int size, long deadline) {
    owner.reserve(size);
    boolean kept = false;
    try {
      byte[] text = task.memory().read(from, size);
      kept = queue.send(task, new QueueMessage(priority, text), nonBlocking(), deadline);
    } finally {
      if (!kept) {
        owner.free(size);
      }
    }
  }

  /** mq_timedreceive(2); waits for a message up to CLOCK_MONOTONIC {@code deadline}: ETIMEDOUT. */
  public QueueMessage receive(Task task, long deadline) {
    return queue.receive(task, nonBlocking(), deadline);
  }

  /** mq_notify(2). */
  public void register(Notification n) {
    queue.register(n);
  }

  /** mq_notify(2) of nothing. */
  public void unregister(Task task) {
    queue.unregister(task.process());
  }

  @Override
  public synchronized int read(Task task, byte[] target, int offset, int length) {
    int n = pread(task, target, offset, length, position);
    position += n;
    return n;
  }

  @Override
  public int pread(Task task, byte[] target, int offset, int length, long at) {
    byte[] text = queue.text().getBytes(StandardCharsets.US_ASCII);
    if (at < 0 || at >= text.length) {
      return 0;
    }
    int n = (int) Math.min(length, text.length - at);
    System.arraycopy(text, (int) at, target, offset, n);
    return n;
  }

  @Override
  public synchronized long seek(long offset, int whence) {
    long to =
        switch (whence) {
          case SEEK_SET -> offset;
          case SEEK_CUR -> position + offset;
          default -> throw Errno.EINVAL.exception();
        };
    if (to < 0) {
      throw Errno.EINVAL.exception();
    }
    position = to;
    return to;
  }

  @Override
  public boolean seekable() {
    return true;
  }

  @Override
  public int poll() {
    return queue.poll();
  }

  @Override
  public WaitQueue waitQueue() {
    return queue.events();
  }

  @Override
  public void flush(Object process) {
    super.flush(process);
    queue.unregister(process);
  }

  @Override
  protected void close() {
    owner.closed(queue);
  }
}
