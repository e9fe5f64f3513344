package io.rookery.cpu.helper;

/**
 * The constants that FLD1 and its kin load: 66 bits of each are known to the processor, rounded as
 * RC says (SDM vol. 1, 8.3.8).
 */
final class X87Constants {
  /** Exponent, 64 bits, and what follows them: log2(10), log2(e), π, log10(2), ln(2). */
  private static final int[] EXPONENTS = {1, 0, 1, -2, -1};

  private static final long[] SIGNIFICANDS = {
    0xd49a784bcd1b8afeL,
    0xb8aa3b295c17f0bbL,
    0xc90fdaa22168c234L,
    0x9a209a84fbcff798L,
    0xb17217f7d1cf79abL
  };

  private static final long[] REST = {
    0x492bf6ff4dafdb4cL,
    0xbe87fed0691d3e89L,
    0xc4c6628b80dc1cd1L,
    0x8f8959ac0b7c9178L,
    0xc9e3b39803f2f6afL
  };

  private X87Constants() {}

  static Extended load(int index, int rc) {
    if (index == 0) {
      return Extended.ONE;
    }
    if (index == 6) {
      return Extended.ZERO;
    }
    Unrounded u = new Unrounded();
    u.set(false, EXPONENTS[index - 1], SIGNIFICANDS[index - 1]);
    u.low = REST[index - 1];
    long m = u.high + (u.roundsAway(64, rc) ? 1 : 0);
    return new Extended(u.exponent + Extended.BIAS, m);
  }
}
