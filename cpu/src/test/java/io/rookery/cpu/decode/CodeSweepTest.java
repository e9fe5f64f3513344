package io.rookery.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The code of this host's programs has the instruction boundaries that objdump sees. */
class CodeSweepTest {
  /** Where the text section is in the file and in memory. */
  private record Section(int offset, int size, long address) {}

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/bin/bash",
        "/usr/lib/x86_64-linux-gnu/libc.so.6",
        "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
        "/usr/bin/python3"
      })
  void boundaries(String name) throws IOException {
    Path file = Path.of(name);
    assumeTrue(Objdump.available() && Files.isReadable(file), "needs objdump and " + name);
    Section text = section(file);
    assumeTrue(text != null, "no x86-64 code");
    byte[] bytes = Files.readAllBytes(file);
    Decoder decoder = new Decoder(64);
    KnownDifferences known = new KnownDifferences(64);
    Insn insn = new Insn();
    List<String> differences = new ArrayList<>();
    int same = 0;
    for (Objdump.Located line : Objdump.code(file)) {
      int at = Math.toIntExact(line.address() - text.address);
      decoder.decode(bytes, text.offset + at, text.size - at, line.address(), insn);
      boolean invalid = KnownDifferences.isInvalid(insn);
      Objdump.Line theirs = line.line();
      if (invalid ? theirs.bad() : !theirs.bad() && insn.length == theirs.length()) {
        same++;
        continue;
      }
      byte[] window = new byte[Decoder.MAX_LENGTH];
      System.arraycopy(bytes, text.offset + at, window, 0, Math.min(window.length, text.size - at));
      if (known.explain(window, insn, theirs) == null) {
        differences.add(
            HexFormat.of().formatHex(window) + " " + insn.mnemonic + "; objdump: " + theirs.text());
      }
    }
    assertEquals(List.of(), differences);
    assertTrue(same > 100_000, same + " instructions");
  }

  private static Section section(Path file) throws IOException {
    Process process =
        new ProcessBuilder("objdump", "-h", "-w", file.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Section found = null;
    boolean amd64 = false;
    try (BufferedReader lines = process.inputReader(StandardCharsets.ISO_8859_1)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        amd64 |= line.contains("elf64-x86-64");
        String[] words = line.trim().split("\\s+", -1);
        if (words.length > 5 && words[1].equals(".text")) {
          found =
              new Section(
                  Integer.parseInt(words[5], 16),
                  Integer.parseInt(words[2], 16),
                  Long.parseLong(words[3], 16));
        }
      }
    }
    return amd64 ? found : null;
  }
}
