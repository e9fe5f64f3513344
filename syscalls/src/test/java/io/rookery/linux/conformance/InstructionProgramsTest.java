package io.rookery.linux.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.linux.kernel.TestKernel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compiled programs over random inputs of a fixed seed print the same natively and here.
 *
 * <p>glibc's libm takes a variant by FMA and AVX2 alone, which a guest always has: on a host that
 * has them too both sides run the same one, whatever else the host has. A second row masks both
 * features, so that the SSE2 variants run as well.
 */
@Timeout(3_600)
class InstructionProgramsTest {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final String RESOURCES = "/io/rookery/linux/instructions/";
  private static final List<String> V2 = List.of("sse4_2", "popcnt", "cx16");
  private static final List<String> V3 = List.of("avx2", "fma", "bmi2", "movbe", "f16c", "abm");
  private static final List<String> CRYPTO =
      List.of("avx2", "fma", "bmi2", "movbe", "f16c", "abm", "aes", "pclmulqdq", "sha_ni", "adx");

  @TempDir static Path directory;

  /**
   * A program.
   *
   * @param options of the compiler
   * @param rounds its arguments
   * @param more its arguments under -Pfull
   * @param needs features of the processor
   * @param tunables GLIBC_TUNABLES, or empty
   */
  record Program(
      String source,
      String options,
      String rounds,
      String more,
      List<String> needs,
      String tunables) {
    @Override
    public String toString() {
      return source + " " + options + " " + tunables;
    }
  }

  private static final List<Program> PROGRAMS =
      List.of(
          new Program("longdouble.c", "-O2 -lm", "60", "5000", List.of(), ""),
          new Program("transcendental.c", "-O2 -lquadmath -lm", "40", "4000", List.of(), ""),
          new Program("libm.c", "-O2 -lm", "60", "5000", V3, ""),
          new Program("libm.c", "-O2 -lm", "60", "5000", V2, "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4"),
          new Program("kernels.c", "-O3 -march=x86-64-v2 -lm", "2", "300", V2, ""),
          new Program("kernels.c", "-O3 -march=x86-64-v3 -lm", "2", "300", V3, ""),
          new Program("kernels.c", "-O3 -mavx2 -mfma -lm", "2", "300", V3, ""),
          // With FTZ and DAZ.
          new Program("kernels.c", "-Ofast -march=x86-64-v3 -lm", "2", "300", V3, ""),
          new Program(
              "intrinsics.c",
              "-O2 -march=x86-64-v3 -maes -msha -mpclmul -madx",
              "60",
              "10000",
              CRYPTO,
              ""),
          new Program("fenv.c", "-O2 -frounding-math -lm", "30", "2000", V3, ""),
          new Program("language.c", "-O2 -lm", "60", "20000", List.of(), ""),
          new Program("language.c", "-O3 -march=x86-64-v3 -lm", "60", "20000", V3, ""),
          new Program("exceptions.cc", "-O1 -fnon-call-exceptions -pthread", "30", "2000", V2, ""),
          // Addresses of its code are printed.
          new Program("context.c", "-O1 -no-pie -mavx", "40", "3000", V3, ""),
          // The second argument: a host may delay a LOCK across cache lines by a tenth of a second.
          new Program("locks.c", "-O1 -mcx16 -pthread -latomic", "1000 0", "100000 2", V2, ""));

  static Stream<Arguments> runs() {
    return PROGRAMS.stream()
        .flatMap(
            p ->
                Stream.of("", "-static")
                    .flatMap(
                        linkage ->
                            Stream.of("interpreter", "compiler")
                                .map(engine -> Arguments.of(p, linkage, engine))));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void printsTheSameAsNatively(Program p, String linkage, String engine) throws Exception {
    String compiler = p.source.endsWith(".cc") ? "/usr/bin/g++" : "/usr/bin/cc";
    HostPrograms.assumeCompiler(compiler);
    HostPrograms.assumeProcessor(p.needs);
    List<String> command =
        ImmutableList.<String>builder()
            .add(compiled(p, compiler, linkage).toString())
            .addAll(words(FULL ? p.more : p.rounds))
            .build();
    List<String> environment =
        p.tunables.isEmpty()
            ? List.of("PATH=/usr/bin:/bin")
            : List.of("PATH=/usr/bin:/bin", "GLIBC_TUNABLES=" + p.tunables);
    HostPrograms.Outcome wanted = HostPrograms.natively(command, environment);
    HostPrograms.Outcome found =
        HostPrograms.here(
            command,
            environment,
            engine.equals("compiler") ? TestKernel.compiling() : RookeryEngine.interpreter());
    assertEquals(wanted.output(), found.output());
    assertEquals(0, wanted.status());
    assertEquals(0, found.status());
    assertTrue(wanted.output().lines().count() > 10, "the program printed next to nothing");
  }

  private static Path compiled(Program p, String compiler, String linkage) throws Exception {
    Path program = directory.resolve("program" + PROGRAMS.indexOf(p) + linkage);
    if (!Files.exists(program)) {
      HostPrograms.copy(RESOURCES + "inputs.h", directory);
      Path source = HostPrograms.copy(RESOURCES + p.source, directory);
      HostPrograms.compile(compiler, source, program, words(p.options + " " + linkage));
    }
    return program;
  }

  private static List<String> words(String text) {
    return List.of(text.trim().split(" +"));
  }
}
