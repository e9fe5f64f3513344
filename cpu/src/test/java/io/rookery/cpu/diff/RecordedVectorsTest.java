package io.rookery.cpu.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.cpu.jit.SynchronousCompiler;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The engines give what a recorded processor gave, on every host. Run with
 * -Drookery.regenerate=true on an amd64 Linux with AVX2 to record anew.
 */
class RecordedVectorsTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/rookery/cpu/diff");

  @TempDir private Path folder;

  private static Path file(int mode) {
    return FOLDER.resolve("intel-sapphire-rapids-" + mode + ".vectors.gz");
  }

  @Test
  void record() throws Throwable {
    assumeTrue(Boolean.getBoolean("rookery.regenerate"), "not asked to record");
    NativeCpu host = NativeCpu.get();
    assumeTrue(
        host.layout().equals(Layout.RECORDED), "this process has other addresses free: try again");
    record(host, 64);
    String program = NativeMachine.build(folder);
    assumeTrue(program != null, "no gcc");
    try (NativeMachine child = new NativeMachine(program, 32)) {
      record(child, 32);
    }
  }

  private static void record(Machine host, int mode) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new RecordedVectors(mode).record(host, out);
    Files.createDirectories(FOLDER);
    Files.write(file(mode), out.toByteArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void interpreter(int mode) throws IOException {
    try (EngineCpu engine = new EngineCpu(RookeryEngine.interpreter(), Layout.RECORDED, mode)) {
      replay(engine, mode);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void compiledCode(int mode) throws IOException {
    try (SynchronousCompiler compiler = new SynchronousCompiler();
        EngineCpu engine =
            new EngineCpu(RookeryEngine.compiling(compiler, 0), Layout.RECORDED, mode)) {
      replay(engine, mode);
      assertTrue(compiler.units() > 1000, compiler.units() + " units");
    }
  }

  private static void replay(EngineCpu engine, int mode) throws IOException {
    Set<String> undefined = new TreeSet<>();
    byte[] file = Files.readAllBytes(file(mode));
    List<String> differences =
        new RecordedVectors(mode).replay(new ByteArrayInputStream(file), engine, undefined);
    assertEquals(List.of(), differences);
    assertEquals(Set.of(), undefined, "#UD");
  }
}
