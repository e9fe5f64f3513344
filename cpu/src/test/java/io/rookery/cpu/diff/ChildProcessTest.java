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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What only a child process can run: instructions that fault do so as on the host's processor, with
 * the same exception at the same address and with registers and memory as they were; and all
 * instructions do in 32-bit mode what they do there. Needs amd64 Linux with AVX2 and gcc.
 */
class ChildProcessTest {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final int ENCODINGS = FULL ? 40 : 1;
  private static final int INPUTS = FULL ? 50 : 40;
  private static final int STEPS = FULL ? 50 : 10;
  private static final long SEED = 7;

  @TempDir private Path folder;
  private String program;

  @BeforeEach
  void buildChild() throws IOException, InterruptedException {
    assumeTrue(NativeCpu.available(), "the host is no amd64 Linux with AVX2");
    program = NativeMachine.build(folder);
    assumeTrue(program != null, "no gcc");
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void interpreterFaultsAsTheHostDoes(int mode) throws IOException {
    assumeIntel();
    try (NativeMachine host = new NativeMachine(program, mode);
        EngineCpu engine = new EngineCpu(RookeryEngine.interpreter(), host.layout(), mode)) {
      compareFaults(new Differential(host, engine, SEED, mode, true), mode);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void compiledCodeFaultsAsTheHostDoes(int mode) throws IOException {
    assumeIntel();
    try (NativeMachine host = new NativeMachine(program, mode);
        SynchronousCompiler compiler = new SynchronousCompiler();
        EngineCpu engine = compiling(compiler, host, mode)) {
      compareFaults(new Differential(host, engine, SEED + 1, mode, true), mode);
      assertTrue(
          !Differential.isComplete() || compiler.units() > 2500, compiler.units() + " units");
    }
  }

  @Test
  void interpreterAgreesIn32BitMode() throws IOException {
    try (NativeMachine host = new NativeMachine(program, 32);
        EngineCpu engine = new EngineCpu(RookeryEngine.interpreter(), host.layout(), 32)) {
      compare(new Differential(host, engine, SEED + 2, 32, false), 32);
    }
  }

  @Test
  void compiledCodeAgreesIn32BitMode() throws IOException {
    try (NativeMachine host = new NativeMachine(program, 32);
        SynchronousCompiler compiler = new SynchronousCompiler();
        EngineCpu engine = compiling(compiler, host, 32)) {
      compare(new Differential(host, engine, SEED + 3, 32, false), 32);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void singleStepsAsTheHostDoes(int mode) throws IOException {
    assumeIntel();
    try (NativeMachine host = new NativeMachine(program, mode);
        EngineCpu engine = new EngineCpu(RookeryEngine.interpreter(), host.layout(), mode, true)) {
      compare(new Differential(host, engine, SEED + 4, mode, true), mode, STEPS);
    }
  }

  private static EngineCpu compiling(SynchronousCompiler compiler, NativeMachine host, int mode) {
    return new EngineCpu(RookeryEngine.compiling(compiler, 0), host.layout(), mode);
  }

  private static void assumeIntel() {
    assumeTrue(NativeCpu.isIntel(), "AMD's processors look for faults in another order");
  }

  private static void compareFaults(Differential test, int mode) throws IOException {
    compare(test, mode);
    assertTrue(
        !Differential.isComplete()
            || test.outcomes.keySet().containsAll(Set.of("#DE", "#GP", "#MF", "#PF", "#XM")),
        "faults: " + test.outcomes);
  }

  private static void compare(Differential test, int mode) throws IOException {
    compare(test, mode, INPUTS);
    assertTrue(
        !Differential.isComplete() || test.compared > 80_000, test.compared + " comparisons");
  }

  private static void compare(Differential test, int mode, int inputs) throws IOException {
    for (Form form : EncodingForms.all(mode)) {
      if (Exempt.reason(form) == null && Differential.isWanted(form)) {
        test.form(form, ENCODINGS, inputs);
      }
    }
    assertEquals(List.of(), test.differences);
    assertEquals(Set.of(), test.undefined, "#UD");
    assertEquals(List.of(), test.untested, "forms without vectors");
    System.err.printf(
        "%d-bit: %d comparisons of %d forms%n",
        mode, test.compared, EncodingForms.all(mode).size());
  }
}
