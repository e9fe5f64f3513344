package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.Disks;
import io.rookery.EngineKind;
import io.rookery.Vm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Programs of a table, in a VM and natively in a chroot of the same image: standard output and exit
 * status must be equal.
 */
final class ProgramComparison {
  private static final long NATIVE_SECONDS = Boolean.getBoolean("rookery.full") ? 300 : 60;
  private static final long GUEST_SECONDS = Boolean.getBoolean("rookery.full") ? 1200 : 240;

  /** The only programs to run, with commas between them; empty for all. */
  private static final String ONLY = System.getProperty("rookery.programs", "");

  private final Path image;
  private final NativeRoot nativeRoot;
  private final Map<Program, Outcome> expected = new HashMap<>();

  /** Unpacks {@code image} into {@code directory}. */
  ProgramComparison(Path image, Path directory) throws IOException, InterruptedException {
    this.image = image;
    this.nativeRoot = NativeRoot.unpack(image, directory);
  }

  /** Skips the tests where programs cannot be run natively. */
  static void assumeRoot() throws IOException {
    assumeTrue(
        Path.of("/proc/self").toFile().isDirectory()
            && Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
        "running programs natively in a chroot needs root on a Linux host");
  }

  /** A VM with the image, whose changes end with it. */
  Vm vm(EngineKind engine) {
    return Vm.builder().disk(Disks.ephemeral(image)).engine(engine).memory(2L << 30).build();
  }

  /** A test for each of {@code programs}, all in one VM. */
  Stream<DynamicTest> tests(EngineKind engine, List<Program> programs) {
    Vm vm = vm(engine);
    List<String> only = List.of(ONLY.split(","));
    return programs.stream()
        .filter(program -> ONLY.isEmpty() || only.contains(program.name()))
        .map(program -> DynamicTest.dynamicTest(program.name(), () -> compare(vm, program)))
        .onClose(vm::close);
  }

  /** Whether {@code program} does the same in {@code vm} as natively. */
  void compare(Vm vm, Program program) throws Exception {
    assumeTrue(!program.full() || Boolean.getBoolean("rookery.full"), "for -Pfull");
    Outcome wanted = expected(program);
    Outcome actual = Outcome.of(Program.in(vm, program.command()).start(), GUEST_SECONDS);
    assertAll(
        () -> assertEquals(wanted.output(), actual.output(), "output; errors: " + actual.errors()),
        () -> assertEquals(wanted.status(), actual.status(), "status; errors: " + actual.errors()));
  }

  private synchronized Outcome expected(Program program) throws Exception {
    Outcome known = expected.get(program);
    if (known == null) {
      known = nativeRoot.run(program, NATIVE_SECONDS);
      expected.put(program, known);
    }
    return known;
  }
}
