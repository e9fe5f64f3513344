package io.rookery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The API, on this Linux host's own programs. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class VmTest {
  private static Vm vm;

  @BeforeAll
  static void start() {
    vm = Vm.builder().disk(Disks.hostDirectory(Path.of("/"))).hostname("guest").build();
  }

  @AfterAll
  static void stop() {
    vm.close();
  }

  private static String output(Process process) throws IOException, InterruptedException {
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor());
    return text;
  }

  @Test
  void aProgramsOutputAndStatusComeBack() throws Exception {
    Process process = vm.exec("/bin/sh", "-c", "echo out; echo err >&2; exit 3");
    assertEquals("out\n", new String(process.getInputStream().readAllBytes(), UTF_8));
    assertEquals("err\n", new String(process.getErrorStream().readAllBytes(), UTF_8));
    assertEquals(3, process.waitFor());
    assertEquals(3, process.exitValue());
    assertFalse(process.isAlive());
  }

  @Test
  void inputReachesTheProgram() throws Exception {
    Process process = vm.exec("tr", "a-z", "A-Z");
    byte[] text = "hello ".repeat(50_000).getBytes(UTF_8);
    Thread writer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try (OutputStream in = process.getOutputStream()) {
                    in.write(text);
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
    assertEquals("HELLO ".repeat(50_000), output(process));
    writer.join();
  }

  @Test
  void theEnvironmentIsALoginsAndCanBeSet() throws Exception {
    String text =
        output(
            vm.process("/usr/bin/env")
                .environment("EXTRA", "x=y")
                .environment("LANG", "C")
                .start());
    assertTrue(text.contains("HOME=/root\n"), text);
    assertTrue(text.contains("EXTRA=x=y\n"), text);
    assertTrue(text.contains("LANG=C\n"), text);
    String clean =
        output(vm.process("/usr/bin/env").cleanEnvironment().environment("A", "b").start());
    assertEquals("A=b\n", clean);
  }

  @Test
  void directoryAndUserCanBeChosen() throws Exception {
    assertEquals("/usr\n", output(vm.process("/bin/pwd").directory("/usr").start()));
    assertEquals("1\n", output(vm.process("id", "-u").user("daemon").start()));
    assertEquals(
        "7 8\n", output(vm.process("sh", "-c", "echo $(id -u) $(id -g)").user("7:8").start()));
  }

  @Test
  void errorsCanBeMerged() throws Exception {
    assertEquals(
        "a\nb\n",
        output(vm.process("sh", "-c", "echo a; echo b >&2").redirectErrorStream().start()));
  }

  @Test
  void aTerminalIsATerminal() throws Exception {
    GuestProcess process =
        vm.process("sh", "-c", "tty >/dev/null && stty size; read line; echo \"<$line>\"")
            .terminal(new WindowSize(100, 30))
            .start();
    process.getOutputStream().write("typed\r".getBytes(UTF_8));
    process.getOutputStream().flush();
    String screen = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertTrue(screen.contains("30 100"), screen);
    assertTrue(screen.contains("typed"), screen); // the echo
    assertTrue(screen.contains("<typed>"), screen);
    assertEquals(0, process.waitFor());
  }

  @Test
  void controlCInterruptsTheForegroundProcess() throws Exception {
    GuestProcess process = vm.process("sleep", "60").terminal(new WindowSize(80, 24)).start();
    Thread.sleep(300);
    process.getOutputStream().write(3);
    process.getOutputStream().flush();
    assertEquals(130, process.waitFor());
  }

  @Test
  void signalsEndPrograms() throws Exception {
    GuestProcess process = vm.process("sleep", "60").start();
    process.destroy();
    assertEquals(143, process.waitFor());
    GuestProcess another = vm.process("sleep", "60").start();
    assertTrue(another.isAlive());
    assertThrows(IllegalThreadStateException.class, another::exitValue);
    assertFalse(another.waitFor(50, TimeUnit.MILLISECONDS));
    another.destroyForcibly();
    assertEquals(137, another.waitFor());
    another.destroy(); // no harm
  }

  @Test
  void changesAreKeptFromTheHost() throws Exception {
    String name = "/rookery-test-" + ProcessHandle.current().pid();
    output(vm.exec("sh", "-c", "echo data > " + name));
    assertEquals("data\n", output(vm.exec("cat", name)));
    assertFalse(Files.exists(Path.of(name)));
  }

  @Test
  void twoMachinesDoNotDisturbEachOther(@TempDir Path directory) throws Exception {
    Files.writeString(directory.resolve("file"), "shared\n");
    try (Vm first = machine(directory, "first")) {
      Process slow = first.exec("sleep", "60");
      try (Vm second = machine(directory, "second")) {
        output(first.exec("sh", "-c", "echo changed > /mnt-probe; echo 1 > /tmp/only-first"));
        assertEquals("first\n", output(first.exec("hostname")));
        assertEquals("second\n", output(second.exec("hostname")));
        assertEquals(1, second.exec("test", "-e", "/tmp/only-first").waitFor());
        assertEquals("shared\n", output(second.exec("cat", "/rookery/file")));
      }
      assertTrue(slow.isAlive());
    }
  }

  private static Vm machine(Path directory, String hostname) {
    return Vm.builder()
        .disk(Disks.hostDirectory(Path.of("/")))
        .mount(directory, "/rookery", false)
        .hostname(hostname)
        .build();
  }

  @Test
  void aMountIsReadOnly(@TempDir Path directory) throws Exception {
    try (Vm machine = machine(directory, "mounted")) {
      assertEquals(
          1, machine.exec("sh", "-c", "echo x 2>/dev/null > /rookery/new || exit 1").waitFor());
    }
    assertFalse(Files.exists(directory.resolve("new")));
  }

  @Test
  void closingEndsEverything() throws Exception {
    Vm machine = Vm.builder().disk(Disks.hostDirectory(Path.of("/"))).build();
    Process process = machine.exec("sh", "-c", "sleep 100 & sleep 100 & while :; do :; done");
    Thread.sleep(300);
    long start = System.nanoTime();
    machine.close();
    assertTrue(System.nanoTime() - start < 5_000_000_000L);
    assertEquals(137, process.waitFor());
    assertThrows(IllegalStateException.class, () -> machine.exec("true"));
    machine.close();
  }

  /** The trace stands for the whole kernel, which holds it. */
  @Test
  void aClosedMachineIsCollected() throws Exception {
    WeakReference<?> trace = closedMachine();
    for (int i = 0; i < 100 && trace.get() != null; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertNull(trace.get());
  }

  private static WeakReference<?> closedMachine() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    Consumer<String> trace = lines::add;
    try (Vm machine = Vm.builder().disk(Disks.hostDirectory(Path.of("/"))).trace(trace).build()) {
      output(machine.exec("sh", "-c", "ls / | sort"));
    }
    return new WeakReference<>(trace);
  }

  @Test
  void systemCallsCanBeTraced() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    try (Vm machine =
        Vm.builder().disk(Disks.hostDirectory(Path.of("/"))).trace(lines::add).build()) {
      output(machine.exec("echo", "traced"));
    }
    assertTrue(
        lines.stream().anyMatch(line -> line.contains("write(1, ") && line.contains("= 7")),
        lines::toString);
  }

  @Test
  void misuseIsRefused() {
    assertThrows(IllegalStateException.class, () -> Vm.builder().build());
    assertThrows(IllegalArgumentException.class, () -> Vm.builder().memory(1));
    assertThrows(
        IllegalArgumentException.class, () -> Vm.builder().mount(Path.of("/"), "rel", false));
    assertThrows(IllegalArgumentException.class, () -> vm.process(List.of()));
    assertThrows(IllegalArgumentException.class, () -> vm.process("a\0b"));
    assertThrows(IllegalArgumentException.class, () -> vm.process("a").environment("a=b", "c"));
  }
}
