package io.rookery.linux.kernel;

/**
 * What the guests of one kernel may use at most.
 *
 * @param tasks threads of all processes together; clone(2) fails with EAGAIN beyond
 * @param signalsPending queued real-time signals of a process or thread
 * @param openFiles the highest RLIMIT_NOFILE that a process can have
 * @param stackBytes Java stack of a guest thread, reserved but not committed
 */
public record KernelLimits(int tasks, int signalsPending, int openFiles, long stackBytes) {
  /** 4096 threads. */
  public static final KernelLimits DEFAULT = new KernelLimits(4096, 4096, 1 << 20, 64L << 20);

  public KernelLimits {
    if (tasks < 1 || signalsPending < 0 || openFiles < 3 || stackBytes < 1 << 20) {
      throw new IllegalArgumentException(
          "limits: tasks %d (from 1), signals %d (from 0), files %d (from 3), stack %d (from 1 MiB)"
              .formatted(tasks, signalsPending, openFiles, stackBytes));
    }
  }

  /** The same with another number of threads. */
  public KernelLimits withTasks(int newTasks) {
    return new KernelLimits(newTasks, signalsPending, openFiles, stackBytes);
  }

  /** The same with another number of open files. */
  public KernelLimits withOpenFiles(int newOpenFiles) {
    return new KernelLimits(tasks, signalsPending, newOpenFiles, stackBytes);
  }

  ResourceLimits processDefaults() {
    return ResourceLimits.defaults(tasks, openFiles);
  }
}
