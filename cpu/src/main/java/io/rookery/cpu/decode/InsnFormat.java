package io.rookery.cpu.decode;

/** How an instruction appears in log lines: its bytes and mnemonic. */
public final class InsnFormat {
  private InsnFormat() {}

  /** As "0f 0b UD2", from the {@code insn.length} bytes in {@code bytes} at {@code offset}. */
  public static String format(byte[] bytes, int offset, Insn insn) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < insn.length && offset + i < bytes.length; i++) {
      int b = bytes[offset + i] & 0xff;
      out.append(Character.forDigit(b >>> 4, 16)).append(Character.forDigit(b & 15, 16));
      out.append(' ');
    }
    return out.append(insn.vex ? "VEX " : "").append(insn.mnemonic).toString();
  }
}
