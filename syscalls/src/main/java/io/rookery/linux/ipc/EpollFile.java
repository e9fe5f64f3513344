package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import io.rookery.linux.vfs.Inode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An epoll instance (epoll(7)). Wake-ups of watched files put them on a ready list; waiting looks
 * only at that list. Level-triggered files stay on it for as long as they are ready.
 */
@SuppressWarnings("ReferenceEquality") // owners and files are who they are, not what they hold
public final class EpollFile extends AnonymousFile {
  public static final int EPOLLET = 1 << 31;
  public static final int EPOLLONESHOT = 1 << 30;
  public static final int EPOLLWAKEUP = 1 << 29;
  public static final int EPOLLEXCLUSIVE = 1 << 28;

  private static final int CONTROL = EPOLLET | EPOLLONESHOT | EPOLLWAKEUP | EPOLLEXCLUSIVE;
  private static final int WITH_EXCLUSIVE =
      POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLET | EPOLLWAKEUP | EPOLLEXCLUSIVE;
  private static final int MAX_NESTING = 5;
  private static final int ANY_EVENT = -1;

  /** What epoll_wait(2) reports. */
  public record Event(int events, long data) {}

  private record Key(FileDescription file, int fd) {
    @Override
    public boolean equals(Object o) {
      return o instanceof Key k && k.file == file && k.fd == fd;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(file) * 31 + fd;
    }
  }

  private final class Item {
    final FileDescription file;
    final WaitQueue.Registration registration;
    final Runnable onClose;
    int events; // guarded by lock; 0 once a one-shot has been reported
    long data; // guarded by lock

    Item(Key key, WaitQueue queue, int events, long data) {
      this.file = key.file;
      this.events = events;
      this.data = data;
      this.registration = queue.registerForEvents(this::wake);
      this.onClose = () -> forget(key);
      file.onClose(onClose);
    }

    void wake(int happened) {
      synchronized (lock) {
        if ((events & happened) == 0 || !ready.add(this)) {
          return;
        }
      }
      queue.wakeAll();
    }
  }

  private final WaitQueue queue = new WaitQueue();
  private final Object lock = new Object();
  private final Map<Key, Item> items = new HashMap<>(); // guarded by lock
  private final Set<Item> ready = new LinkedHashSet<>(); // guarded by lock

  public EpollFile(Inode inode) {
    super(inode, 2); // O_RDWR
  }

  @Override
  public String label() {
    return "anon_inode:[eventpoll]";
  }

  /** EPOLL_CTL_ADD. */
  public void add(int fd, FileDescription file, int events, long data) {
    WaitQueue q = file.waitQueue();
    if (q == null) {
      throw Errno.EPERM.exception();
    }
    if ((events & EPOLLEXCLUSIVE) != 0
        && (file instanceof EpollFile || (events & ~WITH_EXCLUSIVE) != 0)) {
      throw Errno.EINVAL.exception();
    }
    if (file instanceof EpollFile other
        && (other.reaches(this, 0) || other.depth() >= MAX_NESTING)) {
      throw Errno.ELOOP.exception();
    }
    Key key = new Key(file, fd);
    Item item;
    synchronized (lock) {
      if (items.containsKey(key)) {
        throw Errno.EEXIST.exception();
      }
      item = new Item(key, q, events | POLLERR | POLLHUP, data);
      items.put(key, item);
    }
    if ((file.poll() & item.events) != 0) {
      item.wake(ANY_EVENT);
    }
  }

  /** EPOLL_CTL_MOD. */
  public void modify(int fd, FileDescription file, int events, long data) {
    Item item;
    synchronized (lock) {
      item = items.get(new Key(file, fd));
      if (item == null) {
        throw Errno.ENOENT.exception();
      }
      if (((item.events | events) & EPOLLEXCLUSIVE) != 0) {
        throw Errno.EINVAL.exception();
      }
      item.events = events | POLLERR | POLLHUP;
      item.data = data;
    }
    if ((file.poll() & events) != 0) {
      item.wake(ANY_EVENT);
    }
  }

  /** EPOLL_CTL_DEL. */
  public void remove(int fd, FileDescription file) {
    Item item = forget(new Key(file, fd));
    if (item == null) {
      throw Errno.ENOENT.exception();
    }
    file.forgetOnClose(item.onClose);
  }

  private @org.jspecify.annotations.Nullable Item forget(Key key) {
    Item item;
    synchronized (lock) {
      item = items.remove(key);
      if (item != null) {
        ready.remove(item);
      }
    }
    if (item != null) {
      item.registration.close();
    }
    return item;
  }

  private boolean reaches(EpollFile wanted, int depth) {
    if (this == wanted) {
      return true;
    }
    List<Item> all;
    synchronized (lock) {
      all = new ArrayList<>(items.values());
    }
    return depth < MAX_NESTING
        && all.stream()
            .anyMatch(i -> i.file instanceof EpollFile e && e.reaches(wanted, depth + 1));
  }

  private int depth() {
    List<Item> all;
    synchronized (lock) {
      all = new ArrayList<>(items.values());
    }
    int deepest = 0;
    for (Item i : all) {
      if (i.file instanceof EpollFile e) {
        deepest = Math.max(deepest, e.depth());
      }
    }
    return deepest + 1;
  }

  /** epoll_wait(2): up to {@code max} events; none when the deadline passed. */
  public List<Event> await(Task task, int max, long deadlineNanos) {
    List<Event> events = new ArrayList<>();
    try {
      queue.await(task, () -> collect(events, max), deadlineNanos);
    } catch (ErrnoException e) {
      throw e.errno() == Errno.ERESTARTSYS ? Errno.EINTR.exception() : e;
    }
    return events;
  }

  /** Takes ready files off the list and reports those that still are. */
  private boolean collect(List<Event> events, int max) {
    List<Item> candidates;
    synchronized (lock) {
      candidates = new ArrayList<>(ready);
    }
    for (Item i : candidates) {
      if (events.size() == max) {
        break;
      }
      synchronized (lock) {
        if (!ready.remove(i)) {
          continue;
        }
      }
      int now = i.file.poll();
      synchronized (lock) {
        int reported = now & i.events & ~CONTROL;
        if (reported == 0) {
          continue;
        }
        events.add(new Event(reported, i.data));
        if ((i.events & EPOLLONESHOT) != 0) {
          i.events = 0;
        } else if ((i.events & EPOLLET) == 0) {
          ready.add(i);
        }
      }
    }
    return !events.isEmpty();
  }

  @Override
  public int poll() {
    List<Item> candidates;
    synchronized (lock) {
      candidates = new ArrayList<>(ready);
    }
    for (Item i : candidates) {
      if ((i.file.poll() & i.events & ~CONTROL) != 0) {
        return POLLIN | POLLRDNORM;
      }
    }
    return 0;
  }

  @Override
  public WaitQueue waitQueue() {
    return queue;
  }

  @Override
  protected void close() {
    List<Item> all;
    synchronized (lock) {
      all = new ArrayList<>(items.values());
      items.clear();
      ready.clear();
    }
    for (Item i : all) {
      i.registration.close();
      i.file.forgetOnClose(i.onClose);
    }
  }
}
