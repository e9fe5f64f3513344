package io.rookery.linux.ipc.mqueue;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.ThreadGroup;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.AnonymousInode;
import io.rookery.linux.vfs.FileDescription;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A POSIX message queue. A message is handed to a receiver that waits, and the place that becomes
 * free to the sender that has waited longest. Thread-safe.
 */
final class PosixQueue {
  final AnonymousInode inode;
  final int mostMessages;
  final int largestMessage;

  /** Charged to RLIMIT_MSGQUEUE of a user. */
  final int uid;

  final long charge;

  private final PosixQueues owner;
  private final WaitQueue events = new WaitQueue();
  // Guarded by this, all below.
  private final TreeMap<Integer, ArrayDeque<QueueMessage>> messages = new TreeMap<>();
  private final Set<Waiter> receivers = new LinkedHashSet<>();
  private final Set<Waiter> senders = new LinkedHashSet<>();
  private int count;
  private long bytes;
  private boolean freed;
  private @Nullable Notification notification;

  /** A task that waits for a message, or to get rid of one. */
  private static final class Waiter {
    final WaitQueue queue = new WaitQueue();
    @Nullable QueueMessage message; // guarded by the message queue
    boolean done; // guarded by the message queue

    Waiter(@Nullable QueueMessage message) {
      this.message = message;
    }

    void finish() {
      done = true;
      queue.wakeAll();
    }
  }

  PosixQueue(
      PosixQueues owner,
      AnonymousInode inode,
      int mostMessages,
      int largestMessage,
      int uid,
      long charge) {
    this.owner = owner;
    this.inode = inode;
    this.mostMessages = mostMessages;
    this.largestMessage = largestMessage;
    this.uid = uid;
    this.charge = charge;
  }

  WaitQueue events() {
    return events;
  }

  /** Returns whether the message is in the queue, not with a receiver. */
  boolean send(Task task, QueueMessage m, boolean nonBlocking, long deadline) {
    Notification told = null;
    Waiter waiter = null;
    Waiter receiver;
    synchronized (this) {
      checkReachable();
      receiver = first(receivers);
      if (receiver != null) {
        receiver.message = m;
        receiver.finish();
      } else if (count < mostMessages) {
        insert(m);
        if (count == 1) {
          told = notification;
          notification = null;
        }
      } else if (nonBlocking) {
        throw Errno.EAGAIN.exception();
      } else {
        waiter = new Waiter(m);
        senders.add(waiter);
      }
    }
    if (waiter != null) {
      await(task, waiter, senders, deadline);
    }
    if (told != null) {
      told.arrived(task);
    }
    events.wakeAll();
    return receiver == null;
  }

  QueueMessage receive(Task task, boolean nonBlocking, long deadline) {
    QueueMessage found = null;
    Waiter waiter = null;
    synchronized (this) {
      checkReachable();
      if (count > 0) {
        found = take();
        Waiter sender = first(senders);
        if (sender != null) {
          insert(Objects.requireNonNull(sender.message));
          sender.finish();
        }
      } else if (nonBlocking) {
        throw Errno.EAGAIN.exception();
      } else {
        waiter = new Waiter(null);
        receivers.add(waiter);
      }
    }
    if (waiter != null) {
      await(task, waiter, receivers, deadline);
      synchronized (this) {
        found = waiter.message;
      }
    } else {
      owner.free(Objects.requireNonNull(found).text().length);
    }
    events.wakeAll();
    return Objects.requireNonNull(found);
  }

  /** Another thread may have closed the last descriptor since this one looked it up. */
  private void checkReachable() {
    if (freed) {
      throw Errno.EBADF.exception();
    }
  }

  private static @Nullable Waiter first(Set<Waiter> waiters) {
    Iterator<Waiter> i = waiters.iterator();
    if (!i.hasNext()) {
      return null;
    }
    Waiter w = i.next();
    i.remove();
    return w;
  }

  private void insert(QueueMessage m) {
    messages.computeIfAbsent(m.priority(), p -> new ArrayDeque<>()).add(m);
    count++;
    bytes += m.text().length;
  }

  private QueueMessage take() {
    var highest = messages.lastEntry();
    QueueMessage m = highest.getValue().remove();
    if (highest.getValue().isEmpty()) {
      messages.remove(highest.getKey());
    }
    count--;
    bytes -= m.text().length;
    return m;
  }

  /** Waits until the waiter is done; ETIMEDOUT, ERESTARTSYS. */
  private void await(Task task, Waiter w, Set<Waiter> among, long deadline) {
    ErrnoException end = Errno.ETIMEDOUT.exception();
    try {
      w.queue.await(task, () -> isDone(w), deadline);
    } catch (ErrnoException e) {
      end = e;
    }
    synchronized (this) {
      among.remove(w);
      if (!w.done) {
        throw end;
      }
    }
  }

  private synchronized boolean isDone(Waiter w) {
    return w.done;
  }

  // ---- notification ----

  /** Registers who wants to hear of a message; EBUSY if there is somebody. */
  synchronized void register(Notification n) {
    if (notification != null) {
      throw Errno.EBUSY.exception();
    }
    notification = n;
  }

  /** The process wants to hear nothing any more, or has closed a descriptor. */
  @SuppressWarnings("ReferenceEquality") // processes are who they are
  void unregister(Object process) {
    Notification gone;
    synchronized (this) {
      gone = notification;
      if (gone == null || gone.owner() != process) {
        return;
      }
      notification = null;
    }
    gone.removed();
  }

  // ---- state ----

  synchronized int count() {
    return count;
  }

  synchronized int poll() {
    int in = count > 0 ? FileDescription.POLLIN | FileDescription.POLLRDNORM : 0;
    int out = count < mostMessages ? FileDescription.POLLOUT | FileDescription.POLLWRNORM : 0;
    return in | out;
  }

  /** What reading the descriptor tells. */
  synchronized String text() {
    Notification n = notification;
    ThreadGroup told = n == null ? null : n.owner();
    return "QSIZE:%-10d NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n"
        .formatted(
            bytes,
            n == null ? 0 : n.kind(),
            n != null && n.kind() == Notification.SIGEV_SIGNAL ? n.signal() : 0,
            told == null ? 0 : told.pid());
  }

  /** Nobody can reach it any more. */
  synchronized void free() {
    messages.values().forEach(all -> all.forEach(m -> owner.free(m.text().length)));
    messages.clear();
    count = 0;
    freed = true;
  }
}
