package io.rookery.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Length and validity of random and of nearly right strings are those of an Intel processor, where
 * it has the extensions that the tables know; what else it has is told by objdump.
 */
@Timeout(value = 4, unit = TimeUnit.HOURS)
class HardwareAgreementTest {
  private static final int STRINGS = 50_000;
  private static final int ROUNDS = Boolean.getBoolean("rookery.full") ? 100 : 1;
  private static final int SHOWN = 20;
  private static final int SIGILL = 4;
  private static final int SIGSEGV = 11;
  private static final int LEFT_OUT = 255;

  private static final List<String> FEATURES =
      List.of(
          "avx2",
          "bmi1",
          "bmi2",
          "fma",
          "f16c",
          "movbe",
          "aes",
          "pclmulqdq",
          "sha_ni",
          "adx",
          "rdrand",
          "rdseed",
          "rdpid",
          "fsgsbase",
          "abm",
          "xsaveopt",
          "xsavec",
          "clflushopt",
          "clwb",
          "rdtscp",
          "cx16");

  @TempDir private Path folder;
  private String program;

  @BeforeEach
  void buildChild() throws IOException, InterruptedException {
    assumeTrue(Objdump.available(), "no objdump on this host");
    assumeTrue(isKnownProcessor(), "no Intel processor with all of " + FEATURES);
    Path source = folder.resolve("decode.c");
    try (InputStream resource =
        HardwareAgreementTest.class.getResourceAsStream("/native/decode.c")) {
      Files.copy(resource, source);
    }
    program = folder.resolve("decode").toString();
    List<String> command =
        List.of("gcc", "-O1", "-mno-red-zone", "-fno-stack-protector", "-o", program, "" + source);
    boolean built;
    try {
      built = new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    } catch (IOException e) {
      built = false;
    }
    assumeTrue(built, "no gcc");
  }

  private static boolean isKnownProcessor() {
    try {
      String info = Files.readString(Path.of("/proc/cpuinfo"));
      return info.contains("GenuineIntel")
          && FEATURES.stream().allMatch(feature -> info.contains(" " + feature + " "));
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void agrees(int mode) throws IOException {
    List<OpcodeTable.Entry> rows = OpcodeTable.read(Path.of("src/main/tables"));
    Decoder decoder = new Decoder(mode);
    KnownDifferences known = new KnownDifferences(mode);
    Insn insn = new Insn();
    List<String> differences = new ArrayList<>();
    int compared = 0;
    for (int round = 0; round < ROUNDS; round++) {
      EncodingStrings source = new EncodingStrings(7000L * mode + round, rows, mode);
      List<byte[]> strings = new ArrayList<>(STRINGS);
      for (int i = 0; i < STRINGS; i++) {
        strings.add(source.next());
      }
      List<Objdump.Line> lines = Objdump.first(strings, mode);
      byte[] answers = ask(strings, mode);
      for (int i = 0; i < STRINGS; i++) {
        byte[] bytes = strings.get(i);
        int length = answers[2 * i] & 0xff;
        int signal = answers[2 * i + 1];
        decoder.decode(bytes, 0, bytes.length, 0, insn);
        if (length == LEFT_OUT
            || changesByKernel(insn)
            || known.isBeyond(bytes, lines.get(i).text())) {
          continue;
        }
        compared++;
        boolean tooLong = length == 0 || (length == Decoder.MAX_LENGTH && signal == SIGSEGV); // #GP
        boolean undefined =
            insn.mnemonic == Mnemonic.TOO_LONG ? tooLong : length == 0 || signal == SIGILL;
        boolean same = raisesUndefined(insn) ? undefined : !undefined && length == insn.length;
        if (!same) {
          differences.add(
              String.format(
                  "%s: %s, %d bytes; the processor: %d bytes, signal %d",
                  HexFormat.of().formatHex(bytes), insn.mnemonic, insn.length, length, signal));
        }
      }
    }
    int shown = Math.min(differences.size(), SHOWN);
    assertEquals(List.of(), differences.subList(0, shown), differences.size() + " differences");
    assertTrue(compared > STRINGS / 2, compared + " compared");
  }

  /** Whether Linux emulates the instruction (UMIP), which hides its end. */
  private static boolean changesByKernel(Insn insn) {
    return switch (insn.mnemonic) {
      case SGDT, SIDT, SLDT, SMSW, STR -> true;
      default -> false;
    };
  }

  private static boolean raisesUndefined(Insn insn) {
    return switch (insn.mnemonic) {
      case UD0, UD1, UD2 -> true;
      default -> KnownDifferences.isInvalid(insn);
    };
  }

  private byte[] ask(List<byte[]> strings, int mode) throws IOException {
    byte[] request = new byte[16 * strings.size()];
    for (int i = 0; i < strings.size(); i++) {
      byte[] bytes = strings.get(i);
      System.arraycopy(bytes, 0, request, 16 * i, bytes.length);
      request[16 * i + 15] = (byte) (isSafe(bytes) ? 0 : 1);
    }
    Process child =
        new ProcessBuilder(program, "" + mode, "" + strings.size())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Thread writer = Thread.ofPlatform().start(() -> send(child.getOutputStream(), request));
    byte[] answers = child.getInputStream().readNBytes(2 * strings.size());
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (answers.length != 2 * strings.size()) {
      throw new IOException("the child answered " + answers.length + " bytes");
    }
    return answers;
  }

  private static void send(OutputStream out, byte[] request) {
    try (out) {
      out.write(request);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Nothing that makes a system call, or delays the single step (loads of SS), or returns far. */
  private static boolean isSafe(byte[] bytes) {
    for (int i = 0; i + 1 < bytes.length; i++) {
      int b = bytes[i] & 0xff;
      int next = bytes[i + 1] & 0xff;
      if ((b == 0x0f && (next == 0x05 || next == 0x34))
          || b == 0xcd
          || b == 0x8e
          || b == 0x17
          || b == 0xcf) {
        return false;
      }
    }
    return true;
  }
}
