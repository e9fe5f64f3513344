package io.rookery.linux.ipc.sysv;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Capability;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.Subject;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A System V message queue (msgop(2)). Thread-safe. */
public final class MessageQueue extends IpcObject {
  /** Bytes of struct msqid64_ds. */
  private static final int STATUS_SIZE = 120;

  private final MessageQueues owner;
  private final WaitQueue senders = new WaitQueue();
  // Guarded by this, all below.
  private final List<Message> messages = new ArrayList<>();
  private final Set<Receiver> receivers = new LinkedHashSet<>();
  private long bytes;
  private long mostBytes = MessageQueues.MSGMNB;
  private long sendTime;
  private long receiveTime;
  private int lastSender;
  private int lastReceiver;

  /** A task that waits for a message: the sender hands it over. */
  private static final class Receiver {
    final int pid;
    final Request request;
    final WaitQueue queue = new WaitQueue();
    // Guarded by the message queue.
    @Nullable Message message;
    @Nullable Errno error;

    Receiver(int pid, Request request) {
      this.pid = pid;
      this.request = request;
    }

    boolean done() {
      return message != null || error != null;
    }
  }

  /**
   * What msgrcv(2) asks for.
   *
   * @param size the longest text that is taken; longer ones are E2BIG unless they may be cut
   */
  public record Request(MessageFilter filter, long type, long size, boolean cut, boolean noWait) {
    boolean fits(Message m) {
      return cut || m.text().length <= size;
    }
  }

  MessageQueue(MessageQueues owner, Task task, int id, int key, int mode) {
    super(task, id, key, mode);
    this.owner = owner;
  }

  // ---- sending ----

  /** msgsnd(2); waits for room unless told not to (EAGAIN). */
  public void send(Task task, Message m, boolean noWait) {
    if (!trySend(task, m)) {
      if (noWait) {
        throw Errno.EAGAIN.exception();
      }
      notRestarted(() -> senders.await(task, () -> trySend(task, m), WaitQueue.FOREVER));
    }
  }

  private synchronized boolean trySend(Task task, Message m) {
    checkThere();
    check(task, Subject.WRITE);
    int length = m.text().length;
    if (bytes + length > mostBytes || messages.size() + 1 > mostBytes) {
      return false;
    }
    if (!handOver(task, m)) {
      owner.reserve(m);
      messages.add(m);
      bytes += length;
    }
    lastSender = task.process().pid();
    sendTime = seconds(task);
    return true;
  }

  /** Gives the message to the task that has waited longest for one like it. */
  private boolean handOver(Task task, Message m) {
    for (Iterator<Receiver> i = receivers.iterator(); i.hasNext(); ) {
      Receiver r = i.next();
      if (r.request.filter().admits(m, r.request.type())) {
        i.remove();
        if (r.request.fits(m)) {
          r.message = m;
          lastReceiver = r.pid;
          receiveTime = seconds(task);
          r.queue.wakeAll();
          return true;
        }
        r.error = Errno.E2BIG;
        r.queue.wakeAll();
      }
    }
    return false;
  }

  // ---- receiving ----

  /** msgrcv(2) without MSG_COPY; waits for a message unless told not to (ENOMSG). */
  public Message receive(Task task, Request request) {
    while (true) {
      Receiver r;
      synchronized (this) {
        checkThere();
        check(task, Subject.READ);
        Message found = find(request.filter(), request.type());
        if (found != null) {
          take(task, found, request);
          return found;
        }
        if (request.noWait()) {
          throw Errno.ENOMSG.exception();
        }
        r = new Receiver(task.process().pid(), request);
        receivers.add(r);
      }
      Message m = await(task, r);
      if (m != null) {
        return m;
      }
    }
  }

  private @Nullable Message find(MessageFilter filter, long type) {
    Message best = null;
    for (Message m : messages) {
      if (filter.admits(m, type) && (best == null || m.type() < best.type())) {
        best = m;
        if (filter != MessageFilter.AT_MOST || m.type() == 1) {
          break;
        }
      }
    }
    return best;
  }

