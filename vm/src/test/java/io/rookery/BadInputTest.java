package io.rookery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bad programs and disks, and guests that take all they can get: the errors Linux gives, and a JVM
 * that goes on.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class BadInputTest {
  private static final int RANDOM_FILES = Boolean.getBoolean("rookery.full") ? 2_000 : 60;

  @TempDir static Path directory;

  private static Vm vm;

  @BeforeAll
  static void start() {
    vm =
        Vm.builder()
            .disk(Disks.hostDirectory(Path.of("/")))
            .mount(directory, "/rookery", false)
            .memory(256L << 20)
            .limits(Limits.DEFAULT.withThreads(64))
            .build();
  }

  @AfterAll
  static void stop() {
    vm.close();
  }

  private static String program(String name, byte[] contents) throws IOException {
    Path file = Files.write(directory.resolve(name), contents);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return "/rookery/" + name;
  }

  private static String errnoOf(String program) {
    return assertThrows(ProgramStartException.class, () -> vm.exec(program)).errno();
  }

  private static void assertStillWorks() throws Exception {
    Process process = vm.exec("echo", "alive");
    assertEquals("alive\n", new String(process.getInputStream().readAllBytes(), UTF_8));
    assertEquals(0, process.waitFor());
  }

  @Test
  void aMissingProgram() {
    assertEquals("ENOENT", errnoOf("/no/such/program"));
    assertEquals("ENOENT", errnoOf("nosuchprogram"));
    assertEquals("EACCES", errnoOf("/etc/passwd"));
    assertEquals("EACCES", errnoOf("/etc"));
  }

  @Test
  void aProgramForAnotherMachine() throws Exception {
    byte[] elf = Files.readAllBytes(Path.of("/bin/true"));
    elf[18] = (byte) 183; // e_machine: AArch64
    assertEquals("ENOEXEC", errnoOf(program("aarch64", elf)));
  }

  @Test
  void truncatedAndChangedPrograms() throws Exception {
    byte[] elf = Files.readAllBytes(Path.of("/bin/true"));
    Random random = new Random(42);
    for (int i = 0; i < RANDOM_FILES; i++) {
      byte[] bad =
          i % 2 == 0 ? java.util.Arrays.copyOf(elf, random.nextInt(elf.length)) : elf.clone();
      if (i % 2 == 1 && bad.length > 64) {
        for (int n = 0; n < 8; n++) {
          bad[random.nextInt(n < 6 ? 1024 : bad.length)] = (byte) random.nextInt();
        }
      }
      runOrRefuse(program("bad" + i, bad));
    }
    for (int i = 0; i < 10; i++) {
      byte[] noise = new byte[random.nextInt(5000)];
      random.nextBytes(noise);
      runOrRefuse(program("noise" + i, noise));
    }
    assertStillWorks();
  }

  /** It starts, or it is refused with an errno; what starts ends or is ended. */
  private static void runOrRefuse(String program) throws Exception {
    try {
      Process process = vm.exec(program);
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (ProgramStartException e) {
      assertTrue(e.errno().startsWith("E"), e.errno());
    }
  }

  @Test
  void forksBeyondTheLimitFailWithEagain() throws Exception {
    Process process =
        vm.exec(
            "python3",
            "-c",
            """
            import os, signal, time
            children = []
            try:
              while len(children) < 1000:
                pid = os.fork()
                if pid == 0:
                  time.sleep(100)
                  os._exit(0)
                children.append(pid)
            except OSError as e:
              print(e.errno)
            print(10 < len(children) < 64)
            for pid in children:
              os.kill(pid, signal.SIGKILL)
              os.waitpid(pid, 0)
            print(os.system("true"))
            """);
    assertEquals("11\nTrue\n0\n", new String(process.getInputStream().readAllBytes(), UTF_8));
    assertEquals(0, process.waitFor());
    assertStillWorks();
  }

  @Test
  void aForkBombEndsWithItsMachine() throws Exception {
    Vm bombed =
        Vm.builder()
            .disk(Disks.hostDirectory(Path.of("/")))
            .limits(Limits.DEFAULT.withThreads(64))
            .build();
    Process bomb = bombed.exec("bash", "-c", "bomb() { bomb | bomb & }; bomb; sleep 100");
    assertFalse(bomb.waitFor(3, TimeUnit.SECONDS));
    bombed.close();
    assertEquals(137, bomb.waitFor());
    assertStillWorks();
  }

  @Test
  void memoryRunsOutForTheGuestOnly() throws Exception {
    Process hog = vm.exec("python3", "-c", "x = []\nwhile True: x.append(bytearray(8 << 20))");
    String errors = new String(hog.getErrorStream().readAllBytes(), UTF_8);
    int status = hog.waitFor();
    assertTrue(status == 137 || errors.contains("MemoryError"), status + " " + errors);
    assertStillWorks();
  }

  @Test
  void wildPointersAndInstructionsAreSignals() throws Exception {
    assertEquals(139, vm.exec("python3", "-c", "import ctypes; ctypes.string_at(0)").waitFor());
    assertEquals(
        139,
        vm.exec("python3", "-c", "import ctypes; ctypes.CFUNCTYPE(None)(0x123456789)()").waitFor());
    assertNotEquals(0, vm.exec("python3", "-c", "import os; os.abort()").waitFor());
    assertStillWorks();
  }

  @Test
  void badDisksAreRefused() throws Exception {
    Path missing = directory.resolve("missing.ext2");
    assertThrows(DiskException.class, () -> Vm.builder().disk(Disks.image(missing)).build());
    Path empty = Files.write(directory.resolve("empty.ext2"), new byte[0]);
    assertThrows(DiskException.class, () -> Vm.builder().disk(Disks.ephemeral(empty)).build());
    byte[] noise = new byte[1 << 20];
    new Random(7).nextBytes(noise);
    Path random = Files.write(directory.resolve("random.ext2"), noise);
    DiskException e =
        assertThrows(DiskException.class, () -> Vm.builder().disk(Disks.image(random)).build());
    assertTrue(String.valueOf(e.getMessage()).contains("random.ext2"), e::getMessage);
    assertThrows(
        DiskException.class,
        () -> Vm.builder().disk(Disks.hostDirectory(directory.resolve("none"))).build());
  }

  @Test
  void nothingIsLeftBehind() throws Exception {
    cycle();
    long threads = threads();
    long files = files();
    for (int i = 0; i < 5; i++) {
      cycle();
    }
    assertTrue(threads() <= threads + 1, "threads " + threads + " -> " + threads());
    assertTrue(files() <= files + 2, "files " + files + " -> " + files());
  }

  private static void cycle() throws Exception {
    try (Vm machine = Vm.builder().disk(Disks.hostDirectory(Path.of("/"))).build()) {
      Process process =
          machine.exec(
              "bash", "-c", "for i in 1 2 3; do sleep 100 >/dev/null 2>&1 & done; ls / | cat");
      process.getInputStream().readAllBytes();
      assertEquals(0, process.waitFor());
    }
    System.gc();
  }

  private static long threads() throws InterruptedException {
    Thread.sleep(200);
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("guest") || t.getName().startsWith("rookery"))
        .count();
  }

  private static long files() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
