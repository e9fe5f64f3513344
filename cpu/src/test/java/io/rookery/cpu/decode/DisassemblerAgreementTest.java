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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Length and validity of random and of nearly right strings are those that GNU objdump and LLVM's
 * objdump give. Where they are not, the tables of known differences say why, or the two disagree
 * and the host's processor decides.
 */
class DisassemblerAgreementTest {
  private static final boolean FULL = Boolean.getBoolean("rookery.full");
  private static final int STRINGS = FULL ? 100_000 : 50_000;
  private static final int ROUNDS = FULL ? 50 : 1;
  private static final int SHOWN = 20;

  /** The share of strings that no table explains but the processor decides is at most 1 in this. */
  private static final int FEW = 1000;

  private static final String DECIDED = "the processor decides";

  @TempDir private Path folder;

  private final Map<String, Integer> reasons = new TreeMap<>();
  private final List<String> unexplained = new ArrayList<>();

  /** Strings without a reason, which the processor is asked about. */
  private final List<byte[]> doubted = new ArrayList<>();

  private final List<byte[]> doubtedByLlvm = new ArrayList<>();

  @ParameterizedTest
  @ValueSource(ints = {64, 32})
  void agrees(int mode) throws IOException, InterruptedException {
    assumeTrue(Objdump.available(), "no objdump on this host");
    boolean llvm = LlvmObjdump.available();
    assertTrue(llvm || !FULL, "-Pfull needs llvm-objdump");
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
        Objdump.Line gnu = gnuLines.get(i);
        Objdump.Line other = llvmLines.get(i);
        if (!isSame(insn, gnu) && !reason(known.explain(bytes, insn, gnu))) {
          doubted.add(bytes);
        } else if (llvm
            && !isSame(insn, other)
            && !reason(knownOfLlvm.explain(bytes, insn, other))) {
          doubtedByLlvm.add(bytes);
        }
        valid += KnownDifferences.isInvalid(insn) ? 0 : 1;
      }
    }
    NativeDecoder processor = NativeDecoder.build(folder);
    decide(doubted, processor, mode);
    if (processor != null) {
      decide(doubtedByLlvm, processor, mode);
    }
    System.err.printf(
        "%d-bit: %d strings, %d valid; differences by reason: %s%n",
        mode, ROUNDS * STRINGS, valid, reasons);
    int shown = Math.min(unexplained.size(), SHOWN);
    assertEquals(List.of(), unexplained.subList(0, shown), unexplained.size() + " differences");
    assertTrue(valid > ROUNDS * STRINGS / 2, "most are instructions, not only " + valid);
    if (!llvm || LlvmObjdump.isKnownVersion()) {
      int decided = reasons.getOrDefault(DECIDED, 0);
      assertTrue(decided <= ROUNDS * STRINGS / FEW, decided + " left to the processor to decide");
    }
    assumeTrue(
        processor != null || doubtedByLlvm.isEmpty(),
        doubtedByLlvm.size() + " differences from LLVM, and no processor to decide");
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

  private void decide(List<byte[]> strings, @Nullable NativeDecoder processor, int mode)
      throws IOException {
    Decoder decoder = new Decoder(mode);
    Insn insn = new Insn();
    List<NativeDecoder.Answer> answers =
        processor == null || strings.isEmpty() ? List.of() : processor.ask(strings, mode);
    for (int i = 0; i < strings.size(); i++) {
      byte[] bytes = strings.get(i);
      decoder.decode(bytes, 0, bytes.length, 0, insn);
      NativeDecoder.Answer answer = answers.isEmpty() ? null : answers.get(i);
      if (answer != null && answer.isKnown(insn) && answer.agrees(insn)) {
        reasons.merge(DECIDED, 1, Integer::sum);
      } else {
        unexplained.add(
            String.format(
                "%s: %s, %d bytes; the processor: %s",
                HexFormat.of().formatHex(bytes), insn.mnemonic, insn.length, answer));
      }
    }
  }
}