  @SuppressWarnings("ReferenceEquality") // this very message, not one that is equal
  private void take(Task task, Message m, Request request) {
    if (!request.fits(m)) {
      throw Errno.E2BIG.exception();
    }
    for (Iterator<Message> i = messages.iterator(); i.hasNext(); ) {
      if (i.next() == m) {
        i.remove();
        break;
      }
    }
    bytes -= m.text().length;
    owner.free(m);
    lastReceiver = task.process().pid();
    receiveTime = seconds(task);
    senders.wakeAll();
  }

  /** The message, or null when the queue was changed and must be looked at again. */
  private @Nullable Message await(Task task, Receiver r) {
    try {
      notRestarted(() -> r.queue.await(task, () -> isDone(r), WaitQueue.FOREVER));
    } catch (ErrnoException e) {
      synchronized (this) {
        receivers.remove(r);
        if (!r.done()) {
          throw e;
        }
      }
    }
    synchronized (this) {
      Message m = r.message;
      if (m != null) {
        return m;
      }
      Errno error = Objects.requireNonNull(r.error);
      if (error == Errno.EAGAIN) {
        return null;
      }
      throw error.exception();
    }
  }

  private synchronized boolean isDone(Receiver r) {
    return r.done();
  }

  /** Such a call is not restarted after a handler (signal(7)). */
  private static void notRestarted(Runnable wait) {
    try {
      wait.run();
    } catch (ErrnoException e) {
      throw e.errno() == Errno.ERESTARTSYS ? Errno.ERESTARTNOHAND.exception() : e;
    }
  }

  /** MSG_COPY: the message at a place, which stays; ENOMSG. */
  public synchronized Message copy(Task task, Request request) {
    checkThere();
    check(task, Subject.READ);
    if (request.type() < 0 || request.type() >= messages.size()) {
      throw Errno.ENOMSG.exception();
    }
    Message m = messages.get((int) request.type());
    if (!request.fits(m)) {
      throw Errno.E2BIG.exception();
    }
    if (m.text().length > request.size()) {
      throw Errno.EINVAL.exception(); // a copy is never cut
    }
    return m;
  }

  // ---- msgctl ----

  /** IPC_SET: owner, permissions and the most bytes that are kept. */
  public synchronized void change(Task task, int newUid, int newGid, int newMode, long most) {
    checkOwner(task);
    boolean more = Long.compareUnsigned(most, MessageQueues.MSGMNB) > 0;
    if (more && !task.credentials().capable(Capability.SYS_RESOURCE)) {
      throw Errno.EPERM.exception();
    }
    change(task, newUid, newGid, newMode);
    mostBytes = most < 0 ? Long.MAX_VALUE : most;
    finishReceivers(Errno.EAGAIN);
    senders.wakeAll();
  }

  private void finishReceivers(Errno error) {
    for (Receiver r : new ArrayList<>(receivers)) {
      r.error = error;
      r.queue.wakeAll();
    }
    receivers.clear();
  }

  /** IPC_STAT: struct msqid64_ds. */
  public synchronized byte[] status() {
    return structure(STATUS_SIZE)
        .putLong(sendTime)
        .putLong(receiveTime)
        .putLong(changeTime)
        .putLong(bytes)
        .putLong(messages.size())
        .putLong(mostBytes)
        .putInt(lastSender)
        .putInt(lastReceiver)
        .array();
  }

  synchronized String line() {
    return "%10d %10d  %4o  %10d %10d %5d %5d %5d %5d %5d %5d %10d %10d %10d\n"
        .formatted(
            key,
            id,
            mode,
            bytes,
            messages.size(),
            lastSender,
            lastReceiver,
            uid,
            gid,
            creatorUid,
            creatorGid,
            sendTime,
            receiveTime,
            changeTime);
  }

  /** The messages are lost; all who wait get EIDRM. */
  synchronized void remove() {
    removed = true;
    finishReceivers(Errno.EIDRM);
    messages.forEach(owner::free);
    messages.clear();
    bytes = 0;
    senders.wakeAll();
  }
}
