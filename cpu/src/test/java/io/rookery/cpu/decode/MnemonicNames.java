package io.rookery.cpu.decode;

import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Whether objdump, in Intel's syntax, and the decoder mean the same instruction. */
final class MnemonicNames {
  private static final String[] CONDITIONS = {
    "O", "NO", "B", "AE", "E", "NE", "BE", "A", "S", "NS", "P", "NP", "L", "GE", "LE", "G"
  };

  /** Where objdump shows the operand size in the name. */
  private static final Pattern SIZED =
      Pattern.compile(
          "(CALL|JMP|PUSHF?|POPF?|PUSHA|POPA|LEAVE|ENTER|RETF?|IRET|SYSRET|SYSEXIT|[SL][GI]DT|FN?SAVE"
              + "|FNSTENV|FLDENV|FRSTOR|V?PCMPESTR[IM])[WDQ]");

  private static final Pattern COMPARISON = Pattern.compile("V?CMP[A-Z_]*([PS][SD])");
  private static final Pattern CARRYLESS = Pattern.compile("V?PCLMUL[LH]Q[LH]QDQ");

  /** Hints that do nothing here, by the extensions that objdump knows. */
  private static final Pattern HINT =
      Pattern.compile(
          "NOP.?|RESERVEDNOP|XCHG|ENDBR(32|64)|PREFETCH.*|CLDEMOTE|RDSSP.|BND.*"
              + "|FN(ENI|DISI|SETPM)\\(.*");

  /** An FWAIT and what objdump takes it together with. */
  private static final Set<String> WITH_FWAIT =
      Set.of("FWAIT", "FSTCW", "FSTENV", "FSTSW", "FSAVE", "FCLEX", "FINIT");

  private MnemonicNames() {}

  static boolean same(String objdump, Insn insn) {
    String name = objdump.toUpperCase(Locale.ROOT);
    return switch (insn.mnemonic) {
      case JCC -> name.equals("J" + CONDITIONS[insn.condition]);
      case SETCC -> name.equals("SET" + CONDITIONS[insn.condition]);
      case CMOVCC -> name.equals("CMOV" + CONDITIONS[insn.condition]);
      case CBW -> Set.of("CBW", "CWDE", "CDQE").contains(name);
      case CWD -> Set.of("CWD", "CDQ", "CQO").contains(name);
      case JCXZ -> Set.of("JCXZ", "JECXZ", "JRCXZ").contains(name);
      case FWAIT -> WITH_FWAIT.contains(name);
      case NOP -> HINT.matcher(name).matches();
      default -> insn.mnemonic.name().equals(canonical(name, insn));
    };
  }

  private static String canonical(String objdump, Insn insn) {
    String name = objdump;
    var comparison = COMPARISON.matcher(name);
    boolean packed = !name.equals("CMPS") && comparison.matches();
    if (packed) {
      name = "CMP" + comparison.group(1);
    } else if (CARRYLESS.matcher(name).matches()) {
      name = "PCLMULQDQ";
    } else if (SIZED.matcher(name).matches()) {
      name = name.substring(0, name.length() - 1);
    }
    if (insn.vex && name.startsWith("V") && !insn.mnemonic.name().startsWith("V")) {
      name = name.substring(1);
    }
    if (name.matches("F?X(SAVE|RSTOR).*64")) {
      name = name.substring(0, name.length() - 2);
    }
    return switch (name) {
      case "MOVABS" -> "MOV";
      case "SAL" -> "SHL";
      case "MOVSD" -> "MOVSD_XMM";
      case "CMPSD" -> "CMPSD_XMM";
      case "CALL", "JMP" -> insn.mnemonic.name().equals(name + "F") ? name + "F" : name;
      case "ICEBP" -> "INT1";
      case "WBNOINVD" -> "WBINVD";
      default -> name;
    };
  }
}
