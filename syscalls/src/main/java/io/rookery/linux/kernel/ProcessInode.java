package io.rookery.linux.kernel;

/** A file that stands for a process: /proc/PID, which pidfd_send_signal(2) takes too. */
public interface ProcessInode {
  /** The process; it may have ended. */
  ThreadGroup process();
}
