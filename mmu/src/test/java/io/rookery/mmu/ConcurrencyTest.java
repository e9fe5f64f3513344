package io.rookery.mmu;

import static io.rookery.mmu.Guest.PAGE;
import static io.rookery.mmu.Guest.RW;
import static io.rookery.mmu.Guest.load64;
import static io.rookery.mmu.Guest.map;
import static io.rookery.mmu.Guest.mapFile;
import static io.rookery.mmu.Guest.store64;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several guest threads in one address space. */
@Timeout(120)
class ConcurrencyTest {
  private static final long A = 0x40_0000;
  private static final long FAR = 1L << 46;
  private static final int THREADS = 4;

  private MemoryPool pool;
  private AddressSpace space;
  private ExecutorService threads;

  /** A guest thread that polls whenever it is told to. */
  private static final class Poller implements Participant {
    private volatile boolean asked;

    @Override
    public void requestPoll() {
      asked = true;
    }

    void poll(AddressSpace space) {
      if (asked) {
        asked = false;
        space.passedPoll(this);
      }
    }
  }

  @FunctionalInterface
  private interface Body {
    long run(int thread, Runnable poll) throws Exception;
  }

  @BeforeEach
  void open() {
    pool = new MemoryPool(64 << 20);
    space = pool.newAddressSpace();
    threads = Executors.newFixedThreadPool(THREADS);
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    space.release();
    assertEquals(0, pool.usedBytes(), "memory leaked");
    pool.close();
  }

