package io.rookery.mmu;

import static io.rookery.mmu.Guest.PAGE;
import static io.rookery.mmu.Guest.RW;
import static io.rookery.mmu.Guest.load64;
import static io.rookery.mmu.Guest.map;
import static io.rookery.mmu.Guest.mapFile;
import static io.rookery.mmu.Guest.store64;
import static io.rookery.mmu.Guest.store8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens to a store whose check came before the rights were taken away. */
@SuppressWarnings("removal") // sun.misc.Unsafe
@Timeout(60)
class QuarantineTest {
  private static final long A = 0x40_0000;

  private MemoryPool pool;
  private AddressSpace space;
  private Runner late;

  /** A guest thread between its check and its store, for as long as the test likes. */
  private static final class Runner implements Participant {
    final AtomicInteger requests = new AtomicInteger();
    private final AddressSpace space;
    private final Thread thread;
    private final java.util.concurrent.LinkedBlockingQueue<Runnable> work =
        new java.util.concurrent.LinkedBlockingQueue<>();
    private volatile boolean pollWhenAsked;

    Runner(AddressSpace space) {
      this.space = space;
      thread = Thread.ofPlatform().start(this::loop);
      run(() -> space.register(this));
    }

    private void loop() {
      try {
        while (true) {
          Runnable next = work.poll(1, TimeUnit.MILLISECONDS);
          if (next != null) {
            next.run();
          } else if (pollWhenAsked && requests.get() > 0) {
            space.passedPoll(this);
          }
        }
      } catch (InterruptedException end) {
        // the test is over
      }
    }

