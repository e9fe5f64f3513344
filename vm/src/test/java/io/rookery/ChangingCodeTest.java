package io.rookery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ClassLoadingMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Ever new programs in one VM: what the JVM holds of their code stays within bounds. */
@EnabledOnOs(
    value = OS.LINUX,
    architectures = {"amd64", "x86_64"},
    disabledReason = "compares with the host's processor")
class ChangingCodeTest {
  private static final Duration LENGTH =
      Duration.ofSeconds(Boolean.getBoolean("rookery.full") ? 600 : 15);

  /** HotSpot's own default is 240 MB, in which the JVM's own code has to be, too. */
  private static final long MOST_CODE_BYTES = 200L << 20;

  private static final long MOST_METASPACE_BYTES = 300L << 20;

  @Test
  void codeOfEndedProgramsIsDropped(@TempDir Path directory) throws Exception {
    long end = System.nanoTime() + LENGTH.toNanos();
    Map<String, Long> most = new TreeMap<>();
    int programs = 0;
    try (Vm vm = Vm.builder().disk(Disks.hostDirectory(directory)).build()) {
      while (System.nanoTime() < end) {
        Path program = Files.write(directory.resolve("p" + programs), RandomProgram.of(programs));
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        int status = new ProcessBuilder(program.toString()).start().waitFor();
        assertEquals(status, vm.exec("/p" + programs).waitFor(), "program " + programs);
        Files.delete(program);
        programs++;
        usage().forEach((pool, bytes) -> most.merge(pool, bytes, Math::max));
      }
      ClassLoadingMXBean classes = ManagementFactory.getClassLoadingMXBean();
      String figures =
          "%d programs, %d units, at most %s, %,d classes loaded, %,d of them dropped"
              .formatted(
                  programs,
                  vm.statistics().get("units"),
                  most,
                  classes.getTotalLoadedClassCount(),
                  classes.getUnloadedClassCount());
      System.out.println(figures);
      assertTrue(most.get("code") < MOST_CODE_BYTES, figures);
      assertTrue(most.get("classes") < MOST_METASPACE_BYTES, figures);
      assertTrue(vm.statistics().get("units") >= programs, figures);
    }
  }

  private static Map<String, Long> usage() {
    Map<String, Long> usage = new TreeMap<>();
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      String name = pool.getName().toLowerCase(Locale.ROOT);
      if (name.startsWith("code")) {
        usage.merge("code", pool.getUsage().getUsed(), Long::sum);
      } else if (name.equals("metaspace")) {
        usage.put("classes", pool.getUsage().getUsed());
      }
    }
    return usage;
  }
}
