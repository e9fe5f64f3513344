package io.rookery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs that do all kinds of things are killed, and their VM is closed, at random moments. Each
 * must end at once, and nothing of them may be left. With {@code -Pfull} at once is a second of the
 * time that other programs of the host left to this JVM, and a table is printed; otherwise it is
 * what a busy host is forgiven.
 */
class KillPointsTest {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final int POINTS = FULL ? 200 : 8;
  private static final int MOST_DELAY_MILLIS = FULL ? 2_000 : 400;
  private static final int KILLS_INSIDE = 3;
  private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(FULL ? 1 : 30);
  private static final long DISK_BYTES = 32L << 20;
  private static final int HOST_FILE_BYTES = 8 << 20;

  @TempDir Path directory;

  private final Random random = new Random(42);
  private final Map<String, List<Long>> nanos = new TreeMap<>();

  @Test
  void whatIsKilledEndsAtOnceAndLeavesNothing() throws Exception {
    Path program = ProgramDisk.compile("load", directory);
    Path image = directory.resolve("disk.ext2");
    ProgramDisk.image(image, DISK_BYTES, program);
    byte[] data = new byte[HOST_FILE_BYTES];
    random.nextBytes(data);
    Files.write(Files.createDirectory(directory.resolve("host")).resolve("data"), data);
    List<String> kinds;
    try (Vm vm = vm(image, EngineKind.JIT)) {
      kinds =
          new String(vm.exec("/load", "kinds").getInputStream().readAllBytes(), UTF_8)
              .lines()
              .toList();
    }
    point(image, kinds, EngineKind.JIT); // what is made once for all VMs exists now
    nanos.clear();
    HostResources before = HostResources.now();
    for (int i = 0; i < POINTS; i++) {
      point(image, kinds, i % 3 == 0 ? EngineKind.INTERPRETER : EngineKind.JIT);
      ProgramDisk.assertClean(image);
    }
    nanos.forEach(KillPointsTest::report);
    System.out.println("before: " + before + "; left: " + before.assertReturned());
    assertTrue(nanos.get("kill from inside").size() > POINTS, nanos::toString);
  }

  private Vm vm(Path image, EngineKind engine) {
    return Vm.builder()
        .disk(Disks.image(image))
        .mount(directory.resolve("host"), "/host", false)
        .memory(512L << 20)
        .engine(engine)
        .build();
  }

  private void point(Path image, List<String> kinds, EngineKind engine) throws Exception {
    String kind = kinds.get(random.nextInt(kinds.size()));
    Process mixed;
    Process single;
    CompletableFuture<String> complaints;
    Vm vm = vm(image, engine);
    try {
      mixed = vm.process("/load", "all").redirectErrorStream().start();
      complaints = readAll(mixed.getInputStream());
      single = vm.process("/load", kind).discardOutput().start();
      delay();
      measure("kill from outside", () -> single.destroyForcibly().waitFor());
      assertEquals(137, single.exitValue(), kind);
      delay();
      ProcessorShare share = ProcessorShare.now();
      Process killer =
          vm.exec("/load", "kill", "" + KILLS_INSIDE, "" + random.nextInt(Integer.MAX_VALUE));
      String times = new String(killer.getInputStream().readAllBytes(), UTF_8);
      double ours = share.since();
      times.lines().forEach(us -> took("kill from inside", 1_000 * Long.parseLong(us), ours));
      delay();
    } finally {
      measure("close", vm::close);
    }
    assertEquals(137, mixed.waitFor());
    assertEquals("", complaints.get(1, TimeUnit.MINUTES));
  }

  private void delay() throws InterruptedException {
    Thread.sleep(random.nextInt(MOST_DELAY_MILLIS));
  }

  private static CompletableFuture<String> readAll(InputStream stream) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                text.complete(new String(stream.readAllBytes(), UTF_8));
              } catch (IOException e) {
                text.completeExceptionally(e);
              }
            });
    return text;
  }

  @FunctionalInterface
  private interface Action {
    void run() throws InterruptedException;
  }

  private void measure(String what, Action action) throws IOException, InterruptedException {
    ProcessorShare share = ProcessorShare.now();
    long start = System.nanoTime();
    action.run();
    took(what, System.nanoTime() - start, share.since());
  }

  private void took(String what, long time, double share) {
    nanos.computeIfAbsent(what + " (clock)", _ -> new ArrayList<>()).add(time);
    nanos.computeIfAbsent(what, _ -> new ArrayList<>()).add((long) (time * share));
    assertTrue(
        time * share < LONGEST_NANOS,
        () -> "%s took %d ms, share %.2f".formatted(what, time / 1_000_000, share));
  }

  private static void report(String what, List<Long> times) {
    long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
    System.out.printf(
        "%-20s %4d times, ms: 50 %% %.1f, 90 %% %.1f, 99 %% %.1f, all %.1f%n",
        what,
        sorted.length,
        quantile(sorted, 0.5),
        quantile(sorted, 0.9),
        quantile(sorted, 0.99),
        quantile(sorted, 1));
  }

  private static double quantile(long[] sorted, double share) {
    return sorted[(int) Math.min(sorted.length - 1L, (long) (share * sorted.length))] / 1e6;
  }
}
