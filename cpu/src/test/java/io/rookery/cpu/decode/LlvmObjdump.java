package io.rookery.cpu.decode;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What LLVM's objdump makes of byte strings. It wants an object file, so they go into one. */
final class LlvmObjdump {
  private static final Pattern LINE = Pattern.compile("\\s*([0-9a-f]+):\\s+(.*)");

  /** Lines for prefixes, which LLVM takes for instructions. */
  private static final Pattern PREFIXES_ONLY =
      Pattern.compile(
          "((rex64|data16|data32|addr32|addr16|lock|rep|repne|xacquire|xrelease|[cdefgs]s)\\s*)+");

  private static final byte NOP = (byte) 0x90;
  private static final byte[] NAMES = "\0.text\0.shstrtab\0".getBytes(StandardCharsets.US_ASCII);
  private static final int SHT_PROGBITS = 1;
  private static final int SHT_STRTAB = 3;
  private static final int ALLOC_EXEC = 6;
  private static final int SECTIONS = 3;

  private LlvmObjdump() {}

  static boolean available() {
    return Objdump.runs("llvm-objdump");
  }

  /** Whether {@link KnownLlvmDifferences} was made for the version that is installed. */
  static boolean isKnownVersion() throws IOException {
    Process process =
        new ProcessBuilder("llvm-objdump", "--version").redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return output.contains("version 14.");
  }

  /** The first instruction of each string of at most 15 bytes; bad ones as objdump shows them. */
  static List<Objdump.Line> first(List<byte[]> strings, int mode) throws IOException {
    byte[] text = new byte[strings.size() * Objdump.SLOT];
    Arrays.fill(text, NOP);
    for (int i = 0; i < strings.size(); i++) {
      System.arraycopy(strings.get(i), 0, text, i * Objdump.SLOT, strings.get(i).length);
    }
    Path file = Files.createTempFile("rookery-decode", ".o");
    try {
      Files.write(file, elf(text, mode == 64));
      return run(strings.size(), file);
    } finally {
      Files.delete(file);
    }
  }

  private static List<Objdump.Line> run(int count, Path file) throws IOException {
    List<Objdump.Line> result = new ArrayList<>(count);
    Process process =
        new ProcessBuilder("llvm-objdump", "-d", "-z", "--no-show-raw-insn", file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader lines = process.inputReader(StandardCharsets.ISO_8859_1)) {
      String text = "";
      int start = 0;
      boolean open = false;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Matcher matcher = LINE.matcher(line);
        if (!matcher.matches()) {
          continue;
        }
        int address = Integer.parseInt(matcher.group(1), 16);
        if (open && !PREFIXES_ONLY.matcher(text).matches()) {
          result.add(new Objdump.Line(address - start, text));
          open = false;
        }
        if (address % Objdump.SLOT == 0) {
          start = address;
          text = "";
          open = true;
        }
        if (open) {
          String instruction = matcher.group(2).replace('\t', ' ').replace("<unknown>", "(bad)");
          text = (text + " " + instruction).trim();
        }
      }
    }
    if (result.size() != count) {
      throw new IOException("llvm-objdump gave " + result.size() + " of " + count);
    }
    return result;
  }

  /** A relocatable file with {@code text} as its text section. */
  private static byte[] elf(byte[] text, boolean is64) {
    int header = is64 ? 64 : 52;
    int sectionHeader = is64 ? 64 : 40;
    int names = header + text.length;
    int sections = (names + NAMES.length + 7) & ~7;
    ByteBuffer out = ByteBuffer.allocate(sections + SECTIONS * sectionHeader);
    out.order(ByteOrder.LITTLE_ENDIAN);
    out.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (is64 ? 2 : 1), 1, 1}).position(16);
    out.putShort((short) 1); // ET_REL
    out.putShort((short) (is64 ? 62 : 3)).putInt(1);
    word(out, 0, is64); // entry
    word(out, 0, is64); // program headers
    word(out, sections, is64);
    out.putInt(0).putShort((short) header).putShort((short) 0).putShort((short) 0);
    out.putShort((short) sectionHeader).putShort((short) SECTIONS).putShort((short) 2);
    out.put(text).put(NAMES).position(sections + sectionHeader);
    section(out, 1, SHT_PROGBITS, ALLOC_EXEC, header, text.length, is64);
    section(out, 7, SHT_STRTAB, 0, names, NAMES.length, is64);
    return out.array();
  }

  private static void section(
      ByteBuffer out, int name, int type, int flags, int offset, int size, boolean is64) {
    out.putInt(name).putInt(type);
    word(out, flags, is64);
    word(out, 0, is64); // address
    word(out, offset, is64);
    word(out, size, is64);
    out.putInt(0).putInt(0); // link, info
    word(out, 1, is64); // alignment
    word(out, 0, is64); // entry size
  }

  private static void word(ByteBuffer out, int value, boolean is64) {
    if (is64) {
      out.putLong(value);
    } else {
      out.putInt(value);
    }
  }
}
