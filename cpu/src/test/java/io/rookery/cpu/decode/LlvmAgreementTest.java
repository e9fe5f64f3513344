package io.rookery.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Length and validity of random and of nearly right strings are those that LLVM's disassembler
 * gives. The strings are those of {@link ObjdumpAgreementTest}.
 */
@Timeout(value = 4, unit = TimeUnit.HOURS)
class LlvmAgreementTest {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final int STRINGS = FULL ? 100_000 : 30_000;
  private static final int ROUNDS = FULL ? 50 : 1;
  private static final int SHOWN = 20;

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void agrees(int mode) throws IOException {
    assumeTrue(LlvmObjdump.available(), "no llvm-objdump on this host");
    List<OpcodeTable.Entry> rows = OpcodeTable.read(Path.of("src/main/tables"));
    Decoder decoder = new Decoder(mode);
    KnownLlvmDifferences known = new KnownLlvmDifferences(mode);
    Insn insn = new Insn();
    List<String> unexplained = new ArrayList<>();
    int valid = 0;
    for (int round = 0; round < ROUNDS; round++) {
      EncodingStrings source = new EncodingStrings(1000L * mode + round, rows, mode);
      List<byte[]> strings = new ArrayList<>(STRINGS);
      for (int i = 0; i < STRINGS; i++) {
        strings.add(source.next());
      }
      List<Objdump.Line> lines = LlvmObjdump.first(strings, mode);
      for (int i = 0; i < STRINGS; i++) {
        byte[] bytes = strings.get(i);
        Objdump.Line line = lines.get(i);
        decoder.decode(bytes, 0, bytes.length, 0, insn);
        boolean invalid = KnownDifferences.isInvalid(insn);
        boolean same = invalid ? line.bad() : !line.bad() && insn.length == line.length();
        if (!same && known.explain(bytes, insn, line) == null) {
          unexplained.add(
              String.format(
                  "%s: %s, %d bytes; llvm-objdump: %s, %d bytes",
                  HexFormat.of().formatHex(bytes),
                  insn.mnemonic,
                  insn.length,
                  line.text(),
                  line.length()));
        }
        valid += invalid ? 0 : 1;
      }
    }
    java.nio.file.Files.write(Path.of("/tmp/insn/llvm"+mode+".txt"), unexplained);
    int shown = Math.min(unexplained.size(), SHOWN);
    assertEquals(List.of(), unexplained.subList(0, shown), unexplained.size() + " differences");
    assertTrue(valid > STRINGS / 2, "most strings are instructions, not only " + valid);
  }
}
