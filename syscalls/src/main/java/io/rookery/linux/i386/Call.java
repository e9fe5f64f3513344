package io.rookery.linux.i386;

import io.rookery.linux.abi.Handler;
import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.linux.kernel.CallMemory;
import io.rookery.linux.kernel.Clocks;
import io.rookery.linux.kernel.Task;
import java.util.ArrayList;
import java.util.List;

/** One system call of a 32-bit program while its arguments are converted and results go back. */
final class Call {
  private final Task task;
  private final CallMemory memory;
  private final List<Runnable> results = new ArrayList<>(2);

  Call(Task task) {
    this.task = task;
    this.memory = task.callMemory();
  }

  Task task() {
    return task;
  }

  CallMemory memory() {
    return memory;
  }

  /** The structure at {@code address} in the handler's layout. */
  long read(Struct s, long address) {
    long to = memory.allocate(s.wideSize);
    memory.write(to, s.widen(memory.read(address, s.narrowSize)));
    return to;
  }

  /** The structure at {@code wide} goes back to {@code address} if the handler writes to it. */
  long written(Struct s, long address, long wide) {
    return written(
        wide, s.wideSize, () -> memory.write(address, s.narrow(memory.read(wide, s.wideSize))));
  }

  /** {@code result} runs after the call if the handler has written to that scratch memory. */
  long written(long wide, int size, Runnable result) {
    results.add(
        () -> {
          if (memory.wasWritten(wide, size)) {
            result.run();
          }
        });
    return wide;
  }

  /** Runs a handler; what it has written goes back even if it fails, as it would natively. */
  long run(Handler handler, long a, long b, long c, long d, long e, long f) {
    memory.clearWritten();
    try {
      long result = handler.call(task, a, b, c, d, e, f);
      results.forEach(Runnable::run);
      return result;
    } catch (ErrnoException x) {
      results.forEach(Runnable::run);
      throw x;
    }
  }

  /**
   * Converts and calls; a call that is to be resumed by restart_syscall(2) converts again then, to
   * the same places.
   */
  static long convert(Task task, Argument[] arguments, Handler handler, long... values) {
    Call call = new Call(task);
    long[] v = call.converted(arguments, values);
    try {
      return call.run(handler, v[0], v[1], v[2], v[3], v[4], v[5]);
    } catch (ErrnoException x) {
      if (x.errno() == Errno.ERESTART_RESTARTBLOCK) {
        Clocks.wrapRestart(
            task,
            inner -> t -> convert(t, arguments, (k, a, b, c, d, e, f) -> inner.restart(k), values));
      }
      throw x;
    }
  }

  private long[] converted(Argument[] arguments, long[] values) {
    long[] v = values.clone();
    for (int i = 0; i < arguments.length; i++) {
      v[i] = arguments[i].convert(this, values[i]);
    }
    return v;
  }
}
