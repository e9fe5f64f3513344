package io.rookery.linux.ipc.sysv;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.vfs.Vfs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The System V message queues of a VM. Thread-safe. */
public final class MessageQueues {
  /** Bytes of a message, bytes of a queue unless changed, and queues at most. */
  public static final int MSGMAX = 8192;

  public static final int MSGMNB = 16384;
  public static final int MSGMNI = 32000;

  private static final int MSGSSZ = 16;
  private static final int MSGSEG = 0xffff;

  /** What the messages of all queues may take of the heap; ENOMEM beyond. */
  private static final long MOST_BYTES = 64L << 20;

  private static final int MESSAGE_OVERHEAD = 80;

  private final IpcTable<MessageQueue> queues = new IpcTable<>(MSGMNI);
  private final AtomicLong charged = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger messages = new AtomicInteger();

  private MessageQueues() {}

  /** The queues of the task's VM. */
  public static MessageQueues of(Task task) {
    return of(task.kernel().vfs());
  }

  static MessageQueues of(Vfs vfs) {
    return vfs.singleton(MessageQueues.class, MessageQueues::new);
  }

  /** msgget(2): the identifier of the queue with a key, made if need be. */
  public int get(Task task, int key, int flags) {
    return queues
        .get(task, key, flags, q -> true, id -> new MessageQueue(this, task, id, key, flags))
        .id();
  }

  /** The queue of an identifier; EINVAL. */
  public MessageQueue find(int id) {
    return queues.find(id);
  }

  /** The queue at an index (MSG_STAT); EINVAL. */
  public MessageQueue at(int index) {
    return queues.at(index);
  }

  /** The highest index in use. */
  public int highestIndex() {
    return queues.highestIndex();
  }

  /** IPC_RMID. */
  public void remove(Task task, MessageQueue queue) {
    queue.checkOwner(task);
    queues.remove(queue);
    queue.remove();
  }

  void reserve(Message m) {
    long cost = (long) m.text().length + MESSAGE_OVERHEAD;
    if (charged.addAndGet(cost) > MOST_BYTES) {
      charged.addAndGet(-cost);
      throw Errno.ENOMEM.exception();
    }
    bytes.addAndGet(m.text().length);
    messages.incrementAndGet();
  }

  void free(Message m) {
    charged.addAndGet(-m.text().length - MESSAGE_OVERHEAD);
    bytes.addAndGet(-m.text().length);
    messages.decrementAndGet();
  }

  /** IPC_INFO, or with {@code used} MSG_INFO: struct msginfo. */
  public byte[] info(boolean used) {
    ByteBuffer b = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(used ? queues.size() : MSGMNI * (MSGMNB / 1024));
    b.putInt(used ? messages.get() : MSGMNB);
    b.putInt(MSGMAX).putInt(MSGMNB).putInt(MSGMNI).putInt(MSGSSZ);
    b.putInt(used ? bytes.intValue() : MSGMNB);
    b.putShort((short) MSGSEG);
    return b.array();
  }

  /** /proc/sysvipc/msg. */
  String text() {
    StringBuilder b =
        new StringBuilder(
            "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
                + "      stime      rtime      ctime\n");
    queues.all().forEach(q -> b.append(q.line()));
    return b.toString();
  }
}
