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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Length and validity of random and of nearly right strings are those that objdump gives. */
@Timeout(value = 4, unit = TimeUnit.HOURS)
class ObjdumpAgreementTest {
  private static final int STRINGS = 100_000;
  private static final int ROUNDS = Boolean.getBoolean("rookery.full") ? 50 : 1;
  private static final int SHOWN = 20;

  @BeforeEach
  void objdumpIsThere() {
    assumeTrue(Objdump.available(), "no objdump on this host");
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void agrees(int mode) throws IOException {
    List<OpcodeTable.Entry> rows = OpcodeTable.read(Path.of("src/main/tables"));
    Decoder decoder = new Decoder(mode);
    KnownDifferences known = new KnownDifferences(mode);
    Insn insn = new Insn();
    List<String> unexplained = new ArrayList<>();
    int valid = 0;
    for (int round = 0; round < ROUNDS; round++) {
      EncodingStrings source = new EncodingStrings(1000L * mode + round, rows, mode);
      List<byte[]> strings = new ArrayList<>(STRINGS);
      for (int i = 0; i < STRINGS; i++) {
        strings.add(source.next());
      }
      List<Objdump.Line> lines = Objdump.first(strings, mode);
      for (int i = 0; i < STRINGS; i++) {
        byte[] bytes = strings.get(i);
        Objdump.Line line = lines.get(i);
        decoder.decode(bytes, 0, bytes.length, 0, insn);
        boolean invalid = KnownDifferences.isInvalid(insn);
        boolean same = invalid ? line.bad() : !line.bad() && insn.length == line.length();
        if (!same && known.explain(bytes, insn, line) == null) {
          unexplained.add(
              String.format(
                  "%s: %s, %d bytes; objdump: %s, %d bytes",
                  HexFormat.of().formatHex(bytes),
                  insn.mnemonic,
                  insn.length,
                  line.text(),
                  line.length()));
        }
        valid += invalid ? 0 : 1;
      }
    }
    int shown = Math.min(unexplained.size(), SHOWN);
    assertEquals(List.of(), unexplained.subList(0, shown), unexplained.size() + " differences");
    assertTrue(valid > STRINGS / 2, "most strings are instructions, not only " + valid);
  }
}
