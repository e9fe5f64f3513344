package io.rookery.cpu;

/**
 * Control, status and tags of the x87 unit (SDM vol. 1, 8.1), and the sign and exponent words of
 * its physical registers.
 */
public final class X87State {
  public int control = 0x37f;

  /** Status word without TOP, which is {@link #top}. */
  public int status;

  public int top;

  /** Bit i set: physical register i is empty. */
  public int empty = 0xff;

  /** Sign (bit 15) and exponent (14:0) of physical register i. */
  public final int[] signExponent = new int[8];

  public long lastInstruction;
  public long lastOperand;
  public int lastOpcode;

  /** The state that FNINIT makes. */
  public X87State() {}
}
