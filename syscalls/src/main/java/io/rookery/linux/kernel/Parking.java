package io.rookery.linux.kernel;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** The sleep of a task whose thread is unparked by whoever makes true what it waits for. */
final class Parking {
  private Parking() {}

  /**
   * Returns once {@code done} holds.
   *
   * @param deadline CLOCK_MONOTONIC nanoseconds or {@link WaitQueue#FOREVER}
   * @param interruption the error when a signal or a kill is pending
   * @throws ErrnoException ETIMEDOUT, {@code interruption}
   */
  static void await(Task task, BooleanSupplier done, long deadline, Errno interruption) {
    KernelClock clock = task.kernel().clock();
    task.setSleeping(true);
    try {
      while (!done.getAsBoolean()) {
        if (task.interrupted()) {
          throw interruption.exception();
        }
        if (deadline == WaitQueue.FOREVER) {
          LockSupport.park(task);
        } else {
          long left = deadline - clock.monotonicNanos();
          if (left <= 0) {
            throw Errno.ETIMEDOUT.exception();
          }
          LockSupport.parkNanos(task, left);
        }
      }
    } finally {
      task.setSleeping(false);
    }
  }
}
