package io.rookery.examples;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.EngineKind;
import io.rookery.images.DefaultImage;
import io.rookery.images.ImageBuilder;
import io.rookery.images.ImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The programs of {@link ProgramsTest} from Debian's i386 architecture. */
class Programs32Test {
  /** Debian's compiler, assembler and linker, and what they make. */
  private static final Program COMPILER =
      new Program(
          "gcc",
          """
          cat > t.c <<'END'
          #include <math.h>
          #include <stdio.h>
          #include <stdlib.h>
          #include <string.h>
          struct list { struct list *next; long long value; };
          static long double factorial(int n) { return n < 2 ? 1 : n * factorial(n - 1); }
          int main(int argc, char **argv) {
            struct list *all = 0;
            for (int i = 1; i <= 1000; i++) {
              struct list *l = malloc(sizeof *l);
              *l = (struct list){all, 1234567890123LL / i};
              all = l;
            }
            unsigned long long sum = 0;
            for (struct list *l = all; l; l = l->next) sum = sum * 31 + l->value % 97;
            printf("%llu %.20Lg %.17g %zu\\n", sum, factorial(25), sqrt(argc + 1), strlen(argv[0]));
            return argc;
          }
          END
          gcc --version | head -1; gcc -O1 -Wall t.c -o t -lm && ./t a b; echo $?
          """);

  @TempDir static Path directory;

  private static ProgramComparison comparison;

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    ProgramComparison.assumeRoot();
    comparison = new ProgramComparison(image(), directory.resolve("root"));
    assumeTrue(
        new ProcessBuilder("chroot", directory.resolve("root").toString(), "/bin/true")
                .start()
                .waitFor()
            == 0,
        "the host runs no 32-bit programs");
  }

  @TestFactory
  Stream<DynamicTest> compiled() throws IOException {
    List<Program> programs = new ArrayList<>(Program.table(ProgramsTest.TABLE));
    programs.add(COMPILER);
    return comparison.tests(EngineKind.JIT, programs);
  }

  /**
   * The i386 image with a compiler, in a folder of its own. Mirrors of the host's own architecture
   * may carry i386 in part only: the main archive alone is tried as well.
   */
  private static Path image() throws IOException {
    Path cache = DefaultImage.path().getParent().resolveSibling("with-gcc");
    try {
      return DefaultImage.locate(cache, recipe());
    } catch (ImageException e) {
      Optional<String> main = mainArchive();
      assumeTrue(main.isPresent(), e.toString());
      return DefaultImage.locate(cache, recipe().mirror(main.orElseThrow()));
    }
  }

  private static ImageBuilder recipe() {
    return ImageBuilder.debian().arch("i386").include(List.of("gcc", "libc6-dev"));
  }

  /** The first archive among the host's apt sources that is none of security updates. */
  private static Optional<String> mainArchive() throws IOException {
    Path apt = Path.of("/etc/apt");
    if (!Files.isDirectory(apt)) {
      return Optional.empty();
    }
    Pattern address = Pattern.compile("^(?!#).*?(https?://[^\\s\\]]+)", Pattern.MULTILINE);
    try (Stream<Path> files = Files.walk(apt, 2)) {
      List<Path> lists =
          files
              .filter(
                  f -> f.toString().matches(".*sources\\.list.*\\.(list|sources)|.*sources\\.list"))
              .filter(Files::isRegularFile)
              .sorted()
              .toList();
      for (Path list : lists) {
        Optional<String> found =
            address
                .matcher(Files.readString(list))
                .results()
                .map((MatchResult m) -> m.group(1))
                .filter(a -> a.contains("debian") && !a.contains("security"))
                .findFirst();
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }
}
