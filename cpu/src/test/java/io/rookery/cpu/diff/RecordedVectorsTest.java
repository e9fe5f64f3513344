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

/**
 * The engines give what a recorded processor gave, on every host. Run with
 * -Drookery.regenerate=true on an amd64 Linux with AVX2 to record anew.
 */
class RecordedVectorsTest {
  private static final Path FILE =
      Path.of("src/test/resources/io/rookery/cpu/diff/intel-sapphire-rapids.vectors.gz");

  @Test
  void record() throws Throwable {
    assumeTrue(Boolean.getBoolean("rookery.regenerate"), "not asked to record");
    NativeCpu host = NativeCpu.get();
    assumeTrue(
        host.layout().equals(Layout.RECORDED), "this process has other addresses free: try again");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new RecordedVectors().record(host, out);
    Files.createDirectories(FILE.getParent());
    Files.write(FILE, out.toByteArray());
  }

  @Test
  void interpreter() throws IOException {
    try (EngineCpu engine = new EngineCpu(RookeryEngine.interpreter(), Layout.RECORDED)) {
      replay(engine);
    }
  }

  @Test
  void compiledCode() throws IOException {
    try (SynchronousCompiler compiler = new SynchronousCompiler();
        EngineCpu engine = new EngineCpu(RookeryEngine.compiling(compiler, 0), Layout.RECORDED)) {
      replay(engine);
      assertTrue(compiler.units() > 1000, compiler.units() + " units");
    }
  }

  private static void replay(EngineCpu engine) throws IOException {
    Set<String> undefined = new TreeSet<>();
    byte[] file = Files.readAllBytes(FILE);
    List<String> differences =
        new RecordedVectors().replay(new ByteArrayInputStream(file), engine, undefined);
    assertEquals(List.of(), differences);
    assertEquals(Set.of(), undefined, "#UD");
  }
}
