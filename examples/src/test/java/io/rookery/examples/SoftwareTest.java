package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.EngineKind;
import io.rookery.Vm;
import io.rookery.images.DefaultImage;
import io.rookery.images.ImageBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  private static final int PHASES = 12;
  private static final int WARM_PHASES = 6;

  /** Of what was invalidated before, in per cent. */
  private static final long MOST_INVALIDATED_LATER = 5;

  /** Prints a line after each phase; V8 and LuaJIT have compiled, and moved, its code by then. */
  private static final String NODE =
      """
      function work(n) { const m = new Map(); let s = ''; for (let i = 0; i < n; i++) {
        m.set('k' + i % 97, (m.get('k' + i % 97) || 0) + i * 1.5); if (i % 1000 == 0) s += JSON.stringify([...m].slice(0, 3)); }
        return s.length + [...m.values()].sort((a, b) => a - b).length; }
      class P { constructor(x) { this.x = x; } step() { return new P(this.x * 1.1 % 1000); } }
      for (let phase = 1; phase <= 12; phase++) { let p = new P(phase); for (let i = 0; i < 20000; i++) p = p.step(); console.log(work(5000)); }
      """;

  private static final String LUAJIT =
      """
      local ffi = require 'ffi'; ffi.cdef 'int abs(int);'
      local function work(n) local t, s = {}, 0; for i = 1, n do t[i % 50] = (t[i % 50] or 0) + ffi.C.abs(-i); if i % 3 == 0 then s = s + #tostring(i) end end
        for k, v in pairs(t) do s = s + v end; return s end
      for phase = 1, 12 do print(work(200000), string.rep('x', phase):gsub('x', 'yz')); collectgarbage() end
      """;

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

  /** What such programs store into their code once they are warm invalidates next to nothing. */
  @ParameterizedTest
  @ValueSource(strings = {"node", "luajit"})
  void codeStaysOnceWarm(String program) throws Exception {
    String script = program.equals("node") ? NODE : LUAJIT;
    try (Vm vm = comparison.vm(EngineKind.JIT)) {
      Process process = vm.exec(program, "-e", script);
      BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
      long warm = 0;
      for (int phase = 1; phase <= PHASES; phase++) {
        assertNotNull(lines.readLine(), "line of phase " + phase);
        if (phase == WARM_PHASES) {
          warm = invalidated(vm);
        }
      }
      assertNull(lines.readLine());
      assertEquals(0, process.waitFor());
      long later = invalidated(vm) - warm;
      assertTrue(later <= 1 + warm * MOST_INVALIDATED_LATER / 100, later + " after " + warm);
    }
  }

  private static long invalidated(Vm vm) {
    return Objects.requireNonNull(vm.statistics().get("blocks invalidated"));
  }
}
