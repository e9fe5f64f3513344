package io.rookery.cpu.decode;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Length and validity of byte strings as the host's processor sees them: a child process
 * (native/decode.c, built by gcc) tries them, one step each.
 */
final class NativeDecoder {
  private static final int SIGILL = 4;
  private static final int SIGSEGV = 11;
  private static final int LEFT_OUT = 255;

  /** What a processor must have to be the judge of all that the tables know. */
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

  /**
   * The processor's answer.
   *
   * @param length in bytes; 0 if it is longer than 15 bytes, 255 if the string was left out
   * @param signal that ended it, SIGTRAP if it ran
   */
  record Answer(int length, int signal) {
    /** Whether the string could be tried at all. */
    boolean isKnown(Insn ours) {
      return length != LEFT_OUT && !isEmulated(ours);
    }

    boolean agrees(Insn ours) {
      if (ours.mnemonic == Mnemonic.TOO_LONG) {
        return length == 0 || (length == Decoder.MAX_LENGTH && signal == SIGSEGV); // #GP
      }
      boolean undefined = length == 0 || signal == SIGILL;
      return raisesUndefined(ours) ? undefined : !undefined && length == ours.length;
    }

    /** Whether Linux emulates the instruction (UMIP), which hides its end. */
    private static boolean isEmulated(Insn insn) {
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
  }

  private final String program;

  private NativeDecoder(String program) {
    this.program = program;
  }

  /** Builds the child in {@code folder}; null where gcc or such an Intel processor is missing. */
  static @Nullable NativeDecoder build(Path folder) throws IOException, InterruptedException {
    if (!isKnownProcessor()) {
      return null;
    }
    Path source = folder.resolve("decode.c");
    try (InputStream resource = NativeDecoder.class.getResourceAsStream("/native/decode.c")) {
      Files.copy(resource, source);
    }
    String program = folder.resolve("decode").toString();
    List<String> command =
        List.of("gcc", "-O1", "-mno-red-zone", "-fno-stack-protector", "-o", program, "" + source);
    try {
      boolean built = new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
      return built ? new NativeDecoder(program) : null;
    } catch (IOException e) {
      return null;
    }
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

  /** Tries strings of 15 bytes in {@code mode}. */
  List<Answer> ask(List<byte[]> strings, int mode) throws IOException {
    byte[] request = new byte[16 * strings.size()];
    for (int i = 0; i < strings.size(); i++) {
      byte[] bytes = strings.get(i);
      System.arraycopy(bytes, 0, request, 16 * i, bytes.length);
      request[16 * i + 15] = (byte) (isSafe(bytes, mode) ? 0 : 1);
    }
    Process child =
        new ProcessBuilder(program, "" + mode, "" + strings.size())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Thread writer = Thread.ofPlatform().start(() -> send(child.getOutputStream(), request));
    byte[] bytes = child.getInputStream().readNBytes(2 * strings.size());
    try {
      writer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (bytes.length != 2 * strings.size()) {
      throw new IOException("the child answered " + bytes.length + " bytes");
    }
    List<Answer> answers = new ArrayList<>(strings.size());
    for (int i = 0; i < strings.size(); i++) {
      answers.add(new Answer(bytes[2 * i] & 0xff, bytes[2 * i + 1]));
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

  /** No opcode that makes a system call, delays the single step (loads of SS), or returns far. */
  private static boolean isSafe(byte[] bytes, int mode) {
    int at = new KnownDifferences(mode).prefixLength(bytes);
    int next = at + 1 < bytes.length ? bytes[at + 1] & 0xff : 0;
    return switch (bytes[at] & 0xff) {
      case 0x0f -> next != 0x05 && next != 0x34;
      case 0x8e, 0x17, 0xcd, 0xcf -> false;
      default -> true;
    };
  }
}
