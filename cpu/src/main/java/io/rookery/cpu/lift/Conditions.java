package io.rookery.cpu.lift;

/** Condition codes (tttn, SDM vol. 2, B.1.4.7) that lifters name. */
final class Conditions {
  static final int O = 0;
  static final int B = 2;
  static final int E = 4;
  static final int NE = 5;

  private Conditions() {}
}
