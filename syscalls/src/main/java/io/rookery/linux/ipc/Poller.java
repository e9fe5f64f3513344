package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.FileDescription;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Waits for several descriptions at once: the core of poll and select. Used by one thread. */
public final class Poller implements AutoCloseable {
  private final WaitQueue wakeups = new WaitQueue();
  private final IdentityHashMap<WaitQueue, WaitQueue> watched = new IdentityHashMap<>();
  private final List<WaitQueue.Registration> registrations = new ArrayList<>();

  /** Wakes up whenever the description may have become ready. */
  public void watch(FileDescription d) {
    WaitQueue q = d.waitQueue();
    if (q != null && watched.put(q, q) == null) {
      registrations.add(q.register(wakeups::wakeAll));
    }
  }

  /**
   * Waits until {@code ready} holds; false when the deadline passed.
   *
   * @throws ErrnoException ERESTARTNOHAND when a signal is pending: such calls are not restarted
   *     after a handler (signal(7))
   */
  public boolean await(Task task, BooleanSupplier ready, long deadlineNanos) {
    try {
      return wakeups.await(task, ready, deadlineNanos);
    } catch (ErrnoException e) {
      throw e.errno() == Errno.ERESTARTSYS ? Errno.ERESTARTNOHAND.exception() : e;
    }
  }

  @Override
  public void close() {
    registrations.forEach(WaitQueue.Registration::close);
  }
}