    /** Runs something on the thread and waits for it. */
    void run(Runnable action) {
      CountDownLatch done = new CountDownLatch(1);
      work.add(
          () -> {
            try {
              action.run();
            } finally {
              done.countDown();
            }
          });
      try {
        assertTrue(done.await(30, TimeUnit.SECONDS));
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    @Override
    public void requestPoll() {
      requests.incrementAndGet();
    }

    void awaitRequest() throws InterruptedException {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (requests.get() == 0) {
        assertTrue(System.nanoTime() < deadline, "nobody asked for a poll");
        Thread.sleep(1);
      }
    }

    void stop() {
      pollWhenAsked = false;
      run(() -> space.unregister(this));
      thread.interrupt();
    }
  }

  @BeforeEach
  void open() {
    pool = new MemoryPool(64 << 20);
    space = pool.newAddressSpace();
    late = new Runner(space);
  }

  @AfterEach
  void close() {
    late.stop();
    space.release();
    assertEquals(0, pool.usedBytes(), "memory leaked");
    pool.close();
  }

  @Test
  void aLateStoreAfterMunmapHitsNobody() {
    long at = space.mapAnywhere(0, PAGE, RW, MapFlags.PRIVATE, null, 0, null);
    store64(space, at, 1);
    space.unmap(at, PAGE);
    long next = space.mapAnywhere(0, PAGE, RW, MapFlags.PRIVATE, null, 0, null);
    assertNotEquals(at, next, "the range waits in quarantine");
    assertNotEquals(at, space.findFree(at, PAGE), "a hint does not help");
    assertEquals(PAGE, pool.usedBytes(), "and its page is still charged");
    store64(space, next, 2);
    Host.U.putLong(space.base + at, -1); // the late store
    assertEquals(2, load64(space, next));
    late.run(() -> space.passedPoll(late));
    assertEquals(PAGE, pool.usedBytes());
    assertEquals(at, space.mapAnywhere(at, PAGE, RW, MapFlags.PRIVATE, null, 0, null));
    assertEquals(0, load64(space, at));
  }

  @Test
  void aLateStoreToASharedPageHitsItsOldFrame() {
    FakeFile file = new FakeFile(pool, PAGE);
    mapFile(space, A, 1, RW, MapFlags.SHARED, file);
    load64(space, A);
    store8(space, A, 1);
    space.unmap(A, PAGE);
    assertEquals(2, file.pins, "load and store pins stay until everyone has noticed");
    assertEquals(1, file.mappedPages);
    late.run(() -> space.passedPoll(late));
    assertEquals(0, file.pins);
    assertEquals(0, file.mappedPages);
    file.close();
  }

  @Test
  void mappingOverAPageWaitsForLateStores() {
    late.pollWhenAsked = true;
    FakeFile file = new FakeFile(pool, PAGE);
    map(space, A, 1);
    store64(space, A, 1);
    mapFile(space, A, 1, Protection.READ, MapFlags.PRIVATE, file);
    assertTrue(late.requests.get() > 0);
    assertEquals(0, load64(space, A));
    file.close();
  }

  @Test
  void mappingOverQuarantineWaits() {
    map(space, A, 1);
    store64(space, A, 1);
    space.unmap(A, PAGE);
    assertEquals(0, late.requests.get(), "munmap alone disturbs nobody");
    late.pollWhenAsked = true;
    map(space, A, 1);
    assertTrue(late.requests.get() > 0);
    assertEquals(0, load64(space, A));
  }

  @Test
  void loweringTheRightsOfPresentPagesWaits() throws InterruptedException {
    map(space, A, 1);
    space.protect(A, PAGE, Protection.READ);
    space.protect(A, PAGE, RW);
    assertEquals(0, late.requests.get(), "nothing was present");
    store64(space, A, 1);
    Thread caller = Thread.ofPlatform().start(() -> space.protect(A, PAGE, Protection.READ));
    late.awaitRequest();
    assertFalse(caller.join(java.time.Duration.ofMillis(20)), "the store may still come");
    late.run(() -> space.passedPoll(late));
    caller.join();
    assertThrows(MemoryFault.class, () -> store64(space, A, 1));
  }

  @Test
  void forkWaitsForStoresUnderWay() throws InterruptedException {
    map(space, A, 1);
    store64(space, A, 1);
    AddressSpace[] child = new AddressSpace[1];
    Thread caller = Thread.ofPlatform().start(() -> child[0] = space.fork());
    late.awaitRequest();
    Host.U.putLong(space.base + A, 2); // a store that was checked before the fork
    assertFalse(caller.join(java.time.Duration.ofMillis(20)));
    late.run(() -> space.passedPoll(late));
    caller.join();
    store64(space, A, 3);
    assertEquals(2, load64(child[0], A));
    child[0].release();
  }

  @Test
  void threadsInSystemCallsAreNotWaitedFor() {
    late.run(() -> space.enterKernel(late));
    map(space, A, 1);
    store64(space, A, 1);
    space.protect(A, PAGE, Protection.READ);
    space.unmap(A, PAGE);
    assertEquals(0, pool.usedBytes());
    assertEquals(0, late.requests.get());
    late.run(() -> space.exitKernel(late));
  }

  @Test
  void aThreadThatWaitsInAFaultIsNotWaitedFor() throws InterruptedException {
    map(space, A, 2);
    store64(space, A, 1);
    space.lock.lock();
    CountDownLatch faulting = new CountDownLatch(1);
    late.work.add(
        () -> {
          faulting.countDown();
          load64(space, A + PAGE);
        });
    faulting.await();
    AddressSpace child = space.fork(); // with the lock held all along
    space.lock.unlock();
    child.release();
  }

  @Test
  void muchQuarantineAsksThreadsToPoll() {
    map(space, A, 1000);
    for (int i = 0; i < 1000; i++) {
      store64(space, A + i * PAGE, 1);
    }
    space.unmap(A, 10 * PAGE);
    assertEquals(0, late.requests.get());
    space.unmap(A + 10 * PAGE, 990 * PAGE);
    assertTrue(late.requests.get() > 0);
  }

  @Test
  void remapWaitsBeforeItMovesContents() {
    late.pollWhenAsked = true;
    map(space, A, 1);
    map(space, A + PAGE, 1, Protection.READ);
    store64(space, A, 1);
    long moved = space.remap(A, PAGE, 2 * PAGE, MapFlags.REMAP_MAYMOVE, 0);
    assertTrue(late.requests.get() > 0);
    assertEquals(1, load64(space, moved));
  }
}
