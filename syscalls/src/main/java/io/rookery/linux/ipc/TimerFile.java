package io.rookery.linux.ipc;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.kernel.Kernel;
import io.rookery.linux.kernel.KernelTimers;
import io.rookery.linux.kernel.Task;
import io.rookery.linux.kernel.WaitQueue;
import io.rookery.linux.vfs.Inode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A timer that is read (timerfd_create(2)). */
public final class TimerFile extends AnonymousFile {
  /** Remaining time and interval in nanoseconds; 0 remaining means disarmed. */
  public record Setting(long remaining, long interval) {}

  private static final int CLOCK_REALTIME = 0;
  private static final int CLOCK_REALTIME_ALARM = 8;

  private final Kernel kernel;
  private final int clockId;
  private final WaitQueue queue = new WaitQueue();
  private long next; // guarded by this: CLOCK_MONOTONIC of the next expiry, 0 when disarmed
  private long interval;
  private long expirations;
  private KernelTimers.@Nullable Timeout timeout;

  public TimerFile(Kernel kernel, Inode inode, int clockId, int flags) {
    super(inode, flags);
    this.kernel = kernel;
    this.clockId = clockId;
  }

  @Override
  public String label() {
    return "anon_inode:[timerfd]";
  }

  @Override
  public String details() {
    Setting s = get();
    return "clockid: %d\nticks: %d\nsettime flags: 0\nit_value: (%d, %d)\nit_interval: (%d, %d)\n"
        .formatted(
            clockId,
            pending(),
            s.remaining() / 1_000_000_000,
            s.remaining() % 1_000_000_000,
            s.interval() / 1_000_000_000,
            s.interval() % 1_000_000_000);
  }

  /** timerfd_gettime(2). */
  public synchronized Setting get() {
    account();
    return new Setting(
        next == 0 ? 0 : Math.max(1, next - kernel.clock().monotonicNanos()), interval);
  }

  /** timerfd_settime(2): an expiry of 0 disarms. Returns the old setting. */
  public synchronized Setting set(long value, long newInterval, boolean absolute) {
    Setting old = get();
    expirations = 0;
    interval = newInterval;
    long now = kernel.clock().monotonicNanos();
    if (value == 0) {
      next = 0;
    } else if (!absolute) {
      next = saturated(now, value);
    } else if (clockId == CLOCK_REALTIME || clockId == CLOCK_REALTIME_ALARM) {
      next = Math.max(1, saturated(now, value - kernel.clock().realtimeNanos()));
    } else {
      next = value;
    }
    schedule();
    return old;
  }

  private static long saturated(long now, long delta) {
    long sum = now + delta;
    return delta > 0 && sum < 0 ? Long.MAX_VALUE : sum;
  }

  private void schedule() {
    if (timeout != null) {
      timeout.cancel();
      timeout = null;
    }
    if (next != 0 && next != Long.MAX_VALUE) {
      timeout = kernel.timers().at(next, this::expired);
    }
  }

  private void expired() {
    synchronized (this) {
      timeout = null;
      account();
      schedule();
    }
    queue.wakeAll();
  }

  /** Counts what has expired by now. */
  private void account() {
    if (next == 0) {
      return;
    }
    long late = kernel.clock().monotonicNanos() - next;
    if (late < 0) {
      return;
    }
    if (interval == 0) {
      expirations++;
      next = 0;
    } else {
      long times = 1 + late / interval;
      expirations += times;
      next += times * interval;
    }
  }

  private synchronized long pending() {
    account();
    return expirations;
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
    ByteBuffer.wrap(target).order(ByteOrder.LITTLE_ENDIAN).putLong(offset, taken[0]);
    return 8;
  }

  private synchronized boolean take(long[] taken) {
    account();
    taken[0] = expirations;
    expirations = 0;
    return taken[0] != 0;
  }

  @Override
  public int poll() {
    return pending() != 0 ? POLLIN : 0;
  }

  @Override
  public WaitQueue waitQueue() {
    return queue;
  }

  @Override
  protected synchronized void close() {
    next = 0;
    schedule();
  }
}
