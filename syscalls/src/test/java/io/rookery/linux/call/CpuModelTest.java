package io.rookery.linux.call;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rookery.cpu.CpuModel;
import io.rookery.cpu.engine.RookeryEngine;
import io.rookery.cpu.jit.BackgroundCompiler;
import io.rookery.linux.conformance.HostPrograms;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What programs are told of the processor is what it does. The decoding of CPUID is held against
 * the host's kernel.
 */
class CpuModelTest {
  /** From Linux's cpufeatures.h: leaf.subleaf, register, bit, name. */
  private static final Map<String, String> NAMES =
      Map.of(
          "1.0 edx", "0 fpu 4 tsc 8 cx8 15 cmov 19 clflush 23 mmx 24 fxsr 25 sse 26 sse2",
          "80000001.0 edx", "11 syscall 20 nx 27 rdtscp 29 lm",
          "1.0 ecx",
              "0 pni 1 pclmulqdq 9 ssse3 12 fma 13 cx16 19 sse4_1 20 sse4_2 22 movbe 23 popcnt"
                  + " 25 aes 26 xsave 28 avx 29 f16c 30 rdrand",
          "80000001.0 ecx", "0 lahf_lm 5 abm 8 3dnowprefetch",
          "7.0 ebx",
              "0 fsgsbase 3 bmi1 5 avx2 8 bmi2 9 erms 18 rdseed 19 adx 23 clflushopt 24 clwb"
                  + " 29 sha_ni",
          "d.1 eax", "0 xsaveopt 1 xsavec",
          "7.0 ecx", "2 umip 22 rdpid");

  /** The levels of the x86-64 psABI, 3.1.1. */
  private static final Map<CpuModel, String> LEVELS =
      Map.of(
          CpuModel.X86_64, "cmov cx8 fpu fxsr mmx syscall sse sse2",
          CpuModel.X86_64_V2, "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3",
          CpuModel.X86_64_V3, "avx avx2 bmi1 bmi2 f16c fma abm movbe xsave");

  private static final Set<String> SYNTHETIC = Set.of("rep_good", "nopl", "cpuid");
  private static final Pattern WORD = Pattern.compile("(\\S+) (e[abcd]x) ([0-9a-f]+)");
  private static final int OSXSAVE = 27;

  @TempDir Path directory;
  private Path program;

  /** What the program printed. */
  private record Report(
      Map<String, Integer> words, Set<String> flags, Map<String, String> rest, Set<String> has) {
    static Report of(String output) {
      Report report =
          new Report(new TreeMap<>(), new TreeSet<>(), new TreeMap<>(), new TreeSet<>());
      for (String line : output.lines().toList()) {
        Matcher word = WORD.matcher(line);
        if (word.matches()) {
          String name = word.group(1) + " " + word.group(2);
          report.words.put(name, Integer.parseUnsignedInt(word.group(3), 16));
        } else if (line.startsWith("flags ")) {
          report.flags.addAll(List.of(line.substring(6).trim().split(" ", -1)));
        } else if (line.startsWith("has ")) {
          report.has.add(line.substring(4));
        } else {
          int space = line.lastIndexOf(' ');
          report.rest.put(line.substring(0, space), line.substring(space + 1));
        }
      }
      return report;
    }

    /** The names of the bits that CPUID has set; unknown bits by their numbers. */
    Set<String> cpuid() {
      Set<String> names = new TreeSet<>();
      NAMES.forEach(
          (word, list) -> {
            String[] fields = list.split(" ", -1);
            int left = words.get(word);
            for (int i = 0; i < fields.length; i += 2) {
              int bit = 1 << Integer.parseInt(fields[i]);
              if ((left & bit) != 0) {
                names.add(fields[i + 1]);
                left &= ~bit;
              }
            }
            if (word.equals("1.0 ecx")) {
              left &= ~(1 << OSXSAVE);
            }
            if (left != 0) {
              names.add(word + " unknown " + Integer.toHexString(left));
            }
          });
      return names;
    }
  }

  @BeforeEach
  void build() throws Exception {
    HostPrograms.assumeCompiler("/usr/bin/cc");
    program = directory.resolve("cpu");
    Path source = HostPrograms.copy("/io/rookery/linux/conformance/cpu.c", directory);
    HostPrograms.compile("/usr/bin/cc", source, program, List.of("-O1"));
  }

  private List<String> command() {
    return List.of(program.toString());
  }

  @Test
  void theTestDecodesAsTheHostsKernelDoes() throws Exception {
    Report host = Report.of(HostPrograms.natively(command(), List.of()).output());
    Set<String> decoded = host.cpuid();
    for (String list : NAMES.values()) {
      for (String name : list.split("[0-9 ]+ ", -1)) {
        if (host.flags.contains(name)) {
          assertTrue(decoded.contains(name), name);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void interpreterTellsWhatThereIs(CpuModel model) throws Exception {
    check(model, RookeryEngine.interpreter(model));
  }

  @ParameterizedTest
  @EnumSource
  void compilerTellsWhatThereIs(CpuModel model) throws Exception {
    check(model, RookeryEngine.compiling(new BackgroundCompiler(), 1, model));
  }

  private void check(CpuModel model, RookeryEngine engine) throws Exception {
    Report guest = Report.of(HostPrograms.here(command(), List.of(), engine).output());
    Set<String> listed = new TreeSet<>(guest.flags);
    assertTrue(listed.removeAll(SYNTHETIC));
    assertEquals(listed, guest.cpuid(), "/proc/cpuinfo and CPUID");
    for (CpuModel level : CpuModel.values()) {
      for (String name : LEVELS.get(level).split(" ", -1)) {
        boolean expected = model.includes(level);
        assertEquals(expected, listed.contains(name), model + " " + name);
      }
    }
    Set<String> executed = new TreeSet<>(guest.has);
    executed.removeAll(listed);
    assertEquals(Set.of(), executed, "executed without being reported");
    Set<String> refused = new TreeSet<>(guest.rest.keySet());
    refused.removeIf(key -> !key.endsWith(": signal") || !listed.contains(key.split(":", -1)[0]));
    assertEquals(Set.of(), refused, "reported but not executed");
    boolean osxsave = (guest.words.get("1.0 ecx") >>> OSXSAVE & 1) != 0;
    assertEquals(listed.contains("xsave"), osxsave);
    assertEquals(Integer.toHexString(guest.words.get("1.0 edx")), guest.rest.get("hwcap"));
    assertEquals(listed.contains("fsgsbase") ? "2" : "0", guest.rest.get("hwcap2"));
    assertEquals(osxsave ? "7" : "6", guest.rest.get("frame: flags"));
    assertEquals(osxsave ? "46505853" : "0", guest.rest.get("frame: mark"));
    // Without the prefix's meaning they are BSF and BSR.
    assertEquals("3", guest.rest.get("tzcnt 8:"));
    assertEquals(listed.contains("abm") ? "60" : "3", guest.rest.get("lzcnt 8:"));
  }
}
