package io.rookery.cpu.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.cpu.decode.EncodingForms;
import io.rookery.cpu.decode.EncodingForms.Form;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.cpu.jit.SynchronousCompiler;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Instructions that fault do so as on the host's processor: the same exception at the same address,
 * with registers and memory as they were. Needs amd64 Linux with AVX2 and gcc.
 */
class FaultTest {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final int ENCODINGS = FULL ? 30 : 2;
  private static final int INPUTS = FULL ? 60 : 30;
  private static final long SEED = 7;

  @TempDir private Path folder;
  private String program;

  @BeforeEach
  void buildChild() throws IOException, InterruptedException {
    assumeTrue(NativeCpu.available(), "the host is no amd64 Linux with AVX2");
    program = NativeMachine.build(folder);
    assumeTrue(program != null, "no gcc");
  }

  @Test
  void interpreterFaultsAsTheHostDoes() throws IOException {
    try (NativeMachine host = new NativeMachine(program, 64);
        EngineCpu engine = new EngineCpu(RookeryEngine.interpreter(), host.layout())) {
      compare(new Differential(host, engine, SEED, 64, true));
    }
  }

  @Test
  void compiledCodeFaultsAsTheHostDoes() throws IOException {
    try (NativeMachine host = new NativeMachine(program, 64);
        SynchronousCompiler compiler = new SynchronousCompiler();
        EngineCpu engine = new EngineCpu(RookeryEngine.compiling(compiler, 0), host.layout())) {
      compare(new Differential(host, engine, SEED + 1, 64, true));
      assertTrue(compiler.units() > 5000, compiler.units() + " units");
    }
  }

  private static void compare(Differential test) throws IOException {
    for (Form form : EncodingForms.all(64)) {
      if (Exempt.reason(form) == null) {
        test.form(form, ENCODINGS, INPUTS);
      }
    }
    assertEquals(List.of(), test.differences);
    assertTrue(
        test.outcomes.keySet().containsAll(Set.of("#DE", "#GP", "#PF", "#XM")),
        "faults: " + test.outcomes);
  }
}