  /** Runs a body on all threads at once; the sum of their results. */
  private long onAll(int count, Body body) throws Exception {
    CyclicBarrier start = new CyclicBarrier(count);
    List<Callable<Long>> tasks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      tasks.add(
          () -> {
            Poller poller = new Poller();
            space.register(poller);
            space.enterKernel(poller);
            start.await();
            space.exitKernel(poller);
            try {
              return body.run(number, () -> poller.poll(space));
            } finally {
              space.unregister(poller);
            }
          });
    }
    long sum = 0;
    for (Future<Long> f : threads.invokeAll(tasks)) {
      sum += f.get();
    }
    return sum;
  }

  private long add(long address, long value) {
    return Access.getAndAdd(address, value, 8, space.base, space.perms, space.pages, space);
  }

  @Test
  void faultStormsGrantEachPageOnce() throws Exception {
    FakeFile file = new FakeFile(pool, 64 * PAGE);
    FakeFile other = new FakeFile(pool, 64 * PAGE);
    map(space, A, 256);
    map(space, FAR, 64);
    mapFile(space, A + 512 * PAGE, 64, RW, MapFlags.SHARED, file);
    mapFile(space, A + 1024 * PAGE, 64, RW, MapFlags.PRIVATE, other);
    onAll(
        THREADS,
        (thread, poll) -> {
          for (int i = 0; i < 256; i++) {
            add(A + i * PAGE, 1);
            long small = (i & 63) * PAGE;
            add(FAR + small, 1);
            add(A + 512 * PAGE + small, 1);
            add(A + 1024 * PAGE + small, 1);
            poll.run();
          }
          return 0;
        });
    for (int i = 0; i < 256; i++) {
      assertEquals(THREADS, load64(space, A + i * PAGE));
    }
    for (int i = 0; i < 64; i++) {
      assertEquals(4 * THREADS, load64(space, FAR + i * PAGE));
      assertEquals(4 * THREADS, load64(space, A + (512 + i) * PAGE));
      assertEquals(4 * THREADS, load64(space, A + (1024 + i) * PAGE));
    }
    assertEquals(256 + 64 + 64 + 64, space.residentPages());
    space.unmap(A, 2048 * PAGE);
    assertEquals(0, file.pins);
    assertEquals(0, other.pins);
    file.close();
    other.close();
  }

  @Test
  void atomicsOfAllSizesAndAlignmentsLoseNothing() throws Exception {
    map(space, A, 2);
    int rounds = 300; // some operands cross cache lines: 150 µs each on hosts that trap these
    long[] at = {A + 1, A + 15, A + 32, A + 64 - 1, A + 130, A + PAGE - 2, A + 257, A + 1023};
    int[] size = {1, 2, 4, 2, 8, 4, 4, 8};
    onAll(
        THREADS,
        (thread, poll) -> {
          for (int i = 0; i < rounds; i++) {
            for (int k = 0; k < at.length; k++) {
              Access.getAndAdd(at[k], 1, size[k], space.base, space.perms, space.pages, space);
            }
            poll.run();
          }
          return 0;
        });
    for (int k = 0; k < at.length; k++) {
      long mask = size[k] == 8 ? -1 : (1L << (size[k] * 8)) - 1;
      long neighbours = load64(space, at[k]);
      assertEquals((long) THREADS * rounds & mask, neighbours & mask, "operand " + k);
    }
    assertEquals(0, Guest.load8(space, A), "a neighbour changed");
    assertEquals(0, Guest.load8(space, A + 17), "a neighbour changed");
  }

  @Test
  void compareAndSwap128CountsInBothHalves() throws Exception {
    countInBothHalves(
        values -> Access.compareAndSwap128(A, values, space.base, space.perms, space.pages, space));
  }

  @Test
  void compareAndSwap128UnderALockCountsInBothHalves() throws Exception {
    countInBothHalves(values -> Atomics.stripedCompareAndSwap128(space.base + A, values));
  }

  private void countInBothHalves(Predicate<long[]> compareAndSwap) throws Exception {
    map(space, A, 1);
    store64(space, A, 0); // resident
    int rounds = 10_000;
    onAll(
        THREADS,
        (thread, poll) -> {
          long[] values = new long[4];
          for (int i = 0; i < rounds; ) {
            values[2] = values[0] + 1;
            values[3] = values[1] - 1;
            if (compareAndSwap.test(values)) {
              i++;
            }
          }
          return 0;
        });
    assertEquals((long) THREADS * rounds, load64(space, A));
    assertEquals((long) -THREADS * rounds, load64(space, A + 8));
  }

  /**
   * x86 keeps stores in order and loads in order: a reader between two equal counters sees no tear.
   */
  @Test
  void aSeqlockIsNeverTorn() throws Exception {
    map(space, A, 1);
    store64(space, A, 0);
    int writes = 3_000_000;
    long torn =
        onAll(2, (thread, poll) -> thread == 0 ? writeSeqlock(writes) : readSeqlock(writes));
    assertEquals(0, torn);
  }

  private long writeSeqlock(int writes) {
    long b = space.base;
    long p = space.perms;
    long n = space.pages;
    for (long i = 1; i <= writes; i++) {
      Access.store64(A, 2 * i - 1, b, p, n, space);
      for (int k = 1; k <= 4; k++) {
        Access.store64(A + k * 64L, i, b, p, n, space);
      }
      Access.store64(A, 2 * i, b, p, n, space);
    }
    return 0;
  }

  private long readSeqlock(int writes) {
    long b = space.base;
    long p = space.perms;
    long n = space.pages;
    long torn = 0;
    while (true) {
      long before = Access.load64(A, b, p, n, space);
      long first = Access.load64(A + 64, b, p, n, space);
      long second = Access.load64(A + 128, b, p, n, space);
      long third = Access.load64(A + 192, b, p, n, space);
      long fourth = Access.load64(A + 256, b, p, n, space);
      long after = Access.load64(A, b, p, n, space);
      boolean equal = first == second && second == third && third == fourth;
      if (before == after && (before & 1) == 0 && !(equal && 2 * first == before)) {
        torn++;
      }
      if (after == 2L * writes) {
        return torn;
      }
    }
  }

  /**
   * Every child must see a moment of its parent: a counter never behind one that was stored later.
   */
  @Test
  void forksOfARunningProcessAreSnapshots() throws Exception {
    map(space, A, 2);
    int forks = 200;
    long wrong =
        onAll(
            2,
            (thread, poll) -> {
              if (thread == 0) {
                for (long i = 1; Guest.load8(space, A + 8) == 0; i++) {
                  store64(space, A, i);
                  store64(space, A + PAGE, i);
                  poll.run();
                }
                return 0;
              }
              long bad = 0;
              for (int f = 0; f < forks; f++) {
                AddressSpace child = space.fork();
                long first = load64(child, A);
                long second = load64(child, A + PAGE);
                if (first != second && first != second + 1) {
                  bad++;
                }
                child.release();
              }
              Guest.store8(space, A + 8, 1);
              return bad;
            });
    assertEquals(0, wrong);
  }

  /** Children of a parent that keeps storing never change by themselves, nor do their children. */
  @Test
  void borrowedPagesStayFrozenInAStormOfForks() throws Exception {
    int pageCount = 32;
    map(space, A, pageCount);
    for (int i = 0; i < pageCount; i++) {
      store64(space, A + i * PAGE, 1);
    }
    AtomicInteger running = new AtomicInteger(THREADS - 1);
    onAll(
        THREADS,
        (thread, poll) -> {
          if (thread == 0) {
            for (long value = 2; running.get() > 0; value++) {
              for (int i = 0; i < pageCount; i++) {
                store64(space, A + i * PAGE, value);
                poll.run();
              }
            }
            return 0;
          }
          try {
            for (int round = 0; round < 150; round++) {
              AddressSpace child = space.fork();
              poll.run();
              AddressSpace grandchild = child.fork();
              long[] seen = new long[pageCount];
              for (int i = round % 3; i < pageCount; i += 2) {
                seen[i] = load64(child, A + i * PAGE);
                store64(child, A + i * PAGE, -1);
              }
              child.release();
              for (int i = round % 3; i < pageCount; i += 2) {
                assertEquals(seen[i], load64(grandchild, A + i * PAGE));
              }
              grandchild.release();
              poll.run();
            }
          } finally {
            running.decrementAndGet();
          }
          return 0;
        });
  }

  @Test
  void mapsAndUnmapsOfManyThreadsKeepApart() throws Exception {
    onAll(
        THREADS,
        (thread, poll) -> {
          for (int i = 0; i < 500; i++) {
            long length = (1 + i % 7) * PAGE;
            long at = space.mapAnywhere(0, length, RW, MapFlags.PRIVATE, null, 0, null);
            for (long page = 0; page < length; page += PAGE) {
              assertEquals(0, load64(space, at + page));
              store64(space, at + page, thread + 1);
            }
            poll.run();
            for (long page = 0; page < length; page += PAGE) {
              assertEquals(thread + 1, load64(space, at + page));
            }
            space.unmap(at, length);
            poll.run();
          }
          return 0;
        });
    assertEquals(0, space.mappedBytes());
    assertEquals(0, space.residentPages());
  }
}
