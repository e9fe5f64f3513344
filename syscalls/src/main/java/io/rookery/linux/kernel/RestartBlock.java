package io.rookery.linux.kernel;

/** What restart_syscall(2) goes on with after a stop signal interrupted a wait with a deadline. */
@FunctionalInterface
public interface RestartBlock {
  /** Continues the call; its result or exception is the restarted call's. */
  long restart(Task task);
}
