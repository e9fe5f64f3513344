package io.rookery.linux.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.linux.errno.Errno;
import io.rookery.linux.errno.ErrnoException;
import io.rookery.mmu.AddressSpace;
import io.rookery.mmu.MapFlags;
import io.rookery.mmu.Protection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FutexTableTest {
  private static final long A = 0x100000;
  private static final long B = 0x100100;

  private TestKernel k;
  private Task task;
  private Futexes futexes;
  private final List<Thread> threads = new ArrayList<>();

  @BeforeEach
  void boot() {
    k = new TestKernel();
    task = k.idleTask();
    task.memory()
        .space()
        .map(A, 4096, Protection.READ | Protection.WRITE, MapFlags.PRIVATE, null, 0, null);
    futexes = new Futexes(task, true);
  }

  @AfterEach
  void close() throws Exception {
    for (Thread t : threads) {
      t.join();
    }
    TestKernel.end(task);
    k.close();
  }

  private Errno failure(Runnable r) {
    return assertThrows(ErrnoException.class, r::run).errno();
  }

  /** Starts a thread that waits on {@code address} while it is 0, in the memory of the task. */
  private Thread waiter(long address, int bitset) throws InterruptedException {
    Task[] other = new Task[1];
    Thread t =
        Thread.ofPlatform()
            .start(
                () -> {
                  Task w = k.idleTask();
                  w.mm().release();
                  w.setMm(task.mm().retain());
                  other[0] = w;
                  new Futexes(w, true).await(address, 0, bitset, WaitQueue.FOREVER);
                  TestKernel.end(w);
                });
    threads.add(t);
    while (other[0] == null || !other[0].isSleeping()) {
      Thread.sleep(1);
    }
    return t;
  }

  @Test
  void anotherValueIsEAGAIN() {
    task.memory().putInt(A, 5);
    assertEquals(Errno.EAGAIN, failure(() -> futexes.await(A, 4, -1, WaitQueue.FOREVER)));
  }

  @Test
  void badAddressesAreErrors() {
    assertEquals(Errno.EINVAL, failure(() -> futexes.await(A + 1, 0, -1, 0)));
    assertEquals(Errno.EFAULT, failure(() -> futexes.await(A + 8192, 0, -1, 0)));
    assertEquals(Errno.EFAULT, failure(() -> new Futexes(task, false).wake(A + 8192, 1, -1)));
    assertEquals(Errno.EINVAL, failure(() -> futexes.await(A, 0, 0, 0)));
  }

  @Test
  void deadlineIsETIMEDOUT() {
    long until = k.kernel.clock().monotonicNanos() + 20_000_000;
    assertEquals(Errno.ETIMEDOUT, failure(() -> futexes.await(A, 0, -1, until)));
    assertTrue(k.kernel.clock().monotonicNanos() >= until);
  }

  @Test
  void wakesAsManyAsAskedFor() throws Exception {
    for (int i = 0; i < 4; i++) {
      waiter(A, -1);
    }
    assertEquals(0, futexes.wake(B, 10, -1));
    assertEquals(3, futexes.wake(A, 3, -1));
    assertEquals(1, futexes.wake(A, 10, -1));
  }

  @Test
  void bitsetsSelectWaiters() throws Exception {
    waiter(A, 1);
    waiter(A, 2);
    assertEquals(0, futexes.wake(A, 10, 4));
    assertEquals(1, futexes.wake(A, 10, 2));
    assertEquals(1, futexes.wake(A, 10, 3));
  }

  @Test
  void requeueMovesWaitersToTheOtherFutex() throws Exception {
    for (int i = 0; i < 4; i++) {
      waiter(A, -1);
    }
    assertEquals(Errno.EAGAIN, failure(() -> futexes.requeue(A, B, 1, 2, 99)));
    assertEquals(3, futexes.requeue(A, B, 1, 2, 0));
    assertEquals(2, futexes.wake(B, 10, -1));
    assertEquals(1, futexes.wake(A, 10, -1));
  }

  @Test
  void wakeOperationChangesTheSecondWordAndComparesTheOldValue() throws Exception {
    task.memory().putInt(B, 3);
    waiter(A, -1);
    // FUTEX_OP(ADD, 4, GT, 2)
    int op = 1 << 28 | 4 << 24 | 4 << 12 | 2;
    assertEquals(1, futexes.wakeOperation(A, B, 1, 1, op));
    assertEquals(7, task.memory().getInt(B));
  }

  @Test
  void sharedMappingsAreTheSameFutexInAForkedProcess() throws Exception {
    AddressSpace space = task.memory().space();
    long shared = 0x200000;
    space.map(shared, 4096, Protection.READ | Protection.WRITE, MapFlags.SHARED, null, 0, null);
    Task child = k.idleTask();
    child.mm().release();
    child.setMm(task.mm().fork());
    FutexTable.Key here = FutexTable.key(task, shared + 8, false);
    assertEquals(here, FutexTable.key(child, shared + 8, false));
    assertTrue(!FutexTable.key(task, A, false).equals(FutexTable.key(child, A, false)));
    TestKernel.end(child);
  }
}
