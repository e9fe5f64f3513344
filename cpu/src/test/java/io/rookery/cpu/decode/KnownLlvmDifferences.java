package io.rookery.cpu.decode;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where LLVM's disassembler (version 14) and the processor differ. {@link HardwareAgreementTest}
 * asks the processor about strings of the same kinds.
 */
final class KnownLlvmDifferences {
  private static final Pattern NO_REGISTER = Pattern.compile("%cr|%dr|%db|, %cs( |$)");
  private static final Pattern LONG_MODE_ONLY =
      Pattern.compile("syscall|sysret.?|swapgs|(rd|wr)[fg]sbase.?");

  private final KnownDifferences shared;
  private final int mode;

  KnownLlvmDifferences(int mode) {
    this.shared = new KnownDifferences(mode);
    this.mode = mode;
  }

  /** Why {@code ours} and {@code theirs} may differ, or null where they may not. */
  @Nullable String explain(byte[] bytes, Insn ours, Objdump.Line theirs) {
    int prefixes = shared.prefixLength(bytes);
    boolean invalid = KnownDifferences.isInvalid(ours);
    if (shared.deadRex(bytes, prefixes)) {
      return "LLVM gives prefixes before a superseded REX to nobody";
    }
    if (invalid && !theirs.bad()) {
      return undefined(bytes, prefixes, theirs);
    }
    if (!invalid && theirs.bad()) {
      return unknown(bytes, prefixes, ours);
    }
    if (!invalid && has(bytes, prefixes, 0x66)) {
      switch (ours.mnemonic) {
        case JCC, JMP, CALL, RET -> {
          return mode == 64
              ? "LLVM has AMD's rule for 66 before near branches"
              : "LLVM ignores 66 before near branches with F2 or F3";
        }
        default -> {}
      }
    }
    return !invalid && bothPrefixes(bytes, prefixes)
        ? "LLVM confuses 66 or 67 with F2 or F3"
        : null;
  }

  /** Where LLVM knows an instruction. */
  private @Nullable String undefined(byte[] bytes, int prefixes, Objdump.Line theirs) {
    String name = KnownDifferences.mnemonic(theirs.text());
    if (shared.isBeyond(bytes, theirs.text())) {
      return "beyond x86-64-v3";
    }
    if (NO_REGISTER.matcher(theirs.text()).find()) {
      return "registers that do not exist or cannot be loaded";
    }
    if (mode == 32 && LONG_MODE_ONLY.matcher(name).matches()) {
      return "64-bit mode only, by Intel's rule";
    }
    if (theirs.length() > Decoder.MAX_LENGTH) {
      return "LLVM allows more than 15 bytes when it splits";
    }
    if (shared.isValidWithout(bytes, prefixes)) {
      return "LLVM ignores prefixes that make an instruction undefined";
    }
    if (shared.vexPrefixed(bytes, prefixes)) {
      return "LLVM ignores legacy prefixes of VEX instructions";
    }
    return name.matches("vp?gather.*") ? "LLVM allows gathers onto their index or mask" : null;
  }

  /** Where LLVM knows no instruction. */
  private static @Nullable String unknown(byte[] bytes, int prefixes, Insn ours) {
    if (KnownDifferences.isX87Alias(bytes, prefixes)) {
      return "x87 alias";
    }
    int group = bytes[prefixes + 1] >>> 3 & 7;
    switch (ours.mnemonic) {
      case NOP -> {
        return "hint of an extension that is off";
      }
      case INT1, SALC, UD0, UD1 -> {
        return "unknown to LLVM";
      }
      case SHL -> {
        return group == 6 ? "alias" : null;
      }
      case TEST -> {
        return group == 1 ? "alias" : null;
      }
      case MOV -> {
        if (ours.kind[0] == Insn.CONTROL || ours.kind[1] == Insn.CONTROL) {
          return "ModRM.mod is ignored";
        }
      }
      case LFENCE, MFENCE, SFENCE -> {
        return "ModRM.rm of fences is ignored";
      }
      case BSF, BSR, WBINVD, INVD -> {
        return "REP prefixes mean nothing here";
      }
      default -> {}
    }
    return bothPrefixes(bytes, prefixes) ? "LLVM confuses 66 or 67 with F2 or F3" : null;
  }

  private static boolean bothPrefixes(byte[] bytes, int prefixes) {
    boolean size = has(bytes, prefixes, 0x66) || has(bytes, prefixes, 0x67);
    return size && (has(bytes, prefixes, 0xf2) || has(bytes, prefixes, 0xf3));
  }

  private static boolean has(byte[] bytes, int prefixes, int prefix) {
    for (int i = 0; i < prefixes; i++) {
      if ((bytes[i] & 0xff) == prefix) {
        return true;
      }
    }
    return false;
  }
}
