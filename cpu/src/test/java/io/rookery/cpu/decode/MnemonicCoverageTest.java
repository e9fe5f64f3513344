package io.rookery.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every mnemonic that objdump knows is an instruction of the tables, under the same name, or one of
 * {@link Beyond}. The forms of the tables are each compared with the processor.
 */
class MnemonicCoverageTest {
  private static final Path LIST =
      Path.of("src/test/resources/io/rookery/cpu/decode/mnemonics.txt");

  private static final int STRINGS = 50_000;
  private static final int ROUNDS = Boolean.getBoolean("rookery.full") ? 20 : 1;

  private final List<String> failures = new ArrayList<>();
  private int covered;

  /** Libraries for which CI would have to install much: their mnemonics are in a file. */
  @Test
  void mnemonicsOfRealLibraries() throws IOException {
    Decoder decoder = new Decoder(64);
    KnownDifferences known = new KnownDifferences(64);
    Insn insn = new Insn();
    for (String line : Files.readAllLines(LIST)) {
      if (line.startsWith("#")) {
        continue;
      }
      String[] words = line.split(" ", -1);
      byte[] bytes = HexFormat.of().parseHex(words[1]);
      decoder.decode(bytes, 0, bytes.length, 0, insn);
      byte[] window = java.util.Arrays.copyOf(bytes, Decoder.MAX_LENGTH);
      check(words[0], window, insn, known, new Objdump.Line(bytes.length, words[0]));
    }
    assertEquals(List.of(), failures);
    assertTrue(covered > 500, covered + " mnemonics");
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void mnemonicsOfRandomStrings(int mode) throws IOException {
    assumeTrue(Objdump.available(), "no objdump on this host");
    List<OpcodeTable.Entry> rows = OpcodeTable.read(Path.of("src/main/tables"));
    Decoder decoder = new Decoder(mode);
    KnownDifferences known = new KnownDifferences(mode);
    Insn insn = new Insn();
    Map<String, byte[]> seen = new TreeMap<>();
    for (int round = 0; round < ROUNDS; round++) {
      EncodingStrings source = new EncodingStrings(5000L * mode + round, rows, mode);
      List<byte[]> strings = new ArrayList<>(STRINGS);
      for (int i = 0; i < STRINGS; i++) {
        strings.add(source.next());
      }
      List<Objdump.Line> lines = Objdump.first(strings, mode, Objdump.INTEL_SYNTAX);
      for (int i = 0; i < STRINGS; i++) {
        Objdump.Line line = lines.get(i);
        byte[] bytes = strings.get(i);
        decoder.decode(bytes, 0, bytes.length, 0, insn);
        boolean valid = !KnownDifferences.isInvalid(insn);
        String mnemonic = KnownDifferences.mnemonic(line.text());
        if (line.bad() || mnemonic.isEmpty() || (valid && insn.length != line.length())) {
          continue; // DisassemblerAgreementTest's concern
        }
        String key = mnemonic + (valid ? "" : " invalid");
        if (seen.putIfAbsent(key, bytes) == null) {
          check(mnemonic, bytes, insn, known, line);
        }
      }
    }
    assertEquals(List.of(), failures);
    assertTrue(covered > 600, covered + " mnemonics");
  }

  private void check(
      String mnemonic, byte[] bytes, Insn insn, KnownDifferences known, Objdump.Line line) {
    boolean fine =
        KnownDifferences.isInvalid(insn)
            ? known.explain(bytes, insn, line) != null
            : MnemonicNames.same(mnemonic, insn) || known.explain(bytes, insn, line) != null;
    covered += fine && !KnownDifferences.isInvalid(insn) ? 1 : 0;
    if (!fine) {
      failures.add(
          HexFormat.of().formatHex(bytes) + ": " + line.text() + ", here " + insn.mnemonic);
    }
  }
}
