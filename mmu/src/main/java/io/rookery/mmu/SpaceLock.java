package io.rookery.mmu;

import java.util.concurrent.locks.ReentrantLock;

/** The lock of an address space. A guest thread that waits for it counts as quiet. */
final class SpaceLock {
  private final ReentrantLock lock = new ReentrantLock();
  private final GuestThreads threads;

  SpaceLock(GuestThreads threads) {
    this.threads = threads;
  }

  void lock() {
    if (lock.tryLock()) {
      return;
    }
    GuestThreads.Member self = threads.current();
    if (self == null) {
      lock.lock();
      return;
    }
    self.enterQuiet();
    try {
      lock.lock();
    } finally {
      self.leaveQuiet();
    }
  }

  boolean tryLock() {
    return lock.tryLock();
  }

  void unlock() {
    lock.unlock();
  }

  boolean isHeld() {
    return lock.isHeldByCurrentThread();
  }
}
