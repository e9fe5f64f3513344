package io.rookery.linux.kernel;

/** What the parent in vfork(2) waits for: the child has left its memory. */
final class VforkCompletion {
  private final WaitQueue queue = new WaitQueue();
  private volatile boolean done;

  void complete() {
    done = true;
    queue.wakeAll();
  }

  void await(Task parent) {
    queue.awaitKillable(parent, () -> done, WaitQueue.FOREVER);
  }
}
