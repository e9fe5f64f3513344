package io.rookery.cpu.diff;

import org.jspecify.annotations.Nullable;

/** Registers and memory before or after an instruction. */
final class MachineState {
  /** Bytes of memory around the data address and around the stack pointer that are looked at. */
  static final int DATA_BEFORE = 256;

  static final int DATA_SIZE = 1280;
  static final int STACK_BEFORE = 512;
  static final int STACK_SIZE = 1024;

  final long[] gpr = new long[16];
  long flags;

  /** Bases of FS and GS, compared where the host is a child process. */
  long fsBase;

  long gsBase;

  /** Sixteen YMM registers of four quadwords. */
  final long[] vector = new long[64];

  int mxcsr;
  int x87Control;

  /** With TOP. */
  int x87Status;

  /** Bit i set: physical register i is in use. */
  int x87Used;

  /** Of ST(i). */
  final long[] significand = new long[8];

  final int[] signExponent = new int[8];

  final byte[] data = new byte[DATA_SIZE];
  final byte[] stack = new byte[STACK_SIZE];

  /** Whether the instruction went to its branch target. */
  boolean branched;

  /** How it ended: null for well, else the fault, its address and the instruction it was at. */
  @Nullable String outcome;

  /** Address of {@link #data}. */
  long dataStart;

  void copyFrom(MachineState other) {
    System.arraycopy(other.gpr, 0, gpr, 0, gpr.length);
    flags = other.flags;
    fsBase = other.fsBase;
    gsBase = other.gsBase;
    System.arraycopy(other.vector, 0, vector, 0, vector.length);
    mxcsr = other.mxcsr;
    x87Control = other.x87Control;
    x87Status = other.x87Status;
    x87Used = other.x87Used;
    System.arraycopy(other.significand, 0, significand, 0, 8);
    System.arraycopy(other.signExponent, 0, signExponent, 0, 8);
    System.arraycopy(other.data, 0, data, 0, data.length);
    System.arraycopy(other.stack, 0, stack, 0, stack.length);
    branched = other.branched;
    outcome = other.outcome;
    dataStart = other.dataStart;
  }
}
