package io.rookery.linux.call;

import io.rookery.linux.abi.SyscallTable;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.ipc.sysv.Message;
import io.rookery.linux.ipc.sysv.MessageFilter;
import io.rookery.linux.ipc.sysv.MessageQueue;
import io.rookery.linux.ipc.sysv.MessageQueues;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.UserMemory;
import io.rookery.linux.vfs.Subject;

/** System V message queues: msgget(2), msgop(2) and msgctl(2). */
public final class MessageQueueCalls {
  private static final int IPC_NOWAIT = 04000;
  private static final int MSG_NOERROR = 010000;
  private static final int MSG_EXCEPT = 020000;
  private static final int MSG_COPY = 040000;

  private static final int IPC_RMID = 0;
  private static final int IPC_SET = 1;
  private static final int IPC_STAT = 2;
  private static final int IPC_INFO = 3;
  private static final int MSG_STAT = 11;
  private static final int MSG_INFO = 12;
  private static final int MSG_STAT_ANY = 13;

  private static final int LONG = 8;
  private static final int QBYTES = 88;

  private MessageQueueCalls() {}

  /** Enters the rows of this topic. */
  public static void register(SyscallTable.Builder t) {
    t.row(
        68,
        "msgget",
        (k, key, flags, c, d, e, f) -> MessageQueues.of(k).get(k, (int) key, (int) flags),
        "int, flags");
    t.row(
        69,
        "msgsnd",
        (k, id, message, size, flags, e, f) ->
            send(k, id, k.memory().getLong(message), message + LONG, size, flags),
        "int, ptr, size, flags");
    t.row(70, "msgrcv", MessageQueueCalls::receive, "int, ptr, size, int, flags");
    t.row(71, "msgctl", MessageQueueCalls::control, "int, int, ptr");
  }

  /** msgsnd(2) with the type read and the text's address. */
  public static long send(Task t, long id, long type, long text, long size, long flags) {
    if (size < 0 || size > MessageQueues.MSGMAX || (int) id < 0 || type < 1) {
      throw Errno.EINVAL.exception();
    }
    Message m = new Message(type, t.memory().read(text, (int) size));
    MessageQueues.of(t).find((int) id).send(t, m, (flags & IPC_NOWAIT) != 0);
    return 0;
  }

  private static long receive(Task t, long id, long to, long size, long type, long flags, long f) {
    Message m = receive(t, id, size, type, flags);
    t.memory().putLong(to, m.type());
    return write(t, to + LONG, m, size);
  }

  /** Writes a message's text as far as there is room and returns its length. */
  public static long write(Task t, long to, Message m, long size) {
    int n = (int) Math.min(size, m.text().length);
    t.memory().write(to, m.text(), 0, n);
    return n;
  }

  /** msgrcv(2) but for the writing. */
  public static Message receive(Task t, long id, long size, long type, long flags) {
    boolean copy = (flags & MSG_COPY) != 0;
    boolean noWait = (flags & IPC_NOWAIT) != 0;
    if ((int) id < 0 || size < 0 || (copy && ((flags & MSG_EXCEPT) != 0 || !noWait))) {
      throw Errno.EINVAL.exception();
    }
    MessageFilter filter;
    long wanted = type;
    if (copy) {
      filter = MessageFilter.NUMBER;
    } else if (type == 0) {
      filter = MessageFilter.ANY;
    } else if (type < 0) {
      filter = MessageFilter.AT_MOST;
      wanted = type == Long.MIN_VALUE ? Long.MAX_VALUE : -type;
    } else {
      filter = (flags & MSG_EXCEPT) != 0 ? MessageFilter.NOT_EQUAL : MessageFilter.EQUAL;
    }
    MessageQueue.Request request =
        new MessageQueue.Request(filter, wanted, size, (flags & MSG_NOERROR) != 0, noWait);
    MessageQueue queue = MessageQueues.of(t).find((int) id);
    return copy ? queue.copy(t, request) : queue.receive(t, request);
  }

  static long control(Task t, long idArg, long command, long buffer, long d, long e, long f) {
    int id = (int) idArg;
    if (id < 0 || (int) command < 0) {
      throw Errno.EINVAL.exception();
    }
    MessageQueues queues = MessageQueues.of(t);
    switch ((int) command) {
      case IPC_INFO, MSG_INFO -> {
        t.memory().write(buffer, queues.info((int) command == MSG_INFO));
        return queues.highestIndex();
      }
      case IPC_STAT -> {
        status(t, queues.find(id), buffer, true);
        return 0;
      }
      case MSG_STAT, MSG_STAT_ANY -> {
        MessageQueue queue = queues.at(id);
        status(t, queue, buffer, (int) command == MSG_STAT);
        return queue.id();
      }
      case IPC_SET -> {
        UserMemory m = t.memory();
        int uid = m.getInt(buffer + 4);
        int gid = m.getInt(buffer + 8);
        int mode = m.getInt(buffer + 20);
        queues.find(id).change(t, uid, gid, mode, m.getLong(buffer + QBYTES));
      }
      case IPC_RMID -> queues.remove(t, queues.find(id));
      default -> throw Errno.EINVAL.exception();
    }
    return 0;
  }

  private static void status(Task t, MessageQueue queue, long to, boolean checked) {
    if (checked) {
      queue.check(t, Subject.READ);
    }
    t.memory().write(to, queue.status());
  }
}
