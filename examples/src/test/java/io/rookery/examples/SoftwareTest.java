package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.EngineKind;
import io.rookery.Vm;
import io.rookery.images.DefaultImage;
import io.rookery.images.ImageBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** As {@link ProgramsTest}, with larger programs of Debian's in an image of their own. */
class SoftwareTest {
  private static final List<String> PACKAGES =
      List.of(
          "git",
          "gnupg",
          "lua5.4",
          "luajit",
          "make",
          "nodejs",
          "openssl",
          "php-cli",
          "redis-server",
          "ruby",
          "sqlite3",
          "tmux",
          "vim");

  /** A unit is compiled again when its code was changed, or its style does not fit. */
  private static final long MOST_UNITS_OF_ONE_PLACE = 5;

  @TempDir static Path directory;

  private static ProgramComparison comparison;

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    ProgramComparison.assumeRoot();
    Path cache = DefaultImage.path().getParent().resolveSibling("with-software");
    Path image = DefaultImage.locate(cache, ImageBuilder.debian().include(PACKAGES));
    comparison = new ProgramComparison(image, directory.resolve("root"));
  }

  @TestFactory
  Stream<DynamicTest> compiled() throws IOException {
    return comparison.tests(EngineKind.JIT, Program.table("software.txt"));
  }

  /** Programs that make code while they run: it is compiled a few times only. */
  @TestFactory
  Stream<DynamicTest> generatedCode() throws IOException {
    Vm vm = comparison.vm(EngineKind.JIT);
    return Program.table("generated-code.txt").stream()
        .map(program -> DynamicTest.dynamicTest(program.name(), () -> generatedCode(vm, program)))
        .onClose(vm::close);
  }

  private static void generatedCode(Vm vm, Program program) throws Exception {
    comparison.compare(vm, program);
    Map<String, Long> statistics = vm.statistics();
    long most = Objects.requireNonNull(statistics.get("units of one place at most"));
    assertTrue(most <= MOST_UNITS_OF_ONE_PLACE, statistics::toString);
  }
}
