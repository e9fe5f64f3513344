package io.rookery.linux.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WaitQueueTest {
  private final WaitQueue queue = new WaitQueue();
  private TestKernel k;
  private Task task;

  @BeforeEach
  void boot() {
    k = new TestKernel();
    task = k.idleTask();
  }

  @AfterEach
  void close() {
    TestKernel.end(task);
    k.close();
  }

  @Test
  void passesAtOnceWhenTheConditionHolds() {
    assertTrue(queue.await(task, () -> true, 0));
  }

  @Test
  void deadlineInThePastIsFalse() {
    assertFalse(queue.await(task, () -> false, k.kernel.clock().monotonicNanos() - 1));
  }

  @Test
  void waitsUntilTheDeadline() {
    long start = System.nanoTime();
    assertFalse(queue.await(task, () -> false, k.kernel.clock().monotonicNanos() + 30_000_000));
    assertTrue(System.nanoTime() - start >= 30_000_000);
    assertFalse(queue.hasWaiters());
  }

  /** As a lock would that the condition has to wait for. */
  @Test
  void aWakeUpWhileTheConditionIsAskedIsNotLost() {
    AtomicInteger asked = new AtomicInteger();
    long deadline = k.kernel.clock().monotonicNanos() + TimeUnit.SECONDS.toNanos(30);
    assertTrue(
        queue.await(
            task,
            () -> {
              if (asked.incrementAndGet() == 2) { // the first time nobody waits yet
                queue.wakeAll();
                LockSupport.park(); // takes the permit
              }
              return asked.get() > 2;
            },
            deadline));
    assertTrue(k.kernel.clock().monotonicNanos() < deadline - TimeUnit.SECONDS.toNanos(15));
  }

  @Test
  void aSignalInterrupts() {
    Thread sender = Thread.ofPlatform().start(() -> task.signal(SigInfo.kernel(Signals.SIGUSR1)));
    ErrnoException e =
        assertThrows(ErrnoException.class, () -> queue.await(task, () -> false, WaitQueue.FOREVER));
    assertEquals(Errno.ERESTARTSYS, e.errno());
    assertTrue(sender.isAlive() || !sender.isInterrupted());
  }

  @Test
  void anIgnoredSignalDoesNotInterrupt() {
    task.signal(SigInfo.kernel(Signals.SIGCHLD));
    assertFalse(task.interrupted());
    assertFalse(queue.await(task, () -> false, k.kernel.clock().monotonicNanos() + 1_000_000));
  }

  @Test
  void aKillableWaitIgnoresSignalsButNotDeath() {
    task.signal(SigInfo.kernel(Signals.SIGUSR1));
    assertFalse(
        queue.awaitKillable(task, () -> false, k.kernel.clock().monotonicNanos() + 1_000_000));
    task.process().signal(SigInfo.kernel(Signals.SIGKILL));
    assertThrows(
        ErrnoException.class, () -> queue.awaitKillable(task, () -> false, WaitQueue.FOREVER));
  }

  @Test
  void wakeOneWakesOneAndWakeAllTheRest() throws Exception {
    int count = 5;
    AtomicInteger permits = new AtomicInteger();
    AtomicInteger through = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(count);
    List<Task> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      CountDownLatch ready = new CountDownLatch(1);
      Thread.ofPlatform()
          .start(
              () -> {
                Task t = k.idleTask();
                synchronized (tasks) {
                  tasks.add(t);
                }
                ready.countDown();
                queue.await(
                    t, () -> permits.getAndUpdate(p -> Math.max(0, p - 1)) > 0, WaitQueue.FOREVER);
                through.incrementAndGet();
                done.countDown();
              });
      assertTrue(ready.await(10, TimeUnit.SECONDS));
    }
    while (tasks.stream().filter(Task::isSleeping).count() < count) {
      Thread.onSpinWait();
    }
    permits.set(1);
    queue.wakeOne();
    while (through.get() < 1) {
      Thread.onSpinWait();
    }
    Thread.sleep(20);
    assertEquals(1, through.get());
    permits.set(count);
    queue.wakeAll();
    assertTrue(done.await(10, TimeUnit.SECONDS));
    tasks.forEach(TestKernel::end);
  }

  @Test
  void registeredCallbacksRunUntilClosed() {
    AtomicInteger calls = new AtomicInteger();
    WaitQueue.Registration r = queue.register(calls::incrementAndGet);
    queue.wakeAll();
    queue.wakeOne();
    assertEquals(2, calls.get());
    r.close();
    queue.wakeAll();
    assertEquals(2, calls.get());
  }

  @Test
  void noWakeUpIsLost() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger turn = new AtomicInteger();
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  Task t = k.idleTask();
                  while (queue.await(t, () -> turn.get() == 1 || stop.get(), WaitQueue.FOREVER)
                      && !stop.get()) {
                    turn.set(0);
                    queue.wakeAll();
                  }
                  TestKernel.end(t);
                });
    for (int i = 0; i < 5000; i++) {
      turn.set(1);
      queue.wakeAll();
      assertTrue(
          queue.await(
              task, () -> turn.get() == 0, k.kernel.clock().monotonicNanos() + 10_000_000_000L));
    }
    stop.set(true);
    queue.wakeAll();
    other.join();
  }
}
