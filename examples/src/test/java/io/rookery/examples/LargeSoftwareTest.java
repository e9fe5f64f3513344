package io.rookery.examples;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.EngineKind;
import io.rookery.images.DefaultImage;
import io.rookery.images.ImageBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * As {@link SoftwareTest}, with programs and packages too large for each build: for {@code -Pfull}
 * only.
 */
class LargeSoftwareTest {
  private static final List<String> TOOLS =
      List.of(
          "autoconf",
          "automake",
          "bc",
          "bison",
          "bsdextrautils",
          "bzip2",
          "cmake",
          "cpio",
          "curl",
          "dc",
          "ed",
          "expect",
          "file",
          "flex",
          "g++",
          "gcc",
          "groff",
          "jq",
          "less",
          "libc6-dev",
          "lighttpd",
          "m4",
          "make",
          "man-db",
          "mount",
          "ncal",
          "nginx-light",
          "openssh-client",
          "patch",
          "perl",
          "postgresql-15",
          "python3-dev",
          "python3-venv",
          "rsync",
          "tcl",
          "unzip",
          "xxd",
          "xz-utils",
          "zip",
          "zstd");

  private static final List<String> LANGUAGES =
      List.of(
          "clang",
          "cmake",
          "ffmpeg",
          "g++",
          "gfortran",
          "golang-go",
          "imagemagick",
          "libomp-dev",
          "make",
          "npm",
          "openjdk-17-jdk-headless",
          "ruby",
          "ruby-dev",
          "rustc");

  @TempDir static Path directory;

  @BeforeAll
  static void prepare() throws IOException {
    assumeTrue(Boolean.getBoolean("rookery.full"), "for -Pfull");
    ProgramComparison.assumeRoot();
  }

  @TestFactory
  Stream<DynamicTest> tools() throws IOException, InterruptedException {
    return tests("tools", TOOLS);
  }

  @TestFactory
  Stream<DynamicTest> languages() throws IOException, InterruptedException {
    return tests("languages", LANGUAGES);
  }

  private static Stream<DynamicTest> tests(String name, List<String> packages)
      throws IOException, InterruptedException {
    Path cache = DefaultImage.path().getParent().resolveSibling("with-" + name);
    Path image = DefaultImage.locate(cache, ImageBuilder.debian().include(packages));
    return new ProgramComparison(image, directory.resolve(name))
        .tests(EngineKind.JIT, Program.table(name + ".txt"));
  }
}
