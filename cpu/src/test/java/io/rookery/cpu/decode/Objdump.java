package io.rookery.cpu.decode;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** What GNU objdump makes of byte strings. */
final class Objdump {
  /** Bytes per string: any first instruction ends well before the next string. */
  static final int SLOT = 32;

  /** objdump's lines for prefixes that belong to no instruction, in its view. */
  private static final Pattern PREFIXES_ONLY =
      Pattern.compile(
          "((rex(\\.[WRXB]+)?|data16|data32|addr16|addr32|lock|rep|repz|repnz|[cdefgs]s|fwait"
              + "|xacquire|xrelease|notrack|bnd) ?)+");

  /** An instruction: its length in bytes and objdump's text, prefixes joined. */
  record Line(int length, String text) {
    boolean bad() {
      return text.contains("(bad)");
    }
  }

  /** An instruction and where it is in memory. */
  record Located(long address, Line line) {}

  private Objdump() {}

  /** The instructions of a file's text section. */
  static List<Located> code(Path file) throws IOException {
    Process process =
        new ProcessBuilder(
                "objdump",
                "-d",
                "-z",
                "-w",
                "-j.text",
                "--no-show-raw-insn",
                "-Mintel64",
                "" + file)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<Located> result = new ArrayList<>();
    try (BufferedReader lines = process.inputReader(StandardCharsets.ISO_8859_1)) {
      String text = "";
      long start = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int colon = line.indexOf(":\t");
        if (colon < 0) {
          continue;
        }
        long address = Long.parseLong(line.substring(0, colon).trim(), 16);
        if (text.startsWith(".byte")) {
          text = ""; // A symbol stands within the instruction.
        }
        if (!text.isEmpty() && !PREFIXES_ONLY.matcher(text).matches()) {
          result.add(new Located(start, new Line((int) (address - start), text)));
          text = "";
        }
        if (text.isEmpty()) {
          start = address;
        }
        text = (text + " " + line.substring(colon + 2)).trim();
      }
    }
    return result;
  }

  static boolean available() {
    return runs("objdump");
  }

  /** Whether there is such a command. */
  static boolean runs(String command) {
    try {
      Process process = new ProcessBuilder(command, "--version").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  static final String INTEL_SYNTAX = "-Mintel,intel64";
  private static final String ATT_SYNTAX = "-Mintel64";

  /** The first instruction of each string of at most 15 bytes, in AT&T's syntax. */
  static List<Line> first(List<byte[]> strings, int mode) throws IOException {
    return first(strings, mode, ATT_SYNTAX);
  }

  /** As above in the syntax that {@code option} wants. */
  static List<Line> first(List<byte[]> strings, int mode, String option) throws IOException {
    byte[] image = new byte[strings.size() * SLOT];
    java.util.Arrays.fill(image, (byte) 0x90);
    for (int i = 0; i < strings.size(); i++) {
      System.arraycopy(strings.get(i), 0, image, i * SLOT, strings.get(i).length);
    }
    Path file = Files.createTempFile("rookery-decode", ".bin");
    try {
      Files.write(file, image);
      return run(strings.size(), mode, file, option);
    } finally {
      Files.delete(file);
    }
  }

  private static List<Line> run(int count, int mode, Path file, String option) throws IOException {
    List<Line> result = new ArrayList<>(count);
    Process process =
        new ProcessBuilder(
                "objdump",
                "-D",
                "-z",
                "-w",
                "--no-show-raw-insn",
                "-bbinary",
                mode == 64 ? "-mi386:x86-64" : "-mi386",
                option,
                file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.ISO_8859_1)) {
      String text = "";
      int start = 0;
      boolean open = false;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        int colon = line.indexOf(":\t");
        if (colon < 0) {
          continue;
        }
        int address = Integer.parseInt(line.substring(0, colon).trim(), 16);
        if (open && !PREFIXES_ONLY.matcher(text).matches()) {
          result.add(new Line(address - start, text));
          open = false;
        }
        if (address % SLOT == 0) {
          start = address;
          text = "";
          open = true;
        }
        if (open) {
          text = (text + " " + line.substring(colon + 2)).trim();
        }
      }
    }
    if (result.size() != count) {
      throw new IOException("objdump gave " + result.size() + " of " + count + " instructions");
    }
    return result;
  }
}
