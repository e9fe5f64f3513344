package io.rookery.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Length and validity of random and of nearly right strings are those of an Intel processor, where
 * it has the extensions that the tables know; what else it has is told by objdump.
 */
class HardwareAgreementTest {
  private static final int STRINGS = 50_000;
  private static final int ROUNDS = Boolean.getBoolean("rookery.full") ? 100 : 1;
  private static final int SHOWN = 20;

  @TempDir private Path folder;
  private NativeDecoder processor;

  @BeforeEach
  void buildChild() throws IOException, InterruptedException {
    assumeTrue(Objdump.available(), "no objdump on this host");
    processor = NativeDecoder.build(folder);
    assumeTrue(processor != null, "no gcc, or no Intel processor with all that the tables know");
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
      List<NativeDecoder.Answer> answers = processor.ask(strings, mode);
      for (int i = 0; i < STRINGS; i++) {
        byte[] bytes = strings.get(i);
        NativeDecoder.Answer answer = answers.get(i);
        decoder.decode(bytes, 0, bytes.length, 0, insn);
        if (!answer.isKnown(insn) || known.isBeyond(bytes, lines.get(i).text())) {
          continue;
        }
        compared++;
        if (!answer.agrees(insn)) {
          differences.add(
              String.format(
                  "%s: %s, %d bytes; the processor: %s",
                  HexFormat.of().formatHex(bytes), insn.mnemonic, insn.length, answer));
        }
      }
    }
    int shown = Math.min(differences.size(), SHOWN);
    assertEquals(List.of(), differences.subList(0, shown), differences.size() + " differences");
    assertTrue(compared > STRINGS / 2, compared + " compared");
  }
}
