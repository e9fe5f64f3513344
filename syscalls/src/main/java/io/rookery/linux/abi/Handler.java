package io.rookery.linux.abi;

import io.rookery.linux.kernel.Task;

/** What carries out a system call. */
@FunctionalInterface
public interface Handler {
  /**
   * Runs on the calling guest thread with its six argument registers, unused ones included.
   *
   * @return the value for the result register
   * @throws io.rookery.linux.errno.ErrnoException when the call fails
   */
  long call(Task task, long a, long b, long c, long d, long e, long f);
}
