package io.rookery.examples;

import io.rookery.EngineKind;
import io.rookery.images.BuildListener;
import io.rookery.images.DefaultImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debian's own programs give the same standard output and exit status in a VM, with either engine,
 * as natively in a chroot of the same image.
 */
class ProgramsTest {
  static final String TABLE = "programs.txt";

  @TempDir static Path directory;

  private static ProgramComparison comparison;

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    ProgramComparison.assumeRoot();
    Path image = DefaultImage.locate(BuildListener.SILENT);
    comparison = new ProgramComparison(image, directory.resolve("root"));
  }

  @TestFactory
  Stream<DynamicTest> compiled() throws IOException {
    return comparison.tests(EngineKind.JIT, Program.table(TABLE));
  }

  @TestFactory
  Stream<DynamicTest> interpreted() throws IOException {
    return comparison.tests(EngineKind.INTERPRETER, Program.table(TABLE));
  }
}
