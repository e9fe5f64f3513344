package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.Disks;
import io.rookery.EngineKind;
import io.rookery.GuestProcessBuilder;
import io.rookery.Vm;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debian's own programs give the same standard output and exit status in a VM, with either engine,
 * as natively in a chroot of the same image.
 */
class ProgramsTest {
  private static final long NATIVE_SECONDS = 60;
  private static final long GUEST_SECONDS = 240;

  @TempDir static Path directory;

  private static Path image;
  private static NativeRoot nativeRoot;
  private static final Map<Program, Outcome> EXPECTED = new HashMap<>();

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    assumeTrue(
        Path.of("/proc/self").toFile().isDirectory()
            && Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0),
        "running programs natively in a chroot needs root on a Linux host");
    image = DefaultImage.locate(BuildListener.SILENT);
    nativeRoot = NativeRoot.unpack(image, directory.resolve("root"));
  }

  @AfterAll
  static void forget() {
    EXPECTED.clear();
  }

  @TestFactory
  Stream<DynamicTest> compiled() throws IOException {
    return tests(EngineKind.JIT);
  }

  @TestFactory
  Stream<DynamicTest> interpreted() throws IOException {
    return tests(EngineKind.INTERPRETER);
  }

  private static Stream<DynamicTest> tests(EngineKind engine) throws IOException {
    Vm vm = Vm.builder().disk(Disks.ephemeral(image)).engine(engine).memory(2L << 30).build();
    return Program.all().stream()
        .map(program -> DynamicTest.dynamicTest(program.name(), () -> compare(vm, program)))
        .onClose(vm::close);
  }

  private static void compare(Vm vm, Program program) throws Exception {
    Outcome expected = expected(program);
    GuestProcessBuilder builder = vm.process(program.command()).directory("/").cleanEnvironment();
    for (String variable : Program.environment()) {
      List<String> pair = List.of(variable.split("=", 2));
      builder.environment(pair.getFirst(), pair.getLast());
    }
    Outcome actual = Outcome.of(builder.start(), GUEST_SECONDS);
    assertAll(
        () ->
            assertEquals(expected.output(), actual.output(), "output; errors: " + actual.errors()),
        () ->
            assertEquals(expected.status(), actual.status(), "status; errors: " + actual.errors()));
  }

  private static synchronized Outcome expected(Program program) throws Exception {
    Outcome known = EXPECTED.get(program);
    if (known == null) {
      known = nativeRoot.run(program, NATIVE_SECONDS);
      EXPECTED.put(program, known);
    }
    return known;
  }
}
