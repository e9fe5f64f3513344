package io.rookery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.base.Splitter;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many processes, threads, files and names, each as many natively; then a mixed load. Afterwards
 * the JVM holds what it held before.
 */
class StressTest {
  /** How much of each. */
  private record Amount(
      int processes,
      int children,
      int threads,
      int rounds,
      int files,
      int entries,
      Duration mixed) {
    static final Amount SMALL = new Amount(20, 5, 16, 200, 500, 2_000, Duration.ofSeconds(3));

    /** As much code of all kinds as {@link #LARGE} has compiled. */
    static final Amount WARM = new Amount(20, 5, 16, 200, 500, 2_000, Duration.ofMinutes(2));

    static final Amount LARGE =
        new Amount(500, 20, 64, 2_000, 10_000, 100_000, Duration.ofMinutes(10));

    List<String> scenarios() {
      return List.of(
          "forks " + processes + " " + children,
          "futex " + threads + " " + rounds,
          "files " + files,
          "directory " + entries,
          "sparse 5");
    }
  }

  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final double MOST_GROWTH = 1.1;
  private static final long DISK_BYTES = 256L << 20;
  private static final int HOST_FILE_BYTES = 8 << 20;
  private static final int MOST_MIXED_MILLIS = 4_000;

  @TempDir Path directory;

  @Test
  void nothingIsLeftOfManyProcessesThreadsFilesAndNames() throws Exception {
    Path stress = ProgramDisk.compile("stress", directory);
    Path load = ProgramDisk.compile("load", directory);
    Path image = directory.resolve("disk.ext2");
    ProgramDisk.image(image, DISK_BYTES, stress, load);
    byte[] data = new byte[HOST_FILE_BYTES];
    new Random(1).nextBytes(data);
    Files.write(Files.createDirectory(directory.resolve("host")).resolve("data"), data);
    run(image, FULL ? Amount.WARM : Amount.SMALL); // what is made once for all VMs exists then
    HostResources before = HostResources.settled();
    run(image, FULL ? Amount.LARGE : Amount.SMALL);
    ProgramDisk.assertClean(image);
    before.assertReturned();
    HostResources left = HostResources.settled();
    System.out.println("before: " + before + "; left: " + left);
    if (FULL) {
      assertTrue(
          left.residentBytes() < before.residentBytes() * MOST_GROWTH,
          () -> "before: " + before + "; left: " + left);
    }
  }

  private void run(Path image, Amount amount) throws Exception {
    try (Vm vm =
        Vm.builder()
            .disk(Disks.image(image))
            .mount(directory.resolve("host"), "/host", false)
            .limits(Limits.DEFAULT.withThreads(2_048))
            .build()) {
      for (String scenario : amount.scenarios()) {
        compare(vm, Splitter.on(' ').splitToList(scenario));
      }
      mix(vm, amount.mixed());
    }
  }

  private void compare(Vm vm, List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(arguments);
    command.addFirst(directory.resolve("stress").toString());
    Process natively =
        new ProcessBuilder(command)
            .directory(Files.createTempDirectory(directory, "native").toFile())
            .redirectErrorStream(true)
            .start();
    String wanted = output(natively);
    command.set(0, "/stress");
    long start = System.nanoTime();
    String found = output(vm.process(command).directory("/root").redirectErrorStream().start());
    if (FULL) {
      System.out.printf("%s: %.1f s%n", arguments, (System.nanoTime() - start) / 1e9);
    }
    assertEquals(wanted, found, arguments.toString());
  }

  private static String output(Process process) throws Exception {
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    return text + "status " + process.waitFor();
  }

  /** Every kind of load at once, ended and begun again. */
  private static void mix(Vm vm, Duration length) throws Exception {
    Random random = new Random(42);
    long end = System.nanoTime() + length.toNanos();
    do {
      Process all = vm.process("/load", "all").directory("/root").discardOutput().start();
      Thread.sleep(random.nextInt(MOST_MIXED_MILLIS));
      assertEquals(0, vm.exec("/load", "kill", "5", "" + random.nextInt(1 << 20)).waitFor());
      assertEquals(0, vm.exec("/load", "killall").waitFor());
      assertEquals(137, all.waitFor());
      assertEquals("", new String(all.getErrorStream().readAllBytes(), UTF_8));
      assertEquals(0, vm.exec("/load", "leaf").waitFor());
      assertNull(ManagementFactory.getThreadMXBean().findDeadlockedThreads());
    } while (System.nanoTime() < end);
  }
}
