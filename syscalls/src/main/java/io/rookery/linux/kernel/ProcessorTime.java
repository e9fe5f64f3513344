package io.rookery.linux.kernel;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;

/** Processor time of Java threads, as the host counts it. Loading this class takes a while. */
final class ProcessorTime {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private ProcessorTime() {}

  /** Nanoseconds that a thread has run; 0 before it starts and after it has ended. */
  static long of(Thread thread) {
    return Math.max(0, THREADS.getThreadCpuTime(thread.threadId()));
  }
}
