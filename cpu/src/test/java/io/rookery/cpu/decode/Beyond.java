package io.rookery.cpu.decode;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Extensions that are #UD in every model, whatever the host has: beyond x86-64-v3, given up by
 * their vendors, or for operating systems that have turned them on.
 */
public final class Beyond {
  /**
   * An extension.
   *
   * @param mnemonics objdump's names of its instructions
   * @param operands what their operands must contain, as objdump shows them
   */
  public record Extension(String name, String mnemonics, String operands) {}

  private static final byte EVEX = 0x62;

  /** What begins with an EVEX prefix is AVX-512, by whatever name. */
  private static final Extension AVX_512 =
      new Extension("AVX-512, AVX10 (EVEX prefix)", "k[a-z]+[bwdq]", "");

  private static final List<Extension> ALL =
      List.of(
          AVX_512,
          new Extension("AMX", "tile.*|td.*|(ld|st)tilecfg", ""),
          new Extension("VAES, VPCLMULQDQ (256 bits)", "vaes.*|vpclmul.*", "ymm"),
          new Extension("GFNI", "v?gf2p8.*", ""),
          new Extension(
              "AVX-VNNI, AVX-IFMA, AVX-NE-CONVERT", "vpdp.*|vpmadd52.*|vbcst.*|vcvtne.*", ""),
          new Extension("SHA512, SM3, SM4", "vsha512.*|vsm[34].*", ""),
          new Extension("RAO-INT, CMPccXADD", "a(add|and|or|xor)|cmp.*xadd", ""),
          new Extension("Key Locker", "aes(enc|dec)(wide)?(128|256)kl|loadiwkey|encodekey.*", ""),
          new Extension(
              "CET shadow stacks", "(clrss|setss)bsy|saveprevssp|rstorssp|incssp.|wru?ss[dq]", ""),
          new Extension("TSX", "xbegin|xabort|xend|xtest|xsusldtrk|xresldtrk", ""),
          new Extension("MOVDIRI, MOVDIR64B, ENQCMD", "movdir.*|enqcmd.?", ""),
          new Extension(
              "WAITPKG, PTWRITE, SERIALIZE", "tpause|umwait|umonitor|ptwrite.?|serialize", ""),
          new Extension(
              "PCONFIG, HRESET, UINTR", "pconfig|hreset|senduipi|uiret|testui|clui|stui", ""),
          new Extension("protection keys", "(rd|wr)pkru", ""),
          new Extension("MSRLIST, WRMSRNS, WBNOINVD", "(rd|wr)msrlist|wrmsrns|wbnoinvd", ""),
          new Extension(
              "VMX, SVM", "vm[a-z]+|invept|invvpid|invlpg[ab]|skinit|stgi|clgi|rmp.*|psmash", ""),
          new Extension("SMX, SGX, SMM", "getsec|encl[suv]|rsm", ""),
          new Extension("MONITOR, MWAIT", "(m?wait|monitor)x?|mwait", ""),
          new Extension("SMAP", "clac|stac", ""),
          new Extension("AMD's system instructions", "clzero|rdpru|tlbsync|pvalidate|mcommit", ""),
          new Extension("3DNow!", "femms|pf.*|pi2f.*|pmulhrw|pswapd|pavgusb", ""),
          new Extension("VIA PadLock, Cyrix", "bb.*|xcrypt.*|xstore.*|xsha.*|montmul", ""),
          new Extension("SSE4a", "extrq|insertq|movnts[sd]", ""),
          new Extension(
              "XOP, LWP, TBM",
              "lwp.*|llwpcb|slwpcb|bextr|blc.*|bls(fill|ic)|t1mskc|tzmsk|vprot.|vpsh[al]."
                  + "|vpcom.*|vpmac.*|vpmadcs.*|vpcmov|vpperm|vph(add|sub).*|vfrcz.*|vpermil2..",
              ""),
          new Extension("FMA4", "vfn?m(add|sub)(p[sd]|s[sd])|vfm(addsub|subadd)p[sd]", ""),
          new Extension("80287 and SYSEXIT's operand size", "frstpm.*|sysexit.", ""));

  private static final List<Pattern> PATTERNS = patterns();

  private Beyond() {}

  private static List<Pattern> patterns() {
    List<Pattern> patterns = new ArrayList<>();
    for (Extension extension : ALL) {
      String operands = extension.operands.isEmpty() ? "( .*)?" : " .*" + extension.operands + ".*";
      patterns.add(Pattern.compile("(" + extension.mnemonics + ")" + operands));
    }
    return patterns;
  }

  /** All of them. */
  public static List<Extension> extensions() {
    return ALL;
  }

  /**
   * Whether an instruction is of an extension.
   *
   * @param opcode the byte behind the legacy prefixes
   * @param instruction objdump's text without prefixes
   */
  static boolean contains(byte opcode, String instruction) {
    return opcode == EVEX
        || instruction.contains("zmm")
        || PATTERNS.stream().anyMatch(pattern -> pattern.matcher(instruction).matches());
  }

  /**
   * Whether {@code bytes}, whose opcode is at {@code at}, are of an extension that objdump does not
   * recognise behind some prefixes: TSX, PTWRITE, or TDX.
   */
  static boolean isEncoded(byte[] bytes, int at) {
    if (at + 2 >= bytes.length) {
      return false;
    }
    int opcode = bytes[at] & 0xff;
    int second = bytes[at + 1] & 0xff;
    int third = bytes[at + 2] & 0xff;
    return ((opcode == 0xc6 || opcode == 0xc7) && second == 0xf8)
        || (opcode == 0x0f && second == 0xae && (third >>> 3 & 7) == 4 && has(bytes, at, 0xf3))
        || (opcode == 0x0f && second == 0x01 && (third & 0xfc) == 0xcc && has(bytes, at, 0x66));
  }

  private static boolean has(byte[] bytes, int length, int prefix) {
    for (int i = 0; i < length; i++) {
      if ((bytes[i] & 0xff) == prefix) {
        return true;
      }
    }
    return false;
  }
}
