package io.rookery.cpu.diff;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.cpu.decode.EncodingForms;
import io.rookery.cpu.decode.EncodingForms.Form;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.cpu.jit.SynchronousCompiler;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every operand form of every instruction gives the same registers, flags and memory in the engine
 * and on the host's processor. Needs amd64 Linux with AVX2; elsewhere {@link RecordedVectorsTest}
 * has what such a host gave.
 */
class DifferentialTest {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final int ENCODINGS = FULL ? 40 : 4;
  private static final int JIT_ENCODINGS = FULL ? 40 : 2;
  private static final int INPUTS = FULL ? 50 : 25;
  private static final int SEQUENCES = FULL ? 100_000 : 4_000;
  private static final long SEED = 20_26;

  @Test
  void interpreterAgreesWithTheHost() throws Throwable {
    NativeCpu host = host();
    try (EngineCpu engine = new EngineCpu(RookeryEngine.interpreter(), host.layout())) {
      compare(new Differential(host, engine, SEED), ENCODINGS, INPUTS);
    }
  }

  @Test
  void compiledCodeAgreesWithTheHost() throws Throwable {
    NativeCpu host = host();
    try (SynchronousCompiler compiler = new SynchronousCompiler();
        EngineCpu engine = compiling(compiler, host)) {
      compare(new Differential(host, engine, SEED + 1), JIT_ENCODINGS, INPUTS);
      assertTrue(
          !Differential.isComplete() || compiler.units() > 5000, compiler.units() + " units");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void interpreterAgreesWithTheHostOnSequences(boolean vectors) throws Throwable {
    NativeCpu host = host();
    try (EngineCpu engine = new EngineCpu(RookeryEngine.interpreter(), host.layout())) {
      compareSequences(new Differential(host, engine, SEED), host, vectors, SEQUENCES);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void compiledCodeAgreesWithTheHostOnSequences(boolean vectors) throws Throwable {
    NativeCpu host = host();
    try (SynchronousCompiler compiler = new SynchronousCompiler();
        EngineCpu engine = compiling(compiler, host)) {
      compareSequences(new Differential(host, engine, SEED), host, vectors, SEQUENCES / 4);
      assertTrue(compiler.units() >= SEQUENCES / 4, compiler.units() + " units");
    }
  }

  private static NativeCpu host() throws Throwable {
    assumeTrue(
        NativeCpu.available(), "the host is no amd64 Linux with AVX2: recorded vectors only");
    return NativeCpu.get();
  }

  private static EngineCpu compiling(SynchronousCompiler compiler, NativeCpu host) {
    return new EngineCpu(RookeryEngine.compiling(compiler, 0), host.layout());
  }

  private static void compareSequences(
      Differential test, NativeCpu host, boolean vectors, int count) throws Exception {
    test.sequences(new Sequences(SEED, host.layout(), vectors), count, 10);
    assertEquals(List.of(), test.differences);
  }

  private static void compare(Differential test, int encodings, int perEncoding) throws Exception {
    List<Form> forms = EncodingForms.all(64);
    List<String> exempt = new ArrayList<>();
    for (Form form : forms) {
      if (Exempt.reasonHere(form) == null && Differential.isWanted(form)) {
        test.form(form, encodings, perEncoding);
      } else {
        exempt.add(form.toString());
      }
    }
    assertEquals(List.of(), test.differences);
    assertEquals(List.of(), test.untested, "forms without vectors");
    assertEquals(Set.of(), test.undefined, "#UD");
    System.err.printf("%d comparisons of %d forms%n", test.compared, forms.size());
    assertTrue(
        !Differential.isComplete() || test.compared > 50 * (forms.size() - exempt.size()) / 4,
        "too few comparisons");
  }
}
