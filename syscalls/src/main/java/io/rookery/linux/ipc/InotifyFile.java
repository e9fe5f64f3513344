package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileEvents;
import io.rookery.linux.vfs.Inode;
import io.rookery.linux.vfs.Name;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Watches on files, and what happened to them as something to read (inotify(7)). */
public final class InotifyFile extends AnonymousFile {
  public static final int IN_ALL_EVENTS = 0xfff;
  public static final int IN_EXCL_UNLINK = 0x04000000;
  public static final int IN_ONESHOT = 0x80000000;

  /** Limits that /proc/sys/fs/inotify tells of. */
  public static final int MAX_QUEUED_EVENTS = 16384;

  public static final int MAX_USER_WATCHES = 65536;

  private static final int IN_Q_OVERFLOW = 0x4000;
  private static final int IN_IGNORED = 0x8000;
  private static final int HEADER = 16; // sizeof(struct inotify_event)

  private final class Watch implements FileEvents.Listener {
    final int wd;
    final Inode target;
    volatile int mask;

    Watch(int wd, Inode target, int mask) {
      this.wd = wd;
      this.target = target;
      this.mask = mask;
    }

    @Override
    public void happened(int event, int cookie, @Nullable Name name, boolean unlinked) {
      int wanted = mask;
      boolean last = (event & FileEvents.IN_DELETE_SELF) != 0;
      if ((event & wanted & IN_ALL_EVENTS) != 0 && !(unlinked && (wanted & IN_EXCL_UNLINK) != 0)) {
        queue(new Event(wd, event, cookie, name == null ? NO_NAME : name.bytes()));
        last |= (wanted & IN_ONESHOT) != 0;
      }
      if (last) {
        end(this);
      }
    }
  }

  private record Event(int wd, int mask, int cookie, byte[] name) {
    /**
     * Length of the name in the structure: with a zero byte, a multiple of the structure's size.
     */
    int nameLength() {
      return name.length == 0 ? 0 : (name.length / HEADER + 1) * HEADER;
    }

    int length() {
      return HEADER + nameLength();
    }

    void store(ByteBuffer target) {
      target.putInt(wd).putInt(mask).putInt(cookie).putInt(nameLength());
      target.put(Arrays.copyOf(name, nameLength()));
    }

    boolean same(Event other) {
      return wd == other.wd
          && mask == other.mask
          && cookie == other.cookie
          && Arrays.equals(name, other.name);
    }
  }

  private static final byte[] NO_NAME = {};

  private final WaitQueue arrival = new WaitQueue();
  private final Map<Integer, Watch> watches = new TreeMap<>(); // guarded by this
  private final Deque<Event> events = new ArrayDeque<>(); // guarded by this
  private int next = 1; // guarded by this

  public InotifyFile(Inode inode, int flags) {
    super(inode, flags);
  }

  /**
   * Watches a file, or changes what is watched for.
   *
   * @param mask events, and IN_EXCL_UNLINK or IN_ONESHOT
   * @param add whether events are added to those of a watch there is
   * @param create whether there must be none: EEXIST
   * @return the watch descriptor
   */
  @SuppressWarnings("ReferenceEquality") // files are who they are
  public synchronized int watch(Inode target, int mask, boolean add, boolean create) {
    for (Watch watch : watches.values()) {
      if (watch.target == target) {
        if (create) {
          throw Errno.EEXIST.exception();
        }
        watch.mask = add ? watch.mask | mask : mask;
        return watch.wd;
      }
    }
    if (watches.size() >= MAX_USER_WATCHES) {
      throw Errno.ENOSPC.exception();
    }
    Watch watch = new Watch(next++, target, mask);
    watches.put(watch.wd, watch);
    target.watch(watch);
    return watch.wd;
  }

  /** Ends a watch; EINVAL if there is no such one. */
  public void forget(int wd) {
    Watch watch;
    synchronized (this) {
      watch = watches.get(wd);
    }
    if (watch == null) {
      throw Errno.EINVAL.exception();
    }
    end(watch);
  }

  private void end(Watch watch) {
    synchronized (this) {
      if (!watches.remove(watch.wd, watch)) {
        return;
      }
    }
    watch.target.unwatch(watch);
    queue(new Event(watch.wd, IN_IGNORED, 0, NO_NAME));
  }

  private void queue(Event event) {
    synchronized (this) {
      Event last = events.peekLast();
      if (last != null && last.same(event)) {
        return;
      }
      if (events.size() < MAX_QUEUED_EVENTS) {
        events.add(event);
      } else if (events.size() == MAX_QUEUED_EVENTS) {
        events.add(new Event(-1, IN_Q_OVERFLOW, 0, NO_NAME));
      } else {
        return;
      }
    }
    arrival.wakeAll(POLLIN | POLLRDNORM);
  }

  @Override
  public String label() {
    return "anon_inode:inotify";
  }

  @Override
  public synchronized String details() {
    StringBuilder text = new StringBuilder();
    for (Watch watch : watches.values()) {
      text.append(
          "inotify wd:%x ino:%x sdev:%x mask:%x ignored_mask:0\n"
              .formatted(
                  watch.wd, watch.target.stat().ino(), watch.target.stat().dev(), watch.mask));
    }
    return text.toString();
  }

  @Override
  public int read(Task task, byte[] target, int offset, int length) {
    ByteBuffer buffer = ByteBuffer.wrap(target, offset, length).order(ByteOrder.LITTLE_ENDIAN);
    if (!take(buffer)) {
      if (nonBlocking()) {
        throw Errno.EAGAIN.exception();
      }
      arrival.await(task, () -> take(buffer), WaitQueue.FOREVER);
    }
    return buffer.position() - offset;
  }

  /** Takes the events there is room for; EINVAL if not even the first fits. */
  private synchronized boolean take(ByteBuffer target) {
    if (events.isEmpty()) {
      return false;
    }
    int before = target.position();
    while (!events.isEmpty() && events.element().length() <= target.remaining()) {
      events.remove().store(target);
    }
    if (target.position() == before) {
      throw Errno.EINVAL.exception();
    }
    return true;
  }

  @Override
  public synchronized int poll() {
    return events.isEmpty() ? 0 : POLLIN | POLLRDNORM;
  }

  @Override
  public WaitQueue waitQueue() {
    return arrival;
  }

  @Override
  public long ioctl(Task task, int request, long argument) {
    if (request != PipeEnd.FIONREAD) {
      return super.ioctl(task, request, argument);
    }
    int bytes;
    synchronized (this) {
      bytes = events.stream().mapToInt(Event::length).sum();
    }
    task.memory().putInt(argument, bytes);
    return 0;
  }

  @Override
  protected void close() {
    List<Watch> all;
    synchronized (this) {
      all = new ArrayList<>(watches.values());
      watches.clear();
    }
    all.forEach(watch -> watch.target.unwatch(watch));
  }
}
