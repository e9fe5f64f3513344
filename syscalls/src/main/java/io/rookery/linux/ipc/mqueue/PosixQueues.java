package io.rookery.linux.ipc.mqueue;

import static io.rookery.linux.vfs.OpenFlags.O_ACCMODE;
import static io.rookery.linux.vfs.OpenFlags.O_CREAT;
import static io.rookery.linux.vfs.OpenFlags.O_EXCL;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Credentials;
import io.rookery.linux.kernel.Resource;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.AnonymousInode;
import io.rookery.linux.vfs.FileMode;
import io.rookery.linux.vfs.Name;
import io.rookery.linux.vfs.OpenFlags;
import io.rookery.linux.vfs.Subject;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The POSIX message queues of a VM by name. Thread-safe. */
public final class PosixQueues {
  /** What /proc/sys/fs/mqueue tells: queues, messages of one, bytes of a message. */
  public static final int QUEUES_MAX = 256;

  public static final int MSG_MAX = 10;
  public static final int MSGSIZE_MAX = 8192;

  // With CAP_SYS_RESOURCE.
  private static final int HARD_QUEUES_MAX = 4096;
  private static final int HARD_MSG_MAX = 65536;
  private static final int HARD_MSGSIZE_MAX = 16 << 20;

  private static final int PRIORITIES = 32768;
  private static final int MESSAGE_COST = 48; // struct msg_msg
  private static final int PRIORITY_COST = 48; // struct posix_msg_tree_node

  /** What the messages of all queues may take of the heap; ENOMEM beyond. */
  private static final long MOST_BYTES = 64L << 20;

  private final Map<Name, PosixQueue> queues = new HashMap<>(); // guarded by this
  private final Map<PosixQueue, Integer> open = new HashMap<>(); // guarded by this
  private final Map<Integer, Long> charged = new HashMap<>(); // by user; guarded by this
  private final AtomicLong bytes = new AtomicLong();

  /** What a new queue is to hold (struct mq_attr). */
  public record Attributes(long mostMessages, long largestMessage) {}

  private PosixQueues() {}

  /** The queues of the task's VM. */
  public static PosixQueues of(Task task) {
    return task.kernel().vfs().singleton(PosixQueues.class, PosixQueues::new);
  }

  /**
   * mq_open(2).
   *
   * @param attributes of a new queue, or null for the usual ones
   */
  public synchronized PosixQueueFile open(
      Task task, Name name, int flags, int mode, @Nullable Attributes attributes) {
    PosixQueue queue = queues.get(name);
    if (queue == null) {
      if ((flags & O_CREAT) == 0) {
        throw Errno.ENOENT.exception();
      }
      queue = make(task, mode, attributes);
      queues.put(name, queue);
    } else {
      if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) {
        throw Errno.EEXIST.exception();
      }
      int access =
          switch (flags & O_ACCMODE) {
            case OpenFlags.O_RDONLY -> Subject.READ;
            case OpenFlags.O_WRONLY -> Subject.WRITE;
            case OpenFlags.O_RDWR -> Subject.READ | Subject.WRITE;
            default -> throw Errno.EINVAL.exception();
          };
      Subject.of(task.credentials()).check(queue.inode, access);
    }
    open.merge(queue, 1, Integer::sum);
    return new PosixQueueFile(this, queue, name, flags);
  }

  private PosixQueue make(Task task, int mode, @Nullable Attributes wanted) {
    Credentials c = task.credentials();
    boolean unbounded = c.capable(Capability.SYS_RESOURCE);
    if (queues.size() >= (unbounded ? HARD_QUEUES_MAX : QUEUES_MAX)) {
      throw Errno.ENOSPC.exception();
    }
    Attributes a = wanted != null ? wanted : new Attributes(MSG_MAX, MSGSIZE_MAX);
    long most = a.mostMessages();
    long size = a.largestMessage();
    if (most <= 0
        || size <= 0
        || most > (unbounded ? HARD_MSG_MAX : MSG_MAX)
        || size > (unbounded ? HARD_MSGSIZE_MAX : MSGSIZE_MAX)) {
      throw Errno.EINVAL.exception();
    }
    long charge = most * size + most * MESSAGE_COST + Math.min(most, PRIORITIES) * PRIORITY_COST;
    long all = charged.getOrDefault(c.uid(), 0L) + charge;
    long limit = task.process().limits().soft(Resource.MSGQUEUE);
    if (Long.compareUnsigned(all, limit) > 0) {
      throw Errno.EMFILE.exception();
    }
    charged.put(c.uid(), all);
    int full = FileMode.S_IFREG | mode & FileMode.PERMISSIONS & ~task.fs().umask();
    AnonymousInode inode =
        task.kernel()
            .vfs()
            .anonymous()
            .newInode(full, c.fsuid(), c.fsgid(), task.kernel().vfs().now());
    return new PosixQueue(this, inode, (int) most, (int) size, c.uid(), charge);
  }

  /** mq_unlink(2): only who owns the queue may, as in any sticky directory. */
  public synchronized void unlink(Task task, Name name) {
    PosixQueue queue = queues.get(name);
    if (queue == null) {
      throw Errno.ENOENT.exception();
    }
    if (!Subject.of(task.credentials()).ownerOf(queue.inode.stat())) {
      throw Errno.EPERM.exception();
    }
    queues.remove(name);
    queue.inode.unlinked();
    if (!open.containsKey(queue)) {
      free(queue);
    }
  }

  synchronized void closed(PosixQueue queue) {
    Integer left = open.computeIfPresent(queue, (q, n) -> n == 1 ? null : n - 1);
    if (left == null && !queues.containsValue(queue)) {
      free(queue);
    }
  }

  private void free(PosixQueue queue) {
    charged.computeIfPresent(
        queue.uid, (uid, n) -> n == queue.charge ? null : Long.valueOf(n - queue.charge));
    queue.free();
  }

  /** A message of that size is about to be made; ENOMEM. */
  void reserve(int size) {
    long cost = cost(size);
    if (bytes.addAndGet(cost) > MOST_BYTES) {
      bytes.addAndGet(-cost);
      throw Errno.ENOMEM.exception();
    }
  }

  void free(int size) {
    bytes.addAndGet(-cost(size));
  }

  private static long cost(int size) {
    return (long) size + MESSAGE_COST + PRIORITY_COST;
  }
}
