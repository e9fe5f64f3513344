package io.rookery.cpu.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.jspecify.annotations.Nullable;

/**
 * Length and validity of random and of nearly right strings are those that GNU objdump and LLVM's
 * objdump give. Where they are not, the tables of known differences say why, or the two disagree and
 * the host's processor decides.
 */
@Timeout(value = 4, unit = TimeUnit.HOURS)
class DisassemblerAgreementTest {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final int STRINGS = FULL ? 100_000 : 50_000;
  private static final int ROUNDS = FULL ? 50 : 1;
  private static final int SHOWN = 20;

  /** The share of strings that no table explains but the processor decides is at most 1 in this. */
  private static final int DECIDED = 1000;

  @TempDir private Path folder;

  private final Map<String, Integer> reasons = new TreeMap<>();
  private final List<String> unexplained = new ArrayList<>();

  /** Strings without a reason, which the processor is asked about. */
  private final List<byte[]> open = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void agrees(int mode) throws IOException, InterruptedException {
    assumeTrue(Objdump.available(), "no objdump on this host");
    boolean llvm = LlvmObjdump.available();
    List<OpcodeTable.Entry> rows = OpcodeTable.read(Path.of("src/main/tables"));
    Decoder decoder = new Decoder(mode);
    KnownDifferences known = new KnownDifferences(mode);
    KnownLlvmDifferences knownOfLlvm = new KnownLlvmDifferences(mode);
    Insn insn = new Insn();
    int valid = 0;
    for (int round = 0; round < ROUNDS; round++) {
      EncodingStrings source = new EncodingStrings(1000L * mode + round, rows, mode);
      List<byte[]> strings = new ArrayList<>(STRINGS);
      for (int i = 0; i < STRINGS; i++) {
        strings.add(source.next());
      }
      List<Objdump.Line> gnuLines = Objdump.first(strings, mode);
      List<Objdump.Line> llvmLines = llvm ? LlvmObjdump.first(strings, mode) : gnuLines;
      for (int i = 0; i < STRINGS; i++) {
        byte[] bytes = strings.get(i);
        decoder.decode(bytes, 0, bytes.length, 0, insn);
        boolean fine = isSame(insn, gnuLines.get(i)) || reason(known.explain(bytes, insn, gnuLines.get(i)));
        if (llvm) {
          Objdump.Line line = llvmLines.get(i);
          fine &= isSame(insn, line) || reason(knownOfLlvm.explain(bytes, insn, line));
        }
        if (!fine) {
          open.add(bytes);
        }
        valid += KnownDifferences.isInvalid(insn) ? 0 : 1;
      }
    }
    askTheProcessor(mode, decoder);
    System.err.printf(
        "%d-bit: %d strings, %d valid; differences by reason: %s%n",
        mode, ROUNDS * STRINGS, valid, reasons);
    int shown = Math.min(unexplained.size(), SHOWN);
    assertEquals(List.of(), unexplained.subList(0, shown), unexplained.size() + " differences");
    assertTrue(valid > ROUNDS * STRINGS / 2, "most are instructions, not only " + valid);
    assertTrue(
        open.size() <= ROUNDS * STRINGS / DECIDED, open.size() + " left to the processor to decide");
  }

  private static boolean isSame(Insn ours, Objdump.Line theirs) {
    return KnownDifferences.isInvalid(ours)
        ? theirs.bad()
        : !theirs.bad() && ours.length == theirs.length();
  }

  private boolean reason(@Nullable String reason) {
    if (reason != null) {
      reasons.merge(reason, 1, Integer::sum);
    }
    return reason != null;
  }

  private void askTheProcessor(int mode, Decoder decoder) throws IOException, InterruptedException {
    if (open.isEmpty()) {
      return;
    }
    NativeDecoder processor = NativeDecoder.build(folder);
    assumeTrue(processor != null, open.size() + " differences, and no processor to decide");
    List<NativeDecoder.Answer> answers = processor.ask(open, mode);
    Insn insn = new Insn();
    for (int i = 0; i < open.size(); i++) {
      byte[] bytes = open.get(i);
      decoder.decode(bytes, 0, bytes.length, 0, insn);
      NativeDecoder.Answer answer = answers.get(i);
      if (answer.isKnown(insn) && answer.agrees(insn)) {
        reasons.merge("the processor decides", 1, Integer::sum);
      } else {
        unexplained.add(
            String.format(
                "%s: %s, %d bytes; the processor: %s",
                HexFormat.of().formatHex(bytes), insn.mnemonic, insn.length, answer));
      }
    }
  }
}
