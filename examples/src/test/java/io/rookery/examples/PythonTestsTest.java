package io.rookery.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.rookery.Disks;
import io.rookery.Vm;
import io.rookery.images.DefaultImage;
import io.rookery.images.ImageBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * CPython's own tests of what needs most of an operating system, as Debian packages them: each ends
 * in a VM as it does natively in a chroot of the same image. For {@code -Pfull} only.
 *
 * <p>{@code -Drookery.programs=test_os,test_mmap} runs single modules; a part behind a colon, as in
 * {@code test_os:test.test_os.PidTests.test_getppid}, a single test.
 */
class PythonTestsTest {
  private static final List<String> MODULES =
      List.of(
          "test_struct",
          "test_json",
          "test_math",
          "test_re",
          "test_decimal",
          "test_select",
          "test_epoll",
          "test_mmap",
          "test_os",
          "test_signal",
          "test_subprocess",
          "test_threading",
          "test_tarfile",
          "test_zipfile",
          "test_socket",
          "test_asyncio",
          "test_multiprocessing_fork");

  private static final String ONLY = System.getProperty("rookery.programs", "");

  /** For one test natively. */
  private static final long NATIVE_SECONDS = 60;

  /** For one test in the guest, which is slower the colder its code is. */
  private static final long GUEST_SECONDS = Long.getLong("rookery.python.seconds", 600);

  private static final long MODULE_SECONDS = 14_400;

  /** How often tests that end differently are run again, natively and in the guest. */
  private static final int REPETITIONS = 3;

  private static final long MEMORY = 3L << 30;

  @TempDir static Path directory;

  private static NativeRoot nativeRoot;
  private static Path image;
  private static Path scripts;

  @BeforeAll
  static void prepare() throws IOException, InterruptedException {
    assumeTrue(Boolean.getBoolean("rookery.full"), "for -Pfull");
    ProgramComparison.assumeRoot();
    Path cache = DefaultImage.path().getParent().resolveSibling("with-python-tests");
    image =
        DefaultImage.locate(
            cache,
            ImageBuilder.debian()
                .include(List.of("libpython3.11-testsuite", "netbase"))
                .finisher(PythonTestsTest::compileModules));
    nativeRoot = NativeRoot.unpack(image, directory.resolve("root"));
    scripts = Files.createDirectory(directory.resolve("scripts"));
    for (Path to : List.of(scripts, directory.resolve("root/mnt"))) {
      try (InputStream script =
          Objects.requireNonNull(PythonTestsTest.class.getResourceAsStream("run-tests.py"))) {
        Files.copy(script, to.resolve("run-tests.py"));
      }
    }
  }

  /** Compiles the modules to Python's byte code, which the VM of each test would do otherwise. */
  private static void compileModules(Path unfinished) throws IOException {
    String script =
        "cd /usr/lib/python3.11 && python3 -m compileall -q -l . test test/support"
            + " asyncio collections concurrent ctypes email encodings importlib json logging"
            + " multiprocessing re unittest xml test/test_asyncio test/test_json; sync";
    try (Vm vm = Vm.builder().disk(Disks.image(unfinished)).memory(MEMORY).build()) {
      Outcome outcome = Outcome.of(vm.exec("sh", "-c", script), MODULE_SECONDS);
      if (outcome.status() != 0) {
        throw new IOException(outcome.toString());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @TestFactory
  Stream<DynamicTest> modules() {
    List<String> only = ONLY.isEmpty() ? MODULES : List.of(ONLY.split(","));
    Vm vm =
        Vm.builder()
            .disk(Disks.ephemeral(image))
            .memory(MEMORY)
            .mount(scripts, "/mnt", false)
            .build();
    return only.stream()
        .map(
            module ->
                DynamicTest.dynamicTest(module, () -> compare(vm, List.of(module.split(":")))))
        .onClose(vm::close);
  }

  /** Compares a module, or one test of it. */
  private static void compare(Vm vm, List<String> selection) throws Exception {
    String module = selection.getFirst();
    List<String> tests = selection.subList(1, selection.size());
    Map<String, TestResult> wanted = natively(module, tests);
    Map<String, TestResult> found = inGuest(vm, module, tests);
    report(module, wanted, found);
    assertFalse(wanted.isEmpty(), "tests");
    Map<String, Set<String>> possible = new TreeMap<>();
    Map<String, String> differing = new TreeMap<>();
    for (String test : union(wanted.keySet(), found.keySet())) {
      possible.computeIfAbsent(test, _ -> new HashSet<>()).add(ending(wanted, test));
      if (!ending(found, test).equals(ending(wanted, test))) {
        differing.put(test, ending(found, test));
      }
    }
    for (int i = 0; i < REPETITIONS && !differing.isEmpty(); i++) {
      List<String> again = new ArrayList<>(differing.keySet());
      wanted = natively(module, again);
      found = inGuest(vm, module, again);
      for (String test : again) {
        Set<String> endings = Objects.requireNonNull(possible.get(test));
        endings.add(ending(wanted, test));
        if (endings.contains(ending(found, test))) {
          differing.remove(test);
        }
      }
    }
    Map<String, String> expected = new TreeMap<>();
    differing.keySet().forEach(test -> expected.put(test, String.valueOf(possible.get(test))));
    assertEquals(lines(expected), lines(differing));
  }

  private static Map<String, TestResult> natively(String module, List<String> tests)
      throws Exception {
    List<String> command = new ArrayList<>();
    // A guest's limit of open files, which some tests try to reach.
    command.addAll(List.of("/bin/sh", "-c", "ulimit -S -n 1024 && exec \"$@\"", "sh"));
    command.addAll(command(NATIVE_SECONDS, module, tests));
    return results(nativeRoot.run(command, MODULE_SECONDS));
  }

  private static Map<String, TestResult> inGuest(Vm vm, String module, List<String> tests)
      throws Exception {
    List<String> command = command(GUEST_SECONDS, module, tests);
    return results(Outcome.of(Program.in(vm, command).start(), MODULE_SECONDS));
  }

  private static List<String> command(long seconds, String module, List<String> tests) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("/usr/bin/python3", "/mnt/run-tests.py"));
    command.addAll(List.of(Long.toString(seconds), module));
    command.addAll(tests);
    return command;
  }

  private static Map<String, TestResult> results(Outcome outcome) {
    System.err.println(outcome.errors());
    return TestResult.parse(outcome.output());
  }

  private static void report(
      String module, Map<String, TestResult> wanted, Map<String, TestResult> found) {
    for (Map<String, TestResult> results : List.of(wanted, found)) {
      Map<String, Integer> counts = new TreeMap<>();
      double seconds = 0;
      for (TestResult result : results.values()) {
        counts.merge(result.outcome(), 1, Integer::sum);
        seconds += result.seconds();
      }
      System.err.println(module + ": " + counts + ", " + Math.round(seconds) + " s");
    }
  }

  private static Set<String> union(Set<String> some, Set<String> others) {
    Set<String> all = new TreeSet<>(some);
    all.addAll(others);
    return all;
  }

  private static String ending(Map<String, TestResult> results, String test) {
    TestResult result = results.get(test);
    return result == null ? "not run" : result.ending();
  }

  private static String lines(Map<String, String> endings) {
    StringBuilder lines = new StringBuilder();
    endings.forEach((test, ending) -> lines.append(test).append(' ').append(ending).append('\n'));
    return lines.toString();
  }
}
