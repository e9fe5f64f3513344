package io.rookery;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What this JVM holds of its Linux host, after a full collection and when the C library has given
 * back what was freed.
 *
 * @param threads names of Java threads
 * @param descriptors open files
 * @param addressBytes mapped or reserved
 * @param residentBytes in memory
 */
record HostResources(Set<String> threads, long descriptors, long addressBytes, long residentBytes) {
  private static final long SETTLE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long SETTLE_STEP_MILLIS = 1_000;
  private static final double SETTLED = 0.99;
  private static final long STACKS_AND_HEAP = 1L << 31;

  static HostResources now() throws IOException {
    System.gc();
    trimNativeHeap();
    Set<String> threads =
        Thread.getAllStackTraces().keySet().stream()
            .map(Thread::getName)
            .collect(Collectors.toCollection(TreeSet::new));
    long descriptors;
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      descriptors = open.count();
    }
    return new HostResources(threads, descriptors, status("VmSize:"), status("VmRSS:"));
  }

  /** As {@link #now}, as soon as nothing more is given back: some of it is by other threads. */
  static HostResources settled() throws IOException, InterruptedException {
    long end = System.nanoTime() + SETTLE_NANOS;
    HostResources last = now();
    while (System.nanoTime() < end) {
      Thread.sleep(SETTLE_STEP_MILLIS);
      HostResources next = now();
      if (next.residentBytes > last.residentBytes * SETTLED) {
        return next;
      }
      last = next;
    }
    return last;
  }

  /** Has the C library give back what was freed, of which it keeps some for each thread. */
  private static void trimNativeHeap() throws IOException {
    try {
      ManagementFactory.getPlatformMBeanServer()
          .invoke(
              new ObjectName("com.sun.management:type=DiagnosticCommand"),
              "systemTrimNativeHeap",
              new Object[0],
              new String[0]);
    } catch (JMException e) {
      throw new IOException(e);
    }
  }

  private static long status(String row) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith(row)) {
        return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
      }
    }
    throw new IOException("no " + row + " in /proc/self/status");
  }

  /**
   * Waits until nothing but the JVM's own is held any more: as many threads and descriptors as
   * here, and no guest's address space (the smallest is larger than what heap and stacks may take).
   */
  HostResources assertReturned() throws IOException, InterruptedException {
    long end = System.nanoTime() + SETTLE_NANOS;
    HostResources last = now();
    while (!last.isWithin(this) && System.nanoTime() < end) {
      Thread.sleep(100);
      last = now();
    }
    assertTrue(last.isWithin(this), "before: " + this + "; left: " + last);
    return last;
  }

  private boolean isWithin(HostResources before) {
    return before.threads.containsAll(threads)
        && descriptors <= before.descriptors
        && addressBytes <= before.addressBytes + STACKS_AND_HEAP;
  }

  @Override
  public String toString() {
    return "%d threads %s, %d descriptors, %,d MiB of addresses, %,d MiB resident"
        .formatted(threads.size(), threads, descriptors, addressBytes >> 20, residentBytes >> 20);
  }
}
