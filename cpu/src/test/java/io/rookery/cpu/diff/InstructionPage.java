package io.rookery.cpu.diff;

import io.rookery.cpu.decode.Beyond;
import io.rookery.cpu.decode.EncodingForms;
import io.rookery.cpu.decode.EncodingForms.Form;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes docs/instructions.md from the decoder's tables. */
final class InstructionPage {
  private static final int HERE = 0;
  private static final int CHILD = 1;
  private static final int EXEMPT = 2;

  /** A row of the tables with the modes that have it. */
  private record Line(Form form, List<Integer> modes) {}

  private InstructionPage() {}

  static String markdown() throws IOException {
    Map<String, Line> lines = new LinkedHashMap<>();
    int[] counts = new int[3];
    int[] forms = new int[2];
    for (int mode : new int[] {64, 32}) {
      for (Form form : EncodingForms.all(mode)) {
        String key = form.encoding() + " " + form.instruction();
        Line line = lines.computeIfAbsent(key, k -> new Line(form, new ArrayList<>()));
        if (!line.modes.contains(mode)) {
          line.modes.add(mode);
        }
        counts[kind(form)]++;
        forms[mode == 64 ? 0 : 1]++;
      }
    }
    StringBuilder out = new StringBuilder();
    out.append(
        String.format(
            """
            # Instructions

            Generated from `cpu/src/main/tables` by `InstructionPageTest`; do not edit. What the notation means stands in the README
            there. What is not listed is #UD.

            The tables have %,d rows; with their operand sizes, register or memory operands, vector lengths and LOCK or REP prefixes
            these are %,d forms in 64-bit mode and %,d in 32-bit mode. Of these %,d forms
            - %,d are compared with the host's processor, in the process of the test and in a child process ("host"),
            - %,d in a child process only, since they always fault or change what the JVM needs ("child"),
            - %,d are exempt, for the reason given.

            "CPUID" is the bit that tells of the instruction, as /proc/cpuinfo names it; the second one is for 256-bit operands.
            `CpuModel` says which models have it. RCPPS, RCPSS, RSQRTPS, RSQRTSS and the x87 transcendental instructions are held to
            the error that the SDM allows.

            Missing: #AC. Programs can set EFLAGS.AC, but unaligned operands do not fault then.

            | Encoding | Instruction | CPUID | Modes | Compared |
            |---|---|---|---|---|
            """,
            lines.size(),
            forms[0],
            forms[1],
            forms[0] + forms[1],
            counts[HERE],
            counts[CHILD],
            counts[EXEMPT]));
    for (Line line : lines.values()) {
      Form form = line.form;
      out.append("| ").append(form.encoding());
      out.append(" | ").append(form.instruction());
      out.append(" | ").append(form.feature());
      out.append(" | ").append(line.modes.size() == 2 ? "both" : line.modes.getFirst());
      out.append(" | ").append(compared(form)).append(" |\n");
    }
    out.append(
        """

        ## Extensions that are #UD

        Whatever the host has. `MnemonicCoverageTest` finds every mnemonic that objdump knows above or here.

        | Extension | objdump's mnemonics (regular expression) |
        |---|---|
        """);
    for (Beyond.Extension extension : Beyond.extensions()) {
      out.append("| ").append(extension.name());
      out.append(" | `").append(extension.mnemonics().replace("|", "\\|"));
      out.append(extension.operands().isEmpty() ? "`" : "` with " + extension.operands());
      out.append(" |\n");
    }
    return out.toString();
  }

  private static int kind(Form form) {
    return Exempt.reason(form) != null ? EXEMPT : Exempt.onlyInChild(form) ? CHILD : HERE;
  }

  private static String compared(Form form) {
    return switch (kind(form)) {
      case EXEMPT -> "exempt: " + Exempt.reason(form);
      case CHILD -> "child";
      default -> "host";
    };
  }
}
