package io.rookery.cpu.decode;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where GNU objdump 2.40 to 2.44 and the processor differ. Each was decided by single-stepping the
 * strings on an Intel processor (Sapphire Rapids), in both modes.
 */
final class KnownDifferences {
  /** How objdump shows a prefix that the instruction has no use for. */
  private static final Pattern SUPERFLUOUS =
      Pattern.compile("(^| )(data16|data32|repz|repnz|lock)( |$)");

  private static final Pattern PREFIX =
      Pattern.compile(
          "(rex64|rex(\\.[WRXB]+)?|data16|data32|addr16|addr32|lock|repn?[ze]?|[cdefgs]s|xacquire|xrelease"
              + "|notrack|bnd|\\{[^}]*\\}|fwait)(,p[nt])?(\\s+|$)");

  private static final Pattern NO_REGISTER = Pattern.compile("%(cr|db|tr|\\?)|mov .*,%cs( |$)");

  /** x87 encodings that objdump does not know and processors have. */
  private static final int[][] X87_ALIASES = {
    {0xd9, 3}, {0xdc, 2}, {0xdc, 3}, {0xdd, 1}, {0xde, 2}, {0xdf, 1}, {0xdf, 2}, {0xdf, 3}
  };

  private final Decoder decoder;
  private final int mode;
  private final Insn other = new Insn();

  KnownDifferences(int mode) {
    this.decoder = new Decoder(mode);
    this.mode = mode;
  }

  /** Why {@code ours} and {@code theirs} may differ, or null where they may not. */
  @Nullable String explain(byte[] bytes, Insn ours, Objdump.Line theirs) {
    boolean invalid = isInvalid(ours);
    int prefixes = prefixLength(bytes);
    String name = mnemonic(theirs.text());
    if (deadRex(bytes, prefixes)) {
      return "objdump gives prefixes before a superseded REX to nobody";
    }
    if (ours.mnemonic == Mnemonic.FWAIT || bytes[prefixes] == (byte) 0x9b) {
      return "objdump takes FWAIT for a prefix";
    }
    if (invalid && Beyond.isEncoded(bytes, prefixes)) {
      return "beyond x86-64-v3";
    }
    if (invalid && !theirs.bad()) {
      if (isBeyond(bytes, theirs.text())) {
        return "beyond x86-64-v3";
      }
      if (NO_REGISTER.matcher(theirs.text()).find()) {
        return "registers that do not exist or cannot be loaded";
      }
      if (mode == 32 && name.matches("syscall|sysret.?|swapgs|(rd|wr)[fg]sbase")) {
        return "64-bit mode only, by Intel's rule";
      }
      if (theirs.length() > Decoder.MAX_LENGTH) {
        return "objdump allows more than 15 bytes when it splits";
      }
      if (SUPERFLUOUS.matcher(theirs.text()).find() && isValidWithout(bytes, prefixes)) {
        return "objdump ignores prefixes that make an instruction undefined";
      }
      if (vexPrefixed(bytes, prefixes)) {
        return "objdump ignores legacy prefixes of VEX instructions";
      }
      if (name.matches("v(ld|st)mxcsr|vzero(upper|all)")) {
        return "objdump ignores VEX.pp and VEX.W";
      }
    }
    if (!invalid && theirs.bad()) {
      if (isX87Alias(bytes, prefixes)) {
        return "x87 alias";
      }
      switch (ours.mnemonic) {
        case LFENCE, MFENCE, SFENCE -> {
          return "ModRM.rm of fences is ignored";
        }
        case NOP -> {
          return "hint of an extension that is off";
        }
        case SALC -> {
          return "undocumented";
        }
        case BSF, BSR, WBINVD, INVD -> {
          return "REP prefixes mean nothing here";
        }
        default -> {}
      }
    }
    return null;
  }

  /** Whether objdump sees an extension in {@code bytes} that is #UD here whatever the host has. */
  boolean isBeyond(byte[] bytes, String text) {
    int opcode = prefixLength(bytes);
    return Beyond.contains(bytes[opcode], instruction(text)) || Beyond.isEncoded(bytes, opcode);
  }

  static boolean isInvalid(Insn insn) {
    return insn.mnemonic == Mnemonic.INVALID || insn.mnemonic == Mnemonic.TOO_LONG;
  }

  /** objdump's text without prefixes. */
  static String instruction(String text) {
    Matcher matcher = PREFIX.matcher(text);
    int start = 0;
    while (matcher.find(start) && matcher.start() == start) {
      start = matcher.end();
    }
    return text.substring(start);
  }

  /** objdump's mnemonic. */
  static String mnemonic(String text) {
    String instruction = instruction(text);
    int end = instruction.indexOf(' ');
    return end < 0 ? instruction : instruction.substring(0, end);
  }

  private boolean isPrefix(int b) {
    return switch (b) {
      case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 -> true;
      default -> isRex(b);
    };
  }

  private boolean isRex(int b) {
    return mode == 64 && (b & 0xf0) == 0x40;
  }

  int prefixLength(byte[] bytes) {
    int n = 0;
    while (n < bytes.length - 1 && isPrefix(bytes[n] & 0xff)) {
      n++;
    }
    return n;
  }

  boolean deadRex(byte[] bytes, int prefixes) {
    for (int i = 0; i + 1 < prefixes; i++) {
      if (isRex(bytes[i] & 0xff)) {
        return true;
      }
    }
    return false;
  }

  boolean vexPrefixed(byte[] bytes, int prefixes) {
    int opcode = bytes[prefixes] & 0xff;
    if (opcode != 0xc4 && opcode != 0xc5) {
      return false;
    }
    for (int i = 0; i < prefixes; i++) {
      int b = bytes[i] & 0xff;
      if (b == 0x66 || b >= 0xf0 || isRex(b)) {
        return true;
      }
    }
    return false;
  }

  static boolean isX87Alias(byte[] bytes, int prefixes) {
    for (int[] alias : X87_ALIASES) {
      if ((bytes[prefixes] & 0xff) == alias[0] && (bytes[prefixes + 1] >>> 3 & 7) == alias[1]) {
        return true;
      }
    }
    return false;
  }

  /** Whether the string is an instruction once some of LOCK, 66, F2 and F3 are taken away. */
  boolean isValidWithout(byte[] bytes, int prefixes) {
    byte neutral = 0x3e;
    for (int kinds = 1; kinds < 16; kinds++) {
      byte[] copy = bytes.clone();
      for (int i = 0; i < prefixes; i++) {
        boolean drop =
            switch (bytes[i] & 0xff) {
              case 0xf0 -> (kinds & 1) != 0;
              case 0x66 -> (kinds & 2) != 0;
              case 0xf2 -> (kinds & 4) != 0;
              case 0xf3 -> (kinds & 8) != 0;
              default -> false;
            };
        if (drop) {
          copy[i] = neutral;
        }
      }
      decoder.decode(copy, 0, copy.length, 0, other);
      if (!isInvalid(other)) {
        return true;
      }
    }
    return false;
  }
}
